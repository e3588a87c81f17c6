package org.p2pd.holdings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.holdings.Samples.edition;
import static org.p2pd.holdings.Samples.holding;
import static org.p2pd.holdings.Samples.key;
import static org.p2pd.holdings.Samples.leafRange;
import static org.p2pd.holdings.Samples.leaves;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.p2pd.holdings.OwnHoldings.Bounds;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.store.HeldLeaves;

class OwnHoldingsTest {

  private static final BlockSize KIB_64 = BlockSize.DEFAULT;
  private static final int MANY = 1_000;

  private final HandTimers timers = new HandTimers();
  private final Map<Edition, HeldLeaves> store = new HashMap<>();
  private final List<Edition> read = new ArrayList<>();
  private final OwnHoldings own =
      new OwnHoldings(this::held, Bounds.STANDARD, timers, new Random(3), timers.ticker());
  private final Edition film = edition(1, 64 * 16_384L);
  private Runnable duringRead = () -> {};

  private HeldLeaves held(Edition edition) {
    read.add(edition);
    HeldLeaves held = store.getOrDefault(edition, HeldLeaves.none(edition));
    duringRead.run();
    return held;
  }

  @AfterEach
  void nobodyWaits() {
    own.close();
    assertThat(own.waitingCount()).isZero();
    assertThat(timers.pending()).isZero();
  }

  private DigestNews digest(String after) {
    return own.digestAfter(HoldingsCursor.parse(after), MANY);
  }

  private BlockNews blocks(String after) {
    return own.blocksAfter(film, KIB_64, HoldingsCursor.parse(after), MANY).orElseThrow();
  }

  private static Map<Long, Integer> map(DigestNews news) {
    Map<Long, Integer> map = new HashMap<>();
    for (int i = 0; i < news.records().count(); i++) {
      map.put(news.records().key(i), news.records().eighths(i));
    }
    return map;
  }

  private void puts(int firstLeaf, int lastLeaf, long heldBytes) {
    own.held(holding(film, heldBytes), leafRange(film, firstLeaf, lastLeaf));
  }

  @Nested
  class Digests {

    @Test
    void beginWithAll() {
      DigestNews nothing = digest("0");
      assertThat(nothing.anew()).isTrue();
      assertThat(nothing.more()).isFalse();
      assertThat(nothing.records().count()).isZero();
      own.found(holding(film, 100));
      own.found(holding(edition(2, 10), 10));
      own.found(holding(edition(3, 10), 0));
      DigestNews all = digest("0");
      assertThat(all.anew()).isTrue();
      assertThat(map(all)).isEqualTo(Map.of(key(film), 1, key(edition(2, 10)), 8));
      assertThat(digest(all.next()).isNewsAfter(all.next())).isFalse();
    }

    @Test
    void goOnWithWhatChanged() {
      own.found(holding(film, 100));
      own.found(holding(edition(2, 10), 10));
      String cursor = digest("0").next();
      puts(0, 3, 200_000);
      own.gone(holding(edition(2, 10), 0), leafRange(edition(2, 10), 0, 0));
      DigestNews changes = digest(cursor);
      assertThat(changes.anew()).isFalse();
      assertThat(map(changes)).isEqualTo(Map.of(key(film), 2, key(edition(2, 10)), 0));
      assertThat(map(digest(cursor))).isEqualTo(map(changes));
      puts(4, 5, 200_001); // the same eighths
      assertThat(digest(changes.next()).isNewsAfter(changes.next())).isFalse();
    }

    @Test
    void comeInParts() {
      for (int i = 0; i < 25; i++) {
        own.found(holding(edition(i, 10), 10));
      }
      Map<Long, Integer> all = new HashMap<>();
      String cursor = "0";
      for (int part = 0; part < 3; part++) {
        DigestNews news = own.digestAfter(HoldingsCursor.parse(cursor), 10);
        assertThat(news.anew()).isEqualTo(part == 0);
        assertThat(news.more()).isEqualTo(part < 2);
        all.putAll(map(news));
        cursor = news.next();
        if (part == 0) { // between parts: one that was told, one that was not, a new one
          for (int i : new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 24, 77}) {
            own.found(holding(edition(i, 10), 5));
          }
        }
      }
      all.putAll(map(digest(cursor)));
      assertThat(all).hasSize(26);
      for (int i = 0; i < 25; i++) {
        assertThat(all.get(key(edition(i, 10)))).isEqualTo(i < 10 || i == 24 ? 4 : 8);
      }
    }

    @Test
    void ofExactlyOnePartHaveNoSecond() {
      for (int i = 0; i < 10; i++) {
        own.found(holding(edition(i, 10), 10));
      }
      DigestNews all = own.digestAfter(HoldingsCursor.BEGIN, 10);
      assertThat(all.records().count()).isEqualTo(10);
      assertThat(all.more()).isFalse();
    }

    @Test
    void areToldWholeToWhoMissedTooMuchOrKnewAnotherLife() {
      own.found(holding(film, 100));
      String cursor = digest("0").next();
      for (int i = 0; i < Bounds.STANDARD.digestChanges(); i++) {
        own.found(holding(film, i % 2 == 0 ? 1_000_000 : 100));
      }
      assertThat(digest(cursor).anew()).isFalse();
      own.found(holding(film, 1_000_000));
      assertThat(digest(cursor).anew()).isTrue();
      OwnHoldings otherLife =
          new OwnHoldings(this::none, Bounds.STANDARD, timers, new Random(4), timers.ticker());
      assertThat(otherLife.digestAfter(HoldingsCursor.parse(cursor), MANY).anew()).isTrue();
    }

    private HeldLeaves none(Edition edition) {
      return HeldLeaves.none(edition);
    }

    @Test
    void withACursorFromTheFutureOrFromAPartThatNeverWasAreToldWhole() {
      String cursor = digest("0").next();
      String life = cursor.substring(0, 16);
      for (String forged :
          List.of(
              life + ".2",
              life + ".0",
              life + ".ffffffffffffffff",
              life + ".1.2.5",
              life + ".1.0.5",
              life + ".2.1.5",
              life + ".0.0.0")) {
        assertThat(digest(forged).anew()).as(forged).isTrue();
      }
    }
  }

  @Nested
  class Blocks {

    @Test
    void areReadFromTheStoreOnceAndFollowedThen() {
      store.put(film, leaves(film, 4, 15));
      BlockNews all = blocks("0");
      assertThat(all.anew()).isTrue();
      assertThat(all.runs()).containsExactly(new BlockRun(true, 1, 3));
      assertThat(blocks(all.next()).isNewsAfter(all.next())).isFalse();
      puts(16, 19, 1);
      puts(20, 22, 2);
      own.gone(holding(film, 3), leafRange(film, 4, 7));
      BlockNews changes = blocks(all.next());
      assertThat(changes.anew()).isFalse();
      assertThat(changes.runs())
          .containsExactly(
              new BlockRun(false, 1, 1), new BlockRun(true, 4, 1), new BlockRun(false, 5, 1));
      assertThat(blocks("0").runs()).containsExactly(new BlockRun(true, 2, 3));
      assertThat(read).containsExactly(film);
    }

    @Test
    void thatChangeWhileTheStoreIsReadAreNotLost() {
      store.put(film, leaves(film, 0, 7));
      duringRead =
          () -> {
            puts(8, 11, 1);
            own.gone(holding(film, 0), leafRange(film, 0, 3));
            own.gone(holding(film, 0), leafRange(film, 12, 15));
            puts(12, 15, 1);
          };
      assertThat(blocks("0").runs()).containsExactly(new BlockRun(true, 1, 3));
    }

    @Test
    void thatAreCountedAnewAreToldWhereTheyDiffer() {
      store.put(film, leaves(film, 0, 15));
      String cursor = blocks("0").next();
      own.counted(holding(film, 1), leaves(film, 0, 15));
      assertThat(blocks(cursor).isNewsAfter(cursor)).isFalse();
      own.counted(holding(film, 1), leaves(film, 8, 19));
      assertThat(blocks(cursor).runs())
          .containsExactly(new BlockRun(false, 0, 2), new BlockRun(true, 4, 1));
    }

    @Test
    void thatWereCountedMeanwhileAreThose() {
      store.put(film, leaves(film, 0, 15));
      duringRead = () -> own.counted(holding(film, 1), leaves(film, 0, 7));
      assertThat(blocks("0").runs()).containsExactly(new BlockRun(true, 0, 2));
    }

    @Test
    void comeInParts() {
      for (int block = 0; block < 16; block += 2) {
        puts(4 * block, 4 * block + 3, 1);
      }
      store.put(film, HeldLeaves.none(film));
      blocks("0"); // followed from here on
      for (int block = 0; block < 16; block += 2) {
        puts(4 * block, 4 * block + 3, 1);
      }
      List<BlockRun> runs = new ArrayList<>();
      String cursor = "0";
      boolean more = true;
      while (more) {
        BlockNews part =
            own.blocksAfter(film, KIB_64, HoldingsCursor.parse(cursor), 3).orElseThrow();
        assertThat(part.runs()).hasSizeBetween(1, 3);
        assertThat(part.anew()).isEqualTo(runs.isEmpty());
        runs.addAll(part.runs());
        cursor = part.next();
        more = part.more();
      }
      assertThat(runs).hasSize(8).allMatch(run -> run.held() && run.count() == 1);
    }

    @Test
    void regressionOfWhichTheRestHasGoneEndAllTheSame() {
      store.put(film, leaves(film, 0, 3));
      blocks("0");
      puts(8, 11, 1);
      puts(16, 19, 1);
      String amid = own.blocksAfter(film, KIB_64, HoldingsCursor.BEGIN, 2).orElseThrow().next();
      own.gone(holding(film, 0), leafRange(film, 0, 63));
      BlockNews rest = blocks(amid);
      assertThat(rest.runs()).isEmpty();
      assertThat(rest.more()).isFalse();
      assertThat(rest.isNewsAfter(amid)).isTrue();
      assertThat(blocks(rest.next()).runs()).containsExactly(new BlockRun(false, 0, 16));
    }

    @Test
    void ofInterleavedWritersAreOneChangeUntilSomebodyIsTold() {
      String cursor = blocks("0").next();
      for (int i = 0; i < 32; i++) {
        for (int round = 0; round < 100; round++) {
          puts(i, i, 1);
          puts(32 + i, 32 + i, 1);
        }
      }
      BlockNews changes = blocks(cursor);
      assertThat(changes.anew()).isFalse();
      assertThat(changes.runs()).containsExactly(new BlockRun(true, 0, 16));
    }

    @Test
    void areToldWholeToWhoMissedTooMuch() {
      String missed = blocks("0").next();
      String cursor = missed;
      for (int i = 0; i < Bounds.STANDARD.blockChanges(); i++) {
        puts(i % 64, i % 64, 1);
        cursor = blocks(cursor).next();
      }
      assertThat(blocks(missed).anew()).isFalse();
      puts(1, 1, 1);
      assertThat(blocks(cursor).anew()).isFalse();
      assertThat(blocks(missed).anew()).isTrue();
    }

    @Test
    void inAnotherSizeAreToldWhole() {
      store.put(film, leaves(film, 4, 15));
      String cursor = blocks("0").next();
      BlockNews other =
          own.blocksAfter(film, new BlockSize(131_072), HoldingsCursor.parse(cursor), MANY)
              .orElseThrow();
      assertThat(other.anew()).isTrue();
      assertThat(other.runs()).containsExactly(new BlockRun(true, 1, 1));
      assertThat(blocks(cursor).anew()).isFalse();
    }

    @Test
    void withAForgedPlaceAreToldWhole() {
      store.put(film, leaves(film, 4, 15));
      String cursor = blocks("0").next();
      for (String place : List.of("41", "7fffffff", "80000000", "ffffffffffffffff")) {
        BlockNews news = blocks(cursor.substring(0, 16) + ".1.1." + place);
        assertThat(news.anew()).as(place).isTrue();
      }
    }

    @Test
    void areForgottenWhenNobodyAsksForThem() {
      store.put(film, leaves(film, 0, 63));
      String cursor = blocks("0").next();
      timers.pass(OwnHoldings.FOLLOWED.minusSeconds(1));
      assertThat(blocks(cursor).anew()).isFalse();
      timers.pass(OwnHoldings.FOLLOWED.plusSeconds(1));
      own.found(holding(edition(2, 10), 1));
      assertThat(own.followedCount()).isZero();
      assertThat(blocks(cursor).anew()).isTrue();
    }

    @Test
    void ofTooManyEditionsAreNotTold() {
      String cursor = blocks("0").next();
      for (int i = 1; i < Bounds.STANDARD.followed(); i++) {
        assertThat(own.blocksAfter(edition(100 + i, 5), KIB_64, HoldingsCursor.BEGIN, MANY))
            .isPresent();
      }
      assertThat(own.blocksAfter(edition(99, 5), KIB_64, HoldingsCursor.BEGIN, MANY)).isEmpty();
      assertThat(blocks(cursor).anew()).isFalse();
      timers.pass(OwnHoldings.FOLLOWED.minusSeconds(1));
      blocks(cursor);
      timers.pass(Duration.ofSeconds(2));
      assertThat(own.blocksAfter(edition(99, 5), KIB_64, HoldingsCursor.BEGIN, MANY)).isPresent();
      assertThat(own.followedCount()).isEqualTo(2);
      assertThat(blocks(cursor).anew()).isFalse();
    }
  }

  @Nested
  class Waiting {

    private CompletableFuture<Void> waits(String digest) {
      return own.changedAfter(new Standing(Optional.of(HoldingsCursor.parse(digest)), List.of()));
    }

    private CompletableFuture<Void> waitsForBlocks(String cursor) {
      return own.changedAfter(
          new Standing(
              Optional.empty(),
              List.of(new Standing.OfEdition(film, KIB_64, HoldingsCursor.parse(cursor)))));
    }

    @Test
    void endsATenthOfASecondAfterTheFirstNews() {
      String cursor = digest("0").next();
      CompletableFuture<Void> waiting = waits(cursor);
      assertThat(timers.pending()).isZero();
      timers.pass(Duration.ofMinutes(1));
      own.found(holding(film, 100));
      timers.pass(Duration.ofMillis(60));
      own.found(holding(edition(2, 10), 1));
      timers.pass(Duration.ofMillis(39));
      assertThat(waiting).isNotDone();
      timers.pass(Duration.ofMillis(1));
      assertThat(waiting).isCompleted();
      assertThat(map(digest(cursor))).hasSize(2);
    }

    @Test
    void isLongerWhenManyWait() {
      String cursor = digest("0").next();
      List<CompletableFuture<Void>> waiting = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        waiting.add(waits(cursor));
      }
      own.found(holding(film, 100));
      timers.pass(Duration.ofMillis(599));
      assertThat(waiting).noneMatch(CompletableFuture::isDone);
      timers.pass(Duration.ofMillis(1));
      assertThat(waiting).allMatch(CompletableFuture::isDone);
      // They are about to ask again: who is first does not make it short.
      String next = digest(cursor).next();
      CompletableFuture<Void> first = waits(next);
      own.found(holding(film, 1_000_000));
      timers.pass(Duration.ofMillis(599));
      assertThat(first).isNotDone();
      timers.pass(Duration.ofMillis(1));
      assertThat(first).isCompleted();
    }

    @Test
    void isNeverLongerThanASecond() {
      String cursor = digest("0").next();
      List<CompletableFuture<Void>> waiting = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        waiting.add(waits(cursor));
      }
      own.found(holding(film, 100));
      timers.pass(Duration.ofMillis(999));
      assertThat(waiting).noneMatch(CompletableFuture::isDone);
      timers.pass(Duration.ofMillis(1));
      assertThat(waiting).allMatch(CompletableFuture::isDone);
    }

    @Test
    void ofWhoComesWhileNewsIsGatheredEndsWithTheOthers() {
      String cursor = digest("0").next();
      CompletableFuture<Void> first = waits(cursor);
      own.found(holding(film, 100));
      timers.pass(Duration.ofMillis(50));
      CompletableFuture<Void> second = waits(cursor);
      assertThat(second).isNotDone();
      timers.pass(Duration.ofMillis(50));
      assertThat(first).isCompleted();
      assertThat(second).isCompleted();
    }

    @Test
    void isNoneForNewsThatOthersWereToldAlready() {
      String cursor = digest("0").next();
      own.found(holding(film, 100));
      assertThat(waits(cursor)).isCompleted();
      assertThat(timers.pending()).isZero();
    }

    @Test
    void isNoneForWhoBeginsOrIsInTheMiddle() {
      own.found(holding(film, 100));
      own.found(holding(edition(2, 10), 5));
      assertThat(waits("0")).isCompleted();
      assertThat(waitsForBlocks("0")).isCompleted();
      String amid = own.digestAfter(HoldingsCursor.BEGIN, 1).next();
      CompletableFuture<Void> other = waits(digest("0").next());
      own.found(holding(film, 1_000_000)); // gathering
      assertThat(waits(amid)).isCompleted();
      assertThat(other).isNotDone();
    }

    @Test
    void isForWhatWasAskedOnly() {
      String blocks = blocks("0").next();
      String digest = digest("0").next();
      CompletableFuture<Void> forBlocks = waitsForBlocks(blocks);
      CompletableFuture<Void> forDigest = waits(digest);
      own.found(holding(edition(2, 10), 5));
      timers.pass(Duration.ofSeconds(1));
      assertThat(forBlocks).isNotDone();
      assertThat(forDigest).isCompleted();
      puts(0, 0, 0); // too little for an eighth
      forDigest = waits(digest("0").next());
      timers.pass(Duration.ofSeconds(1));
      assertThat(forBlocks).isCompleted();
      assertThat(forDigest).isNotDone();
    }

    @Test
    void canBeGivenUp() {
      String cursor = digest("0").next();
      CompletableFuture<Void> waiting = waits(cursor);
      assertThat(own.waitingCount()).isEqualTo(1);
      waiting.complete(null);
      assertThat(own.waitingCount()).isZero();
      own.found(holding(film, 100));
      assertThat(timers.pending()).isZero();
    }

    @Test
    void endsWithTheNode() {
      String cursor = digest("0").next();
      CompletableFuture<Void> waiting = waits(cursor);
      own.found(holding(film, 100));
      own.close();
      assertThat(waiting).isCompleted();
      assertThat(waits(cursor)).isCompleted();
      own.found(holding(film, 1_000_000));
      assertThat(timers.pending()).isZero();
    }

    @Test
    void endsQuietlyWhenTheTimersEndedFirst() {
      CompletableFuture<Void> waiting = waits(digest("0").next());
      timers.shutdown();
      own.found(holding(film, 100));
      assertThat(waiting).isNotDone();
      own.close();
      assertThat(waiting).isCompleted();
    }
  }
}
