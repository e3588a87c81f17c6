package org.p2pd.holdings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.p2pd.holdings.Samples.edition;
import static org.p2pd.holdings.Samples.key;
import static org.p2pd.holdings.Samples.node;

import java.time.Duration;
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

  private final HandTimers time = new HandTimers();
  private final KnownHoldings known = new KnownHoldings(node(0), new Random(1), time.ticker());
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
    void areForgottenWhenTheEditionHasBeenIdleForAWhile() {
      subscribed();
      a.heard(film, KIB_64, blocks(true, new BlockRun(true, 0, 1)));
      known.active(film);
      known.idle(film);
      assertThat(a.subscriptions()).containsExactly(film);
      known.idle(film);
      time.pass(Interest.LINGERING.minusNanos(1));
      assertThat(a.subscriptions()).containsExactly(film);
      assertThat(known.claimedUntil(A, film, 0)).isEqualTo(65_536);
      time.pass(Duration.ofNanos(1));
      assertThat(a.subscriptions()).isEmpty();
      assertThat(known.claimedUntil(A, film, 0)).isZero();
      assertThatThrownBy(() -> known.idle(film)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void stayFromOneRangeOfAPlayerToTheNext() {
      subscribed();
      a.heard(film, KIB_64, blocks(true, new BlockRun(true, 0, 1)));
      known.idle(film);
      for (int range = 0; range < 5; range++) {
        time.pass(Interest.LINGERING.minusSeconds(1));
        known.active(film);
        assertThat(known.claimedUntil(A, film, 0)).isEqualTo(65_536);
        time.pass(Interest.LINGERING.multipliedBy(2));
        assertThat(a.subscriptions()).containsExactly(film);
        known.idle(film);
      }
      assertThat(known.claimedUntil(A, film, 0)).isEqualTo(65_536);
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
  class Lingering {

    private final KnownHoldings.Claims a = join(A);

    private void holdsPartsOf(int count) {
      List<Object> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        all.add(edition(i, 10));
        all.add(4);
      }
      a.heard(news(true, false, all.toArray()));
    }

    @Test
    void editionsComeAfterThoseBeingFetched() {
      holdsPartsOf(40);
      for (int i = 0; i < 20; i++) {
        known.active(edition(i, 10));
      }
      for (int i = 20; i < 40; i++) {
        known.active(edition(i, 10));
        known.idle(edition(i, 10));
      }
      assertThat(a.subscriptions())
          .hasSize(SubscriptionChoice.MOST_EDITIONS)
          .contains(edition(0, 10), edition(19, 10), edition(28, 10), edition(39, 10))
          .doesNotContain(edition(27, 10));
    }

    @Test
    void editionsAreFew() {
      Interest interest = new Interest(time.ticker());
      for (int i = 0; i <= Interest.MOST_LINGERING; i++) {
        interest.add(edition(i, 10));
        interest.remove(edition(i, 10));
      }
      assertThat(interest.latestFirst()).hasSize(Interest.MOST_LINGERING);
      assertThat(interest.contains(edition(0, 10).id())).isFalse();
      assertThat(interest.hasKey(key(edition(0, 10)))).isFalse();
      assertThat(interest.hasKey(key(edition(1, 10)))).isTrue();
      time.pass(Interest.LINGERING);
      assertThat(interest.expire()).isTrue();
      assertThat(interest.isEmpty()).isTrue();
      assertThat(interest.expire()).isFalse();
    }
  }

  /** What is held of an edition that only a part is held of, by who was not asked which. */
  @Nested
  class Guesses {

    private final KnownHoldings.Claims a = join(A);

    @Test
    void areOfThoseWhoHoldAPartThatIsNotKnown() {
      assertThat(known.mayHold(A, film, 0)).as("nothing").isFalse();
      a.heard(news(true, false, film, 3, edition(2, 10), 8));
      assertThat(known.mayHold(A, film, 0)).isTrue();
      assertThat(known.mayHold(A, film, film.lengthBytes())).as("beyond").isFalse();
      assertThat(known.mayHold(A, edition(2, 10), 0)).as("it claims it").isFalse();
      assertThat(known.mayHold(B, film, 0)).as("a stranger").isFalse();
      known.active(film);
      assertThat(known.mayHold(A, film, 0)).as("it has not told yet").isTrue();
      a.heard(film, KIB_64, blocks(true, new BlockRun(true, 2, 3)));
      assertThat(known.mayHold(A, film, 0)).as("it has told").isFalse();
      a.untold(film);
      assertThat(known.mayHold(A, film, 0)).as("it does not tell").isTrue();
    }

    @Test
    void thatWereWrongAreNotMadeAgainForAWhile() {
      a.heard(news(true, false, film, 3));
      known.stale(A, film, new ByteRange(65_536, 131_071));
      assertThat(known.mayHold(A, film, 65_535)).isTrue();
      assertThat(known.mayHold(A, film, 65_536)).isFalse();
      assertThat(known.mayHold(A, film, 131_071)).isFalse();
      assertThat(known.mayHold(A, film, 131_072)).isTrue();
      time.pass(StaleClaims.KEPT);
      assertThat(known.mayHold(A, film, 65_536)).isTrue();
      known.stale(A, film, new ByteRange(65_536, 131_071));
      a.heard(news(false, false, film, 4));
      assertThat(known.mayHold(A, film, 65_536)).as("it has news").isTrue();
    }
  }

  @Nested
  class OfOneThatMakesEditionsUp {

    @Test
    void digestsLeaveRoomForThoseOfOthers() {
      KnownHoldings.Claims liar = join(A);
      Random random = new Random(3);
      int madeUp = EditionRows.MOST_OF_ONE + 50_000;
      for (int page = 0; page * 10_000 < madeUp; page++) {
        DigestRecords.Builder records = new DigestRecords.Builder(10_000);
        for (int i = 0; i < 10_000; i++) {
          records.add(random.nextLong(), 8);
        }
        liar.heard(new DigestNews(page == 0, true, "x", records.build()));
      }
      liar.heard(news(false, false));
      assertThat(known.editionCount()).isEqualTo(EditionRows.MOST_OF_ONE);
      join(B).heard(news(true, false, film, 8));
      assertThat(known.eighths(B, film.id())).isEqualTo(8);
      liar.heard(news(false, false, film, 8));
      assertThat(known.eighths(A, film.id())).as("what others claim it may claim").isEqualTo(8);
      liar.close();
      assertThat(known.editionCount()).isEqualTo(1);
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

    @Test
    void claimsCountAgainAfterAWhile() {
      join(A).heard(news(true, false, film, 8));
      known.stale(A, film, new ByteRange(0, 99));
      time.pass(StaleClaims.KEPT.minusNanos(1));
      assertThat(known.claimedUntil(A, film, 0)).isZero();
      time.pass(Duration.ofNanos(1));
      assertThat(known.claimedUntil(A, film, 0)).isEqualTo(film.lengthBytes());
    }
  }

  @Nested
  class Gone {

    @Test
    void siblingsClaimNothingAndTakeNothing() {
      KnownHoldings.Claims a = join(A);
      a.heard(news(true, false, film, 8));
      a.close();
      assertThat(known.eighths(A, film.id())).isZero();
      assertThat(known.editionCount()).isZero();
      a.heard(news(true, false, film, 8));
      a.heard(news(false, false, film, 8));
      known.active(film);
      assertThat(a.heard(film, KIB_64, blocks(true, new BlockRun(true, 0, 1)))).isFalse();
      assertThat(a.subscriptions()).isEmpty();
      assertThat(known.editionCount()).isZero();
      a.close();
    }

    @Test
    void linksThatBeginAgainLeaveLaterOnesAlone() {
      KnownHoldings.Claims before = join(A);
      before.heard(news(true, false, film, 8));
      before.restart();
      assertThat(known.eighths(A, film.id())).isZero();
      before.heard(news(true, false, film, 3));
      assertThat(known.eighths(A, film.id())).isEqualTo(3);
      KnownHoldings.Claims after = join(A);
      after.heard(news(true, false, film, 5));
      before.restart();
      before.close();
      assertThat(known.eighths(A, film.id())).isEqualTo(5);
      after.heard(news(false, false, film, 6));
      assertThat(known.eighths(A, film.id())).isEqualTo(6);
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
