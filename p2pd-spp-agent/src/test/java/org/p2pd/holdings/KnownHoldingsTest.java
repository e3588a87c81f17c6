package org.p2pd.holdings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.p2pd.holdings.Samples.edition;
import static org.p2pd.holdings.Samples.key;
import static org.p2pd.holdings.Samples.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;

class KnownHoldingsTest {

  private static final BlockSize KIB_64 = BlockSize.DEFAULT;
  private static final NodeId A = node(1);
  private static final NodeId B = node(2);

  private final KnownHoldings known = new KnownHoldings(node(0), new Random(1));
  private final AtomicInteger told = new AtomicInteger();
  private final Edition film = edition(1, 100 * 65_536L + 5);

  private KnownHoldings.Claims join(NodeId sibling) {
    return known.join(sibling, told::incrementAndGet);
  }

  private static DigestNews news(boolean anew, boolean more, Object... keysAndEighths) {
    DigestRecords.Builder records = new DigestRecords.Builder(keysAndEighths.length / 2);
    for (int i = 0; i < keysAndEighths.length; i += 2) {
      records.add(key((Edition) keysAndEighths[i]), (int) keysAndEighths[i + 1]);
    }
    return new DigestNews(anew, more, "x", records.build());
  }

  private static BlockNews blocks(boolean anew, BlockRun... runs) {
    return new BlockNews(anew, false, "x", List.of(runs));
  }

  @Nested
  class Digests {

    @Test
    void sayWhoHoldsHowMuch() {
      KnownHoldings.Claims a = join(A);
      a.heard(news(true, false, film, 8, edition(2, 10), 3));
      join(B).heard(news(true, false, film, 2));
      assertThat(known.eighths(A, film.id())).isEqualTo(8);
      assertThat(known.eighths(A, edition(2, 10).id())).isEqualTo(3);
      assertThat(known.eighths(B, film.id())).isEqualTo(2);
      assertThat(known.eighths(B, edition(2, 10).id())).isZero();
      assertThat(known.eighths(node(7), film.id())).isZero();
      assertThat(known.claimedUntil(A, film, 17)).isEqualTo(film.lengthBytes());
      assertThat(known.claimedUntil(A, film, film.lengthBytes())).isEqualTo(film.lengthBytes());
      assertThat(known.claimedUntil(B, film, 17)).isEqualTo(17);
      assertThat(known.editionCount()).isEqualTo(2);
      a.heard(news(false, false, film, 0));
      assertThat(known.eighths(A, film.id())).isZero();
      assertThat(known.eighths(B, film.id())).isEqualTo(2);
    }

    @Test
    void thatComeAnewReplaceTheOldOneWhenAllOfThemHasCome() {
      KnownHoldings.Claims a = join(A);
      a.heard(news(true, false, film, 8, edition(2, 10), 3));
      a.heard(news(true, true, edition(3, 10), 1));
      assertThat(known.eighths(A, film.id())).isEqualTo(8);
      assertThat(known.eighths(A, edition(3, 10).id())).isZero();
      a.heard(news(false, false, edition(2, 10), 4));
      assertThat(known.eighths(A, film.id())).isZero();
      assertThat(known.eighths(A, edition(2, 10).id())).isEqualTo(4);
      assertThat(known.eighths(A, edition(3, 10).id())).isEqualTo(1);
      assertThat(known.editionCount()).isEqualTo(2);
    }

    @Test
    void thatBeginAgainBeforeTheyEndedLeaveNothingBehind() {
      KnownHoldings.Claims a = join(A);
      a.heard(news(true, true, edition(3, 10), 1));
      a.heard(news(true, true, edition(4, 10), 1));
      a.heard(news(true, false, edition(5, 10), 1));
      assertThat(known.editionCount()).isEqualTo(1);
      a.heard(news(true, true, edition(6, 10), 1));
      a.close();
      assertThat(known.editionCount()).isZero();
    }

    @Test
    void ofManyEditionsAreTakenAll() {
      DigestRecords.Builder records = new DigestRecords.Builder(5_000);
      for (int i = 0; i < 5_000; i++) {
        records.add(key(edition(i, 10)), 1 + i % 8);
      }
      join(A).heard(new DigestNews(true, false, "x", records.build()));
      for (int i = 0; i < 5_000; i++) {
        assertThat(known.eighths(A, edition(i, 10).id())).isEqualTo(1 + i % 8);
      }
    }
  }

  @Nested
  class Blocks {

    private final KnownHoldings.Claims a = join(A);

    private void subscribed() {
      a.heard(news(true, false, film, 3));
      known.active(film);
      assertThat(a.subscriptions()).containsExactly(film);
    }

    @Test
    void sayWhereAClaimEnds() {
      subscribed();
      assertThat(
              a.heard(
                  film, KIB_64, blocks(true, new BlockRun(true, 2, 3), new BlockRun(true, 98, 3))))
          .isTrue();
      assertThat(known.claimedUntil(A, film, 0)).isZero();
      assertThat(known.claimedUntil(A, film, 131_072)).isEqualTo(5 * 65_536);
      assertThat(known.claimedUntil(A, film, 200_000)).isEqualTo(5 * 65_536);
      assertThat(known.claimedUntil(A, film, 99 * 65_536L)).isEqualTo(film.lengthBytes());
      a.heard(film, KIB_64, blocks(false, new BlockRun(false, 3, 1), new BlockRun(true, 5, 1)));
      assertThat(known.claimedUntil(A, film, 131_072)).isEqualTo(3 * 65_536);
      assertThat(known.claimedUntil(A, film, 4 * 65_536)).isEqualTo(6 * 65_536);
      a.heard(film, KIB_64, blocks(true));
      assertThat(known.claimedUntil(A, film, 131_072)).isEqualTo(131_072);
    }

    @Test
    void thatWereNotAskedForOrContinueNothingAreAskedForAnew() {
      assertThat(a.heard(film, KIB_64, blocks(true, new BlockRun(true, 0, 1)))).isFalse();
      subscribed();
      assertThat(a.heard(film, KIB_64, blocks(false, new BlockRun(true, 0, 1)))).isFalse();
      assertThat(a.heard(film, KIB_64, blocks(true, new BlockRun(true, 0, 1)))).isTrue();
      assertThat(a.heard(film, new BlockSize(16_384), blocks(false, new BlockRun(true, 0, 1))))
          .isFalse();
      a.untold(film);
      assertThat(a.heard(film, KIB_64, blocks(false, new BlockRun(true, 0, 1)))).isFalse();
      assertThat(known.claimedUntil(A, film, 0)).isZero();
    }

    @Test
    void areForgottenWhenTheEditionIsIdle() {
      subscribed();
      a.heard(film, KIB_64, blocks(true, new BlockRun(true, 0, 1)));
      known.active(film);
      known.idle(film);
      assertThat(a.subscriptions()).containsExactly(film);
      known.idle(film);
      assertThat(a.subscriptions()).isEmpty();
      assertThat(known.claimedUntil(A, film, 0)).isZero();
      assertThatThrownBy(() -> known.idle(film)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void areNotAskedForOfWhatIsHeldWhole() {
      subscribed();
      a.heard(film, KIB_64, blocks(true, new BlockRun(true, 0, 1)));
      int before = told.get();
      a.heard(news(false, false, film, 8));
      assertThat(told.get()).isGreaterThan(before);
      assertThat(a.subscriptions()).isEmpty();
      assertThat(known.claimedUntil(A, film, 70_000)).isEqualTo(film.lengthBytes());
    }
  }

  @Nested
  class Wishes {

    @Test
    void areToldWhenTheyChange() {
      KnownHoldings.Claims a = join(A);
      a.heard(news(true, false, film, 3));
      assertThat(told).hasValue(0);
      known.active(film);
      assertThat(told).hasValue(1);
      known.active(film);
      assertThat(told).hasValue(1);
      a.heard(news(false, false, film, 4, edition(2, 10), 5));
      assertThat(told).as("a part it was, and a part it is").hasValue(1);
      a.heard(news(false, false, film, 0));
      assertThat(told).hasValue(2);
      known.idle(film);
      known.idle(film);
      assertThat(told).hasValue(3);
    }

    @Test
    void areForThoseThatBecameActiveLast() {
      KnownHoldings.Claims a = join(A);
      List<Object> all = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        all.add(edition(i, 10));
        all.add(i == 39 ? 8 : 4);
      }
      a.heard(news(true, false, all.toArray()));
      for (int i = 0; i < 40; i++) {
        known.active(edition(i, 10));
      }
      assertThat(a.subscriptions())
          .hasSize(SubscriptionChoice.MOST_EDITIONS)
          .contains(edition(38, 10), edition(7, 10))
          .doesNotContain(edition(39, 10), edition(6, 10));
    }

    @Test
    void leadToOthersWhenASiblingGoes() {
      List<KnownHoldings.Claims> all = new ArrayList<>();
      for (int i = 1; i <= 9; i++) {
        KnownHoldings.Claims claims = join(node(i));
        claims.heard(news(true, false, film, 4));
        all.add(claims);
      }
      known.active(film);
      assertThat(all).filteredOn(claims -> claims.subscriptions().isEmpty()).hasSize(1);
      KnownHoldings.Claims asked =
          all.stream().filter(claims -> !claims.subscriptions().isEmpty()).findFirst().get();
      asked.close();
      assertThat(all).filteredOn(claims -> claims.subscriptions().isEmpty()).containsExactly(asked);
    }
  }

  @Nested
  class Stale {

    @Test
    void claimsOfTheWholeAreAskedForBlockByBlock() {
      KnownHoldings.Claims a = join(A);
      a.heard(news(true, false, film, 8));
      known.active(film);
      assertThat(a.subscriptions()).isEmpty();
      known.stale(A, film, new ByteRange(65_536, 131_071));
      assertThat(known.claimedUntil(A, film, 0)).isEqualTo(65_536);
      assertThat(known.claimedUntil(A, film, 70_000)).isEqualTo(70_000);
      assertThat(known.claimedUntil(A, film, 131_072)).isEqualTo(film.lengthBytes());
      assertThat(known.eighths(A, film.id())).isEqualTo(8);
      assertThat(a.subscriptions()).containsExactly(film);
      a.heard(film, KIB_64, blocks(true, new BlockRun(true, 0, 1), new BlockRun(true, 2, 99)));
      assertThat(known.claimedUntil(A, film, 0)).isEqualTo(65_536);
    }

    @Test
    void claimsCountAgainWithTheNextNewsOfTheEdition() {
      KnownHoldings.Claims a = join(A);
      join(B).heard(news(true, false, film, 8));
      a.heard(news(true, false, film, 8));
      known.stale(A, film, new ByteRange(0, 99));
      a.heard(news(false, false, edition(2, 10), 8));
      known.stale(B, film, new ByteRange(0, 99));
      assertThat(known.claimedUntil(A, film, 0)).isZero();
      a.heard(news(false, false, film, 8));
      assertThat(known.claimedUntil(A, film, 0)).isEqualTo(film.lengthBytes());
      assertThat(known.claimedUntil(B, film, 0)).isZero();
    }

    @Test
    void claimsOfStrangersAreNothing() {
      known.stale(node(9), film, new ByteRange(0, 99));
      assertThat(known.claimedUntil(node(9), film, 0)).isZero();
    }
  }

  @Nested
  class Gone {

    @Test
    void siblingsClaimNothingAndTakeNothing() {
      KnownHoldings.Claims a = join(A);
      a.heard(news(true, false, film, 8));
      known.forget(A);
      assertThat(known.eighths(A, film.id())).isZero();
      assertThat(known.editionCount()).isZero();
      a.heard(news(true, false, film, 8));
      a.heard(news(false, false, film, 8));
      known.active(film);
      assertThat(a.heard(film, KIB_64, blocks(true, new BlockRun(true, 0, 1)))).isFalse();
      assertThat(a.subscriptions()).isEmpty();
      assertThat(known.editionCount()).isZero();
      a.close();
      known.forget(A);
    }

    @Test
    void linksAreReplacedByLaterOnes() {
      KnownHoldings.Claims before = join(A);
      before.heard(news(true, false, film, 8));
      KnownHoldings.Claims after = join(A);
      assertThat(known.eighths(A, film.id())).isZero();
      after.heard(news(true, false, film, 5));
      before.close();
      before.heard(news(true, false, film, 8));
      assertThat(known.eighths(A, film.id())).isEqualTo(5);
    }
  }
}
