package org.p2pd.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream.Next;
import org.p2pd.content.Fetching;
import org.p2pd.content.Urgency;
import org.p2pd.fetch.BlockSource.Outcome;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Span;

/** What a cache's content does, step by step. */
class CacheContentTest {

  private static final int BLOCK = Stage.SIZE.bytes();
  private static final int MIB = 1 << 20;
  private static final Film FILM = new Film(7, 8 * MIB + 12_345);
  private static final Film OTHER = new Film(8, 3 * MIB);

  private final FakeStore store = new FakeStore(Stage.SIZE, Long.MAX_VALUE / 2);
  private final ScriptedSource parent =
      new ScriptedSource("parent", BlockSource.Relation.PARENT, FILM, OTHER);
  private final ScriptedSource standIn =
      new ScriptedSource("stand-in", BlockSource.Relation.STAND_IN, FILM, OTHER);
  private final Stage stage = new Stage(store, 16 * MIB, parent);

  @AfterEach
  void nothingLeaks() {
    stage.content.close();
    parent.open().forEach(question -> question.end(new Outcome.Cancelled()));
    standIn.open().forEach(question -> question.end(new Outcome.Cancelled()));
    stage.settle();
    assertThat(stage.content.stats().memoryBytes()).isZero();
    assertThat(store.openRooms()).isZero();
    assertThat(stage.state().quiet()).isTrue();
  }

  private static ByteRange blocks(int first, int count) {
    return ByteRange.ofLength((long) first * BLOCK, (long) count * BLOCK);
  }

  private List<String> spans() {
    return parent.asked().stream()
        .map(q -> q.query.span().firstBlock() + "+" + q.query.span().blockCount())
        .toList();
  }

  @Nested
  class Reading {

    @Test
    void readsWhatIsHeldWithoutAskingAnyone() {
      for (int block = 0; block < 16; block++) {
        store.hold(FILM, block);
      }
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 16))) {
        assertThat(viewer.takeAll()).isEqualTo(MIB);
        assertThat(viewer.atEnd()).isTrue();
        assertThat(viewer.stream.heldBytes()).isEqualTo(MIB);
      }
      assertThat(parent.asked()).isEmpty();
      stage.assertNothingLeft();
    }

    @Test
    void aByteCostsOneBlock() {
      try (Stage.Viewer viewer = stage.open(FILM, ByteRange.ofLength(100_000, 1))) {
        assertThat(viewer.takeAll()).isZero();
        viewer.await();
        assertThat(spans()).containsExactly("1+1");
        assertThat(parent.asked().get(0).query.urgency()).isEqualTo(Urgency.PLAY_HEAD);
        parent.asked().get(0).deliver();
        stage.settle();
        assertThat(viewer.wakes()).isEqualTo(1);
        assertThat(viewer.takeAll()).isEqualTo(1);
        assertThat(viewer.atEnd()).isTrue();
        assertThat(viewer.stream.heldBytes()).isZero();
      }
      assertThat(spans()).containsExactly("1+1");
      assertThat(store.isHeld(FILM.edition(), 1)).isTrue();
      stage.assertNothingLeft();
    }

    @Test
    void asksTheParentWhoeverElseIsSaidToBeThere() {
      ScriptedSource pretender = new ScriptedSource(parent.name(), BlockSource.Relation.SIBLING);
      pretender.offers(false);
      stage.sources.add(pretender);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        assertThat(viewer.takeAll()).isZero();
        parent.asked().get(0).deliver();
        stage.settle();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
      }
      assertThat(pretender.asked()).isEmpty();
    }

    @Test
    void handsOutVerifiedPrefixesBeforeTheBlockIsComplete() {
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        viewer.await();
        ScriptedSource.Asked question = parent.asked().get(0).bytes(16_384);
        stage.settle();
        assertThat(viewer.wakes()).as("unverified bytes are none").isZero();
        assertThat(viewer.takeAll()).isZero();
        question.prefix();
        assertThat(viewer.wakes()).isEqualTo(1);
        assertThat(viewer.takeAll()).isEqualTo(16_384);
        question.block().end(new Outcome.Delivered());
        assertThat(viewer.takeAll()).isEqualTo(BLOCK - 16_384);
      }
    }

    @Test
    void failsAtOnceWhereNothingIsToBeFetched() {
      store.hold(FILM, 0);
      try (Stage.Viewer viewer =
          stage.open(FILM, blocks(0, 2), Urgency.PLAY_HEAD, Fetching.NOTHING)) {
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
        assertThat(viewer.next(1))
            .isInstanceOfSatisfying(
                Next.Failed.class,
                failed -> assertThat(failed.failure()).isEqualTo(ContentFailure.UNAVAILABLE));
      }
      assertThat(parent.asked()).isEmpty();
    }

    @Test
    void asksForTheHoleBeforeTheViewerReachesIt() {
      for (int block = 0; block < 8; block++) {
        store.hold(FILM, block);
      }
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 16))) {
        viewer.take(1_000);
        assertThat(spans()).containsExactly("8+8");
        assertThat(parent.asked().get(0).query.urgency()).isEqualTo(Urgency.READ_AHEAD);
        assertThat(viewer.takeAll()).isEqualTo(8L * BLOCK - 1_000);
        parent.asked().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(8L * BLOCK);
        assertThat(viewer.stream.heldBytes()).isEqualTo(8L * BLOCK);
      }
    }

    @Test
    void readsTheShortLastBlock() {
      ByteRange tail = new ByteRange(FILM.length() - 20_000, FILM.length() - 1);
      try (Stage.Viewer viewer = stage.open(FILM, tail)) {
        viewer.takeAll();
        parent.open().forEach(ScriptedSource.Asked::deliver);
        stage.settle();
        viewer.takeAll();
        parent.open().forEach(ScriptedSource.Asked::deliver);
        stage.settle();
        viewer.takeAll();
        assertThat(viewer.atEnd()).isTrue();
      }
    }

    @Test
    void wantsItsBytesBackBeforeTheNext() {
      store.hold(FILM, 0);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        Next.Available available = (Next.Available) viewer.next(10);
        assertThatThrownBy(() -> viewer.next(10)).isInstanceOf(IllegalStateException.class);
        available.bytes().release();
        available.bytes().release();
        assertThat(viewer.next(10)).isInstanceOf(Next.Available.class);
      }
    }

    @Test
    void failsWhenTheStoreContradictsItselfForEver() {
      store.hold(FILM, 0);
      store.readsFail(true);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        for (int i = 0; i < 10; i++) {
          viewer.takeAll();
        }
        assertThat(viewer.next(1))
            .isInstanceOfSatisfying(
                Next.Failed.class,
                failed -> assertThat(failed.failure()).isEqualTo(ContentFailure.UNAVAILABLE));
      }
      stage.assertNothingLeft();
    }
  }

  @Nested
  class OneFetchPerBlock {

    @Test
    void whoeverAsks() {
      try (Stage.Viewer one = stage.open(FILM, blocks(0, 4));
          Stage.Viewer two = stage.open(FILM, blocks(0, 4));
          Stage.Viewer three = stage.open(FILM, blocks(2, 2))) {
        List.of(one, two, three).forEach(viewer -> viewer.takeAll());
        List.of(one, two, three).forEach(Stage.Viewer::await);
        assertThat(spans()).containsExactlyInAnyOrder("0+1", "1+3");
        parent.open().forEach(ScriptedSource.Asked::deliver);
        stage.settle();
        assertThat(one.takeAll()).isEqualTo(4L * BLOCK);
        assertThat(two.takeAll()).isEqualTo(4L * BLOCK);
        assertThat(three.takeAll()).isEqualTo(2L * BLOCK);
      }
      for (int block = 0; block < 4; block++) {
        assertThat(parent.timesAsked(block)).isEqualTo(1);
        assertThat(store.puts(FILM.edition(), block)).isEqualTo(1);
      }
      stage.assertNothingLeft();
    }

    @Test
    void survivesTheFirstAskersLeaving() {
      Stage.Viewer first = stage.open(FILM, blocks(0, 1));
      first.takeAll();
      try (Stage.Viewer second = stage.open(FILM, blocks(0, 1))) {
        second.takeAll();
        first.close();
        assertThat(parent.asked().get(0).cancelled()).isFalse();
        parent.asked().get(0).deliver();
        assertThat(second.takeAll()).isEqualTo(BLOCK);
      }
      assertThat(parent.asked()).hasSize(1);
    }

    @Test
    void stopsWhenNoOneWantsIt() {
      Stage.Viewer viewer = stage.open(FILM, blocks(0, 4));
      viewer.takeAll();
      viewer.close();
      assertThat(parent.asked()).hasSize(2).allMatch(ScriptedSource.Asked::cancelled);
      assertThat(stage.content.stats().memoryBytes())
          .as("a source may still write until it has said that it ended")
          .isEqualTo(4L * BLOCK);
      parent.open().forEach(question -> question.end(new Outcome.Cancelled()));
      stage.assertNothingLeft();
    }

    @Test
    void regressionKeepsWhatItsOnlyViewerLeavesWhileItIsStored() {
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 4))) {
        viewer.takeAll();
        store.duringPut(
            () -> {
              store.duringPut(() -> {});
              assertThat(viewer.takeAll()).isEqualTo(BLOCK);
              stage.settle();
            });
        parent.asked().get(0).deliver();
        stage.settle();
        assertThat(parent.asked().get(0).cancelled()).isFalse();
        assertThat(store.puts(FILM.edition(), 0)).isEqualTo(1);
      }
    }

    @Test
    void endsAfterTheBlockInHandWhenItsOnlyViewerLeaves() {
      Stage.Viewer viewer = stage.open(FILM, blocks(0, 4));
      viewer.takeAll();
      store.duringPut(
          () -> {
            store.duringPut(() -> {});
            viewer.close();
          });
      ScriptedSource.Asked ahead = parent.asked().get(1);
      ahead.block();
      assertThat(ahead.cancelled()).as("while it is stored").isFalse();
      stage.settle();
      assertThat(ahead.cancelled()).as("once it is stored").isTrue();
      assertThat(store.puts(FILM.edition(), 1)).isEqualTo(1);
      parent.open().forEach(question -> question.end(new Outcome.Cancelled()));
      stage.assertNothingLeft();
    }

    @Test
    void isNotCancelledWhenEverythingCame() {
      Stage.Viewer viewer = stage.open(FILM, blocks(0, 1));
      viewer.takeAll();
      parent.asked().get(0).block();
      viewer.close();
      assertThat(parent.asked().get(0).cancelled()).isFalse();
      parent.asked().get(0).end(new Outcome.Delivered());
      stage.assertNothingLeft();
    }

    @Test
    void isNotBegunWhenAnotherStoredItMeanwhile() {
      Stage.Viewer viewer = stage.open(FILM, blocks(0, 1));
      assertThat(viewer.next(1)).isInstanceOf(Next.Pending.class);
      store.hold(FILM, 0);
      viewer.await();
      assertThat(parent.asked()).isEmpty();
      assertThat(viewer.wakes()).isEqualTo(1);
      assertThat(viewer.takeAll()).isEqualTo(BLOCK);
      viewer.close();
      stage.assertNothingLeft();
    }
  }

  @Nested
  class ReadingAhead {

    @Test
    void asksTheFirstBlockAloneThenWhatTheViewerWillNeed() {
      try (Stage.Viewer viewer = stage.open(FILM, FILM.all())) {
        viewer.takeAll();
        assertThat(spans()).containsExactly("0+1");
        stage.pass(Duration.ofMillis(20));
        parent.asked().get(0).bytes(16_384).prefix();
        assertThat(viewer.takeAll()).isEqualTo(16_384);
        assertThat(parent.asked().size()).isGreaterThan(1);
        assertThat(parent.asked().stream().skip(1))
            .allMatch(q -> q.query.urgency() == Urgency.READ_AHEAD);
      }
    }

    @Test
    void reachesAFullPipelineForAFastViewer() {
      Film film = new Film(9, 24 * MIB);
      ScriptedSource fast = new ScriptedSource("fast", BlockSource.Relation.PARENT, film);
      Stage big = new Stage(store, 64 * MIB, fast);
      long most = 0;
      try (Stage.Viewer viewer = big.open(film, film.all())) {
        viewer.takeAll();
        while (!viewer.atEnd()) {
          big.pass(Duration.ofMillis(5));
          most = Math.max(most, fast.open().size());
          fast.open().get(0).deliver();
          viewer.takeAll();
        }
      }
      assertThat(most).isGreaterThanOrEqualTo(6);
      assertThat(fast.asked().size()).as("spans").isLessThan(60);
      big.assertNothingLeft();
    }

    @Test
    void staysCloseToASlowViewer() {
      try (Stage.Viewer viewer = stage.open(FILM, FILM.all())) {
        viewer.takeAll();
        long furthest = 0;
        for (int i = 0; i < 40; i++) {
          stage.pass(Duration.ofMillis(250));
          parent.open().forEach(ScriptedSource.Asked::deliver);
          stage.settle();
          viewer.take(BLOCK / 2); // 1 Mbit/s
          furthest =
              Math.max(
                  furthest,
                  parent.asked().stream()
                          .mapToLong(q -> (q.query.span().lastBlock() + 1L) * BLOCK)
                          .max()
                          .orElseThrow()
                      - viewer.stream.position());
        }
        assertThat(furthest).isLessThan(MIB);
      }
    }

    @Test
    void neverGoesBeyondTheRange() {
      try (Stage.Viewer viewer = stage.open(FILM, blocks(3, 40))) {
        while (!viewer.atEnd()) {
          viewer.takeAll();
          parent.open().forEach(ScriptedSource.Asked::deliver);
          stage.settle();
        }
      }
      assertThat(parent.asked())
          .allMatch(
              q -> q.query.span().firstBlock() >= 3 && q.query.span().lastBlock() <= 3 + 40 - 1);
    }

    @Test
    void servesPlayHeadsBeforeReadAhead() {
      parent.usable(false);
      try (Stage.Viewer one = stage.open(FILM, blocks(0, 16));
          Stage.Viewer two = stage.open(OTHER, blocks(0, 16))) {
        one.takeAll();
        two.takeAll();
        assertThat(parent.asked()).isEmpty();
        parent.usable(true);
        stage.content.sourcesChanged();
        stage.settle();
        assertThat(parent.asked().stream().map(q -> q.query.urgency()).limit(3))
            .containsExactly(Urgency.PLAY_HEAD, Urgency.PLAY_HEAD, Urgency.READ_AHEAD);
      }
    }

    @Test
    void asksAPeersSpanWholeWithItsOwnUrgency() {
      try (Stage.Viewer peer = stage.open(FILM, blocks(16, 16), Urgency.RELAY, Fetching.MISSING)) {
        peer.takeAll();
        assertThat(spans()).containsExactly("16+16");
        assertThat(parent.asked().get(0).query.urgency()).isEqualTo(Urgency.RELAY);
        parent.asked().get(0).proof();
        Span span = new Span(Stage.SIZE, 16, 16);
        assertThat(stage.content.prove(FILM.edition(), span)).contains(FILM.rawProof(span));
      }
    }
  }

  @Nested
  class Failing {

    @Test
    void asksTheRestAgainFromTheLastVerifiedBlock() {
      try (Stage.Viewer viewer =
          stage.open(FILM, blocks(16, 16), Urgency.READ_AHEAD, Fetching.MISSING)) {
        viewer.takeAll();
        parent.asked().get(0).blocks(5).bytes(1_000).lose();
        stage.settle();
        assertThat(parent.asked().get(1).query.span().firstBlock()).isEqualTo(21);
        parent.open().forEach(ScriptedSource.Asked::deliver);
        stage.settle();
        assertThat(parent.asked().stream().skip(1).mapToInt(q -> q.query.span().blockCount()).sum())
            .isEqualTo(11);
        assertThat(viewer.takeAll()).isEqualTo(MIB);
      }
      stage.assertNothingLeft();
    }

    @Test
    void leavesASourceAloneLongerEachTime() {
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        parent.asked().get(0).lose();
        stage.settle();
        assertThat(parent.asked()).as("once is chance").hasSize(2);
        stage.pass(Duration.ofMillis(1));
        parent.asked().get(1).lose();
        stage.settle();
        assertThat(parent.asked()).hasSize(2);
        stage.pass(Duration.ofMillis(100));
        assertThat(parent.asked()).hasSize(3);
        parent.asked().get(2).lose();
        stage.settle();
        stage.pass(Duration.ofMillis(150));
        assertThat(parent.asked()).hasSize(3);
        stage.pass(Duration.ofMillis(50));
        assertThat(parent.asked()).hasSize(4);
      }
    }

    @Test
    void countsWhatBrokeTogetherOnce() {
      try (Stage.Viewer one = stage.open(FILM, blocks(0, 16));
          Stage.Viewer two = stage.open(OTHER, blocks(0, 16))) {
        one.takeAll();
        two.takeAll();
        stage.pass(Duration.ofMillis(1));
        int asked = parent.asked().size();
        assertThat(asked).isGreaterThan(2);
        parent.open().forEach(ScriptedSource.Asked::lose);
        stage.settle();
        assertThat(parent.asked()).hasSizeGreaterThanOrEqualTo(asked + 2);
      }
    }

    @Test
    void goesOnAtTheNextSource() {
      stage.sources.add(standIn);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        parent.asked().get(0).lose();
        stage.settle();
        assertThat(standIn.asked()).hasSize(1);
        standIn.asked().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
      }
    }

    @Test
    void returnsToASourceThatFailedOnceTheDoubtIsOver() {
      stage.sources.add(standIn);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        parent.asked().get(0).lose();
        stage.settle();
        standIn.asked().get(0).deliver();
      }
      stage.pass(Duration.ofSeconds(2));
      try (Stage.Viewer viewer = stage.open(FILM, blocks(1, 1))) {
        viewer.takeAll();
        assertThat(parent.asked()).hasSize(2);
        parent.asked().get(1).deliver();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
      }
    }

    @Test
    void neverShowsTheUnverifiedBytesOfASecondAttempt() {
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        parent.asked().get(0).bytes(16_384).prefix();
        Next.Available lent = (Next.Available) viewer.next(8_192);
        parent.asked().get(0).garbage(10_000).end(new Outcome.Mismatch("a flipped bit"));
        stage.settle();
        stage.pass(Duration.ofSeconds(2));
        assertThat(parent.asked()).hasSize(2);
        parent.asked().get(1).proof().garbage(16_384);
        viewer.check(lent);
        lent.bytes().release();
        assertThat(viewer.takeAll()).isZero();
        parent.asked().get(1).end(new Outcome.Mismatch("again"));
        stage.settle();
        stage.pass(Duration.ofSeconds(3));
        parent.asked().get(2).deliver();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK - 8_192);
      }
      stage.assertNothingLeft();
    }

    @Test
    void usesALiarLast() {
      stage.sources.add(standIn);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1));
          Stage.Viewer next = stage.open(OTHER, blocks(0, 1))) {
        viewer.takeAll();
        parent.asked().get(0).end(new Outcome.Mismatch("a flipped bit"));
        stage.settle();
        assertThat(standIn.asked()).hasSize(1);
        standIn.asked().get(0).deliver();
        next.takeAll();
        assertThat(standIn.asked()).hasSize(2);
        assertThat(stage.content.stats().mismatches()).isEqualTo(1);
      }
    }

    @Test
    void waitsAsLongAsABusySourceSays() {
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        parent.asked().get(0).busy(Duration.ofSeconds(3));
        stage.settle();
        stage.pass(Duration.ofSeconds(2));
        assertThat(parent.asked()).hasSize(1);
        stage.pass(Duration.ofSeconds(1));
        assertThat(parent.asked()).hasSize(2);
      }
    }

    @Test
    void asksForOtherBlocksThoughOneIsPutOff() {
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1));
          Stage.Viewer other = stage.open(FILM, blocks(5, 1))) {
        viewer.takeAll();
        parent.asked().get(0).later(Duration.ofSeconds(2));
        stage.settle();
        other.takeAll();
        assertThat(spans()).containsExactly("0+1", "5+1");
        stage.pass(Duration.ofMillis(1_900));
        assertThat(spans()).containsExactly("0+1", "5+1");
        stage.pass(Duration.ofMillis(100));
        assertThat(spans()).containsExactly("0+1", "5+1", "0+1");
      }
    }

    @Test
    void doesNotAskAgainAtOnceWhoeverSaysSo() {
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        parent.asked().get(0).later(Duration.ZERO);
        stage.settle();
        stage.pass(Duration.ofMillis(200));
        assertThat(parent.asked()).hasSize(1);
        stage.pass(Duration.ofMillis(50));
        assertThat(parent.asked()).hasSize(2);
        parent.asked().get(1).later(Duration.ofDays(1));
        stage.settle();
        stage.pass(Duration.ofSeconds(5));
        assertThat(parent.asked()).hasSize(3);
      }
    }

    @Test
    void asksNoBlockThatIsPutOffAlongWithOthers() {
      Stage.Viewer viewer = stage.open(FILM, blocks(2, 2), Urgency.READ_AHEAD, Fetching.MISSING);
      viewer.takeAll();
      parent.asked().get(0).later(Duration.ofSeconds(2));
      stage.settle();
      viewer.close();
      try (Stage.Viewer whole =
          stage.open(FILM, blocks(0, 4), Urgency.READ_AHEAD, Fetching.MISSING)) {
        whole.takeAll();
        assertThat(spans()).containsExactly("2+2", "0+2");
        stage.pass(Duration.ofSeconds(2));
        assertThat(spans()).containsExactly("2+2", "0+2", "2+2");
      }
    }

    @Test
    void leavesABusySourceAloneForASecondAtMost() {
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1));
          Stage.Viewer other = stage.open(FILM, blocks(5, 1))) {
        viewer.takeAll();
        parent.asked().get(0).busy(Duration.ofSeconds(3));
        stage.settle();
        other.takeAll();
        stage.pass(Duration.ofMillis(900));
        assertThat(spans()).containsExactly("0+1");
        stage.pass(Duration.ofMillis(100));
        assertThat(spans()).containsExactly("0+1", "5+1");
      }
    }

    @Test
    void givesUpASilentSource() {
      stage.sources.add(standIn);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        parent.asked().get(0).bytes(100);
        stage.pass(Duration.ofMillis(500));
        stage.pass(Duration.ofMillis(900));
        assertThat(parent.asked().get(0).cancelled()).isFalse();
        stage.pass(Duration.ofMillis(300));
        assertThat(parent.asked().get(0).cancelled()).isTrue();
        standIn.asked().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
        assertThat(stage.content.stats().silences()).isEqualTo(1);
        parent.asked().get(0).block().end(new Outcome.Cancelled());
      }
      assertThat(store.puts(FILM.edition(), 0)).isEqualTo(1);
      stage.assertNothingLeft();
    }

    @Test
    void doesNotTakeASlowDiskForASilentSource() {
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        store.duringPut(
            () -> {
              store.duringPut(() -> {});
              stage.pass(Duration.ofSeconds(6));
              stage.pass(Duration.ofSeconds(6));
            });
        parent.asked().get(0).deliver();
        stage.settle();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
        assertThat(parent.asked()).hasSize(1);
        assertThat(stage.content.stats().silences()).isZero();
      }
    }

    @Test
    void hasMorePatienceWhereNoOtherSourceIs() {
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        stage.pass(Duration.ofSeconds(1));
        stage.pass(Duration.ofSeconds(3));
        assertThat(parent.asked().get(0).cancelled()).isFalse();
        stage.pass(Duration.ofSeconds(2));
        assertThat(parent.asked().get(0).cancelled()).isTrue();
        parent.asked().get(0).end(new Outcome.Cancelled());
      }
    }

    @Test
    void doesNotTakeASpanThatWaitsBehindOthersForSilence() {
      stage.sources.add(standIn);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 4))) {
        viewer.takeAll();
        for (int i = 0; i < 12; i++) {
          parent.asked().get(0).bytes(100);
          stage.pass(Duration.ofMillis(300));
        }
        assertThat(parent.asked()).hasSize(2).noneMatch(ScriptedSource.Asked::cancelled);
      }
      parent.open().forEach(question -> question.end(new Outcome.Cancelled()));
    }

    @Test
    void hasPatienceWithASlowOne() {
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        for (int i = 0; i < 64; i++) {
          parent.asked().get(0).bytes(1_024);
          stage.pass(Duration.ofSeconds(3));
        }
        assertThat(parent.asked()).hasSize(1);
        assertThat(parent.asked().get(0).cancelled()).isFalse();
      }
    }

    @Test
    void givesUpASiblingThatDripsFarBehindTheParent() {
      ScriptedSource sibling = new ScriptedSource("sibling", BlockSource.Relation.SIBLING, FILM);
      stage.sources.add(sibling);
      try (Stage.Viewer viewer =
          stage.open(FILM, blocks(0, 4), Urgency.READ_AHEAD, Fetching.MISSING)) {
        viewer.takeAll();
        for (int i = 0; i < 3; i++) {
          sibling.asked().get(0).bytes(1);
          stage.pass(Duration.ofMillis(250));
        }
        assertThat(sibling.asked().get(0).cancelled()).isFalse();
        sibling.asked().get(0).bytes(1);
        stage.pass(Duration.ofMillis(250));
        assertThat(sibling.asked()).hasSize(1);
        assertThat(sibling.asked().get(0).cancelled()).isTrue();
        assertThat(spans()).containsExactly("0+4");
        assertThat(parent.asked().get(0).query.excluded()).containsExactly(sibling.node().get());
        parent.asked().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(4L * BLOCK);
        sibling.asked().get(0).end(new Outcome.Cancelled());
      }
      stage.assertNothingLeft();
    }

    @Test
    void goesOnBehindTheLastVerifiedBlockOfOneThatFellBehind() {
      ScriptedSource sibling = new ScriptedSource("sibling", BlockSource.Relation.SIBLING, FILM);
      stage.sources.add(sibling);
      try (Stage.Viewer viewer =
          stage.open(FILM, blocks(0, 4), Urgency.READ_AHEAD, Fetching.MISSING)) {
        viewer.takeAll();
        sibling.asked().get(0).block();
        for (int i = 0; i < 24 && parent.asked().isEmpty(); i++) {
          sibling.asked().get(0).bytes(1);
          stage.pass(Duration.ofMillis(250));
        }
        assertThat(sibling.asked().get(0).cancelled()).isTrue();
        assertThat(spans()).containsExactly("1+3");
        sibling.asked().get(0).end(new Outcome.Cancelled());
        parent.asked().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(4L * BLOCK);
      }
    }

    @Test
    void hasPatienceWhereNothingIsKnownOfTheOther() {
      stage.sources.add(standIn);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        for (int i = 0; i < 40; i++) {
          parent.asked().get(0).bytes(1);
          stage.pass(Duration.ofMillis(250));
        }
        assertThat(parent.asked()).hasSize(1);
        assertThat(parent.asked().get(0).cancelled()).isFalse();
      }
    }

    @Test
    void doesNotBlameASourceForASlowDisk() {
      ScriptedSource sibling = new ScriptedSource("sibling", BlockSource.Relation.SIBLING, FILM);
      stage.sources.add(sibling);
      try (Stage.Viewer viewer =
          stage.open(FILM, blocks(0, 4), Urgency.READ_AHEAD, Fetching.MISSING)) {
        viewer.takeAll();
        store.duringPut(
            () -> {
              store.duringPut(() -> {});
              stage.pass(Duration.ofSeconds(2));
              stage.pass(Duration.ofSeconds(2));
            });
        sibling.asked().get(0).block();
        stage.pass(Duration.ofMillis(250));
        assertThat(sibling.asked().get(0).cancelled()).isFalse();
        sibling.asked().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(4L * BLOCK);
      }
      assertThat(parent.asked()).isEmpty();
    }

    @Test
    void waitsForASourceToComeBack() {
      parent.usable(false);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        viewer.await();
        stage.pass(Duration.ofMinutes(1));
        assertThat(viewer.next(1)).isInstanceOf(Next.Pending.class);
        parent.usable(true);
        stage.content.sourcesChanged();
        stage.settle();
        assertThat(parent.asked()).hasSize(1);
      }
    }

    @Test
    void endsWhenEverySourceSaysRepeatedlyThatItHasNothing() {
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        viewer.await();
        for (int i = 0; i < 3; i++) {
          parent.asked().stream()
              .filter(q -> q.query.edition().equals(FILM.edition()) && !q.ended())
              .forEach(q -> q.end(new Outcome.NotHeld()));
          stage.settle();
          assertThat(viewer.wakes()).isEqualTo(i < 2 ? 0 : 1);
          stage.pass(Duration.ofSeconds(4));
        }
        assertThat(viewer.next(1))
            .isInstanceOfSatisfying(
                Next.Failed.class,
                failed -> assertThat(failed.failure()).isEqualTo(ContentFailure.EDITION_GONE));
      }
    }

    @Test
    void takesASourceThatThrowsForALostOne() {
      BlockSource broken =
          new BlockSource() {
            @Override
            public String name() {
              return "broken";
            }

            @Override
            public Relation relation() {
              return Relation.PARENT;
            }

            @Override
            public boolean usable() {
              return true;
            }

            @Override
            public Transfer fetch(SpanQuery query, SpanReceiver receiver) {
              throw new IllegalStateException("broken");
            }
          };
      stage.sources.clear();
      stage.sources.add(broken);
      stage.sources.add(standIn);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        stage.pass(Duration.ofMillis(1));
        standIn.asked().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
      }
    }
  }

  @Nested
  class AskingASecondSource {

    private final ScriptedSource sibling =
        new ScriptedSource("sibling", BlockSource.Relation.SIBLING, FILM);

    /** What failed may have been asked again, because the other was still late. */
    private void assertNothingLeft() {
      stage.settle();
      for (ScriptedSource source : List.of(parent, sibling)) {
        source.open().forEach(question -> question.end(new Outcome.Cancelled()));
      }
      stage.assertNothingLeft();
    }

    private Stage.Viewer lateViewer() {
      stage.sources.add(sibling);
      Stage.Viewer viewer = stage.open(FILM, blocks(0, 1));
      viewer.takeAll();
      stage.pass(Duration.ofMillis(1));
      stage.pass(Duration.ofMillis(200));
      assertThat(parent.asked()).as("it may still come").isEmpty();
      stage.pass(Duration.ofMillis(60));
      assertThat(sibling.asked().get(0).cancelled()).isFalse();
      assertThat(parent.asked()).as("it is late").hasSize(1);
      assertThat(parent.asked().get(0).query.urgency()).isEqualTo(Urgency.PLAY_HEAD);
      return viewer;
    }

    @Test
    void takesTheBlockOfWhoeverIsFirst() {
      try (Stage.Viewer viewer = lateViewer()) {
        parent.asked().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
        stage.settle();
        assertThat(sibling.asked().get(0).cancelled()).isTrue();
        sibling.asked().get(0).block().end(new Outcome.Cancelled());
      }
      assertThat(store.puts(FILM.edition(), 0)).isEqualTo(1);
      assertThat(stage.content.stats().hedges()).isEqualTo(1);
      stage.assertNothingLeft();
    }

    @Test
    void takesTheLateOneIfItComesFirstAfterAll() {
      try (Stage.Viewer viewer = lateViewer()) {
        sibling.asked().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
        stage.settle();
        assertThat(parent.asked().get(0).cancelled()).isTrue();
        parent.asked().get(0).end(new Outcome.Cancelled());
      }
      stage.assertNothingLeft();
    }

    @Test
    void readsOnInWhicheverHasMore() {
      try (Stage.Viewer viewer = lateViewer()) {
        sibling.asked().get(0).bytes(10_000).prefix();
        assertThat(viewer.takeAll()).isEqualTo(10_000);
        parent.asked().get(0).bytes(20_000).prefix();
        assertThat(viewer.takeAll()).isEqualTo(10_000);
        sibling.asked().get(0).bytes(20_000).prefix();
        assertThat(viewer.takeAll()).isEqualTo(10_000);
        sibling.asked().get(0).lose();
        stage.settle();
        assertThat(viewer.takeAll()).isZero();
        parent.asked().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK - 30_000);
      }
      assertNothingLeft();
    }

    @Test
    void goesOnWithOneWhenTheOtherFails() {
      try (Stage.Viewer viewer = lateViewer()) {
        parent.asked().get(0).lose();
        stage.settle();
        assertThat(sibling.asked()).hasSize(1);
        sibling.asked().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
      }
      assertNothingLeft();
    }

    @Test
    void stopsWhenTheViewerLeaves() {
      Stage.Viewer viewer = lateViewer();
      viewer.close();
      assertThat(parent.asked().get(0).cancelled()).isTrue();
      assertThat(sibling.asked().get(0).cancelled()).isTrue();
      parent.asked().get(0).end(new Outcome.Cancelled());
      sibling.asked().get(0).end(new Outcome.Cancelled());
      stage.assertNothingLeft();
    }

    /** The parent is doubtful, so that nobody is given up for its sake. */
    @Test
    void asksTheParentForWhatIsOverdueThoughTheBudgetIsUsedUp() {
      stage.sources.add(sibling);
      List<Stage.Viewer> viewers = new ArrayList<>();
      for (int block = 0; block < 16; block++) {
        viewers.add(stage.open(FILM, blocks(block, 1)));
        viewers.get(block).takeAll();
      }
      stage.pass(Duration.ofMillis(1));
      stage.pass(Duration.ofMillis(260));
      assertThat(parent.asked()).as("a MiB is the budget").hasSize(16);
      parent.asked().stream().limit(15).forEach(ScriptedSource.Asked::deliver);
      stage.settle();
      parent.asked().get(15).lose();
      stage.settle();
      stage.pass(Duration.ofMillis(600));
      assertThat(parent.asked()).hasSize(16);
      stage.pass(Duration.ofMillis(200));
      assertThat(parent.asked()).as("overdue").hasSize(17);
      assertThat(parent.asked().get(16).query.span()).isEqualTo(new Span(Stage.SIZE, 15, 1));
      assertThat(sibling.asked().get(15).cancelled()).isFalse();
      parent.asked().get(16).lose();
      stage.settle();
      stage.pass(Duration.ofMillis(600));
      assertThat(parent.asked()).as("once a block").hasSize(17);
      viewers.forEach(Stage.Viewer::close);
      assertNothingLeft();
    }

    @Test
    void followsAReferralOfTheSecondSource() {
      ScriptedSource third = new ScriptedSource("third", BlockSource.Relation.SIBLING, FILM);
      third.offers(false);
      try (Stage.Viewer viewer = lateViewer()) {
        stage.sources.add(third);
        parent.asked().get(0).refer(third);
        stage.settle();
        assertThat(third.asked()).hasSize(1);
        third.asked().get(0).end(new Outcome.NotHeld());
        stage.settle();
        stage.pass(Duration.ofMillis(500));
        assertThat(parent.asked()).hasSize(2);
        assertThat(parent.asked().get(1).query.excluded())
            .containsExactlyInAnyOrder(sibling.node().get(), third.node().get());
        parent.asked().get(1).deliver();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
      }
      assertNothingLeft();
    }

    @Test
    void asksALoserOfHedgesLast() {
      stage.sources.add(sibling);
      for (int round = 0; round < 2; round++) {
        try (Stage.Viewer viewer = stage.open(FILM, blocks(round, 1))) {
          viewer.takeAll();
          assertThat(sibling.asked()).hasSize(round + 1);
          stage.pass(Duration.ofMillis(1));
          stage.pass(Duration.ofMillis(260));
          parent.asked().get(round).deliver();
          assertThat(viewer.takeAll()).isEqualTo(BLOCK);
          sibling.open().forEach(question -> question.end(new Outcome.Cancelled()));
        }
      }
      try (Stage.Viewer viewer = stage.open(FILM, blocks(2, 1))) {
        viewer.takeAll();
        assertThat(sibling.asked()).as("twice in a row is no chance").hasSize(2);
        assertThat(parent.asked()).hasSize(3);
        parent.asked().get(2).deliver();
      }
      assertNothingLeft();
    }

    @Test
    void doesNotAskForWhatNoViewerWaitsFor() {
      stage.sources.add(sibling);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 4))) {
        viewer.takeAll();
        sibling.asked().get(0).deliver();
        Next.Available lent = (Next.Available) viewer.next(1);
        for (int i = 0; i < 9; i++) {
          sibling.asked().get(1).bytes(10);
          stage.pass(Duration.ofMillis(100));
        }
        assertThat(parent.asked()).isEmpty();
        lent.bytes().release();
      }
      sibling.open().forEach(question -> question.end(new Outcome.Cancelled()));
    }
  }

  @Nested
  class BeingReferred {

    private final ScriptedSource sibling =
        new ScriptedSource("sibling", BlockSource.Relation.SIBLING, FILM);

    private Stage.Viewer referred() {
      sibling.offers(false);
      stage.sources.add(sibling);
      Stage.Viewer viewer = stage.open(FILM, blocks(0, 4), Urgency.READ_AHEAD, Fetching.MISSING);
      viewer.takeAll();
      assertThat(parent.asked().get(0).query.excluded()).isEmpty();
      parent.asked().get(0).refer(sibling);
      stage.settle();
      return viewer;
    }

    @Test
    void asksTheOtherForTheSame() {
      try (Stage.Viewer viewer = referred()) {
        assertThat(sibling.asked().get(0).query.span())
            .isEqualTo(parent.asked().get(0).query.span());
        sibling.asked().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(4L * BLOCK);
      }
      assertThat(parent.asked()).hasSize(1);
      assertThat(stage.content.stats().spansFailed()).isZero();
      assertThat(stage.content.stats().referrals()).isEqualTo(1);
      stage.assertNothingLeft();
    }

    @Test
    void asksTheParentForWhatTheOtherDidNotBringAndSaysSo() {
      try (Stage.Viewer viewer = referred()) {
        sibling.asked().get(0).blocks(1).end(new Outcome.Delivered());
        stage.settle();
        ScriptedSource.Asked again = parent.asked().get(1);
        assertThat(again.query.span()).isEqualTo(new Span(Stage.SIZE, 1, 3));
        assertThat(again.query.excluded()).containsExactly(sibling.node().get());
        again.deliver();
        assertThat(viewer.takeAll()).isEqualTo(4L * BLOCK);
      }
      stage.assertNothingLeft();
    }

    @Test
    void blamesNobodyWhoDoesNotHoldIt() {
      try (Stage.Viewer viewer = referred()) {
        sibling.asked().get(0).end(new Outcome.NotHeld());
        stage.settle();
        parent.asked().get(1).deliver();
        assertThat(viewer.takeAll()).isEqualTo(4L * BLOCK);
      }
      sibling.offers(true);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(8, 1))) {
        viewer.takeAll();
        assertThat(sibling.asked()).hasSize(2);
        sibling.asked().get(1).deliver();
      }
      stage.assertNothingLeft();
    }

    @Test
    void goesOnWhenTheOtherIsNotToBeHad() {
      sibling.usable(false);
      try (Stage.Viewer viewer = referred()) {
        assertThat(sibling.asked()).isEmpty();
        assertThat(parent.asked().get(1).query.excluded()).containsExactly(sibling.node().get());
        parent.asked().get(1).deliver();
        assertThat(viewer.takeAll()).isEqualTo(4L * BLOCK);
      }
    }

    @Test
    void goesOnWhenTheOtherIsNotKnown() {
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        parent.asked().get(0).refer(sibling);
        stage.settle();
        assertThat(parent.asked().get(1).query.excluded()).containsExactly(sibling.node().get());
        parent.asked().get(1).deliver();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
      }
    }

    @Test
    void isNotSentRoundInCircles() {
      try (Stage.Viewer viewer = referred()) {
        sibling.asked().get(0).lose();
        stage.settle();
        parent.asked().get(1).refer(sibling);
        stage.settle();
        parent.asked().get(2).refer(sibling);
        stage.settle();
        assertThat(parent.asked()).as("left alone for a moment").hasSize(3);
        stage.pass(Duration.ofMillis(150));
        parent.asked().get(3).deliver();
        assertThat(viewer.takeAll()).isEqualTo(4L * BLOCK);
      }
      assertThat(sibling.asked()).hasSize(1);
      stage.assertNothingLeft();
    }
  }

  @Nested
  class BeingReferredInVain {

    private final ScriptedSource sibling =
        new ScriptedSource("sibling", BlockSource.Relation.SIBLING, FILM);

    @Test
    void asksTheParentForAPlayHeadSoonAfterASiblingThatDoesNotAnswer() {
      sibling.offers(false);
      stage.sources.add(sibling);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        parent.asked().get(0).refer(sibling);
        stage.settle();
        assertThat(sibling.asked()).hasSize(1);
        stage.pass(Duration.ofMillis(1));
        for (int i = 0; i < 3; i++) {
          stage.pass(Duration.ofMillis(250));
        }
        assertThat(parent.asked()).hasSize(2);
        assertThat(parent.asked().get(1).query.excluded()).containsExactly(sibling.node().get());
        parent.open().forEach(ScriptedSource.Asked::deliver);
        stage.settle();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
        sibling.asked().get(0).end(new Outcome.Cancelled());
      }
      stage.assertNothingLeft();
    }

    @Test
    void asksNoOneWhoHasJustFailed() {
      sibling.offers(false);
      stage.sources.add(sibling);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1));
          Stage.Viewer next = stage.open(FILM, blocks(5, 1))) {
        viewer.takeAll();
        parent.asked().get(0).refer(sibling);
        stage.settle();
        sibling.asked().get(0).lose();
        stage.settle();
        parent.asked().get(1).deliver();
        next.takeAll();
        parent.asked().get(2).refer(sibling);
        stage.settle();
        assertThat(sibling.asked()).hasSize(1);
        assertThat(parent.asked().get(3).query.excluded()).containsExactly(sibling.node().get());
        parent.asked().get(3).deliver();
        assertThat(next.takeAll()).isEqualTo(BLOCK);
      }
    }

    @Test
    void asksASiblingLastForABlockThatItDidNotBring() {
      stage.sources.add(sibling);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        sibling.asked().get(0).end(new Outcome.NotHeld());
        stage.settle();
        assertThat(sibling.asked()).hasSize(1);
        parent.asked().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
      }
    }

    @Test
    void endsAfterAsManyAsAQuestionCanExclude() {
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        int referrals = 0;
        while (!parent.open().isEmpty() && referrals < 100) {
          String name = (char) ('a' + referrals++) + "";
          parent.open().get(0).refer(new ScriptedSource(name, BlockSource.Relation.SIBLING, FILM));
          stage.settle();
        }
        assertThat(referrals).isEqualTo(Detours.MAX_EXCLUDED + 1);
        stage.pass(Duration.ofSeconds(1));
        assertThat(parent.open()).hasSize(1);
        assertThat(parent.open().get(0).query.excluded()).hasSize(Detours.MAX_EXCLUDED);
        parent.open().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
      }
    }
  }

  @Test
  void remembersOfSourcesThatAreGoneOnlyTheirSum() {
    stage.sources.clear();
    for (int i = 0; i < 100; i++) {
      ScriptedSource source = new ScriptedSource("s" + i, BlockSource.Relation.PARENT, FILM);
      stage.sources.add(source);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(i, 1))) {
        viewer.takeAll();
        source.asked().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
      }
      stage.sources.clear();
    }
    Map<String, Long> received = stage.content.stats().receivedBytes();
    assertThat(received).hasSizeLessThan(20).containsKey(FetchStats.OTHERS);
    assertThat(received.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(100L * BLOCK);
  }

  @Nested
  class Memory {

    @Test
    void isGivenBackWhenABlockIsStored() {
      try (Stage.Viewer viewer =
          stage.open(FILM, blocks(0, 16), Urgency.READ_AHEAD, Fetching.MISSING)) {
        viewer.takeAll();
        assertThat(stage.content.stats().memoryBytes()).isEqualTo(MIB);
        parent.asked().get(0).deliver();
        stage.settle();
        // It may linger for the viewer that is close, but only within its small share.
        assertThat(stage.content.stats().memoryBytes()).isLessThanOrEqualTo(2L * MIB);
        viewer.takeAll();
      }
      stage.assertNothingLeft();
    }

    @Test
    void refusesViewersBeyondWhatItCanGuarantee() {
      parent.usable(false);
      Film film = new Film(10, 30 * MIB);
      int admitted = 0;
      for (int block = 0; block < 400; block += 1) {
        Stage.Viewer viewer = stage.open(film, blocks(block, 1));
        viewer.takeAll();
        if (viewer.next(1) instanceof Next.Failed failed) {
          assertThat(failed.failure()).isEqualTo(ContentFailure.BUSY);
        } else {
          admitted++;
        }
      }
      assertThat(admitted).isEqualTo(14 * 16);
    }

    @Test
    void letsTwoViewersOfAnUnkeptTitleGetOn() {
      store.capacity(0);
      try (Stage.Viewer one = stage.open(FILM, FILM.all());
          Stage.Viewer two = stage.open(FILM, new ByteRange(4 * MIB, FILM.length() - 1))) {
        while (!one.atEnd() || !two.atEnd()) {
          one.take(BLOCK);
          two.take(BLOCK / 3);
          parent.open().stream().findFirst().ifPresent(ScriptedSource.Asked::deliver);
          stage.pass(Duration.ofMillis(1));
        }
      }
      assertThat(stage.content.stats().keptBytes()).isZero();
      stage.assertNothingLeft();
    }

    @Test
    void passesOnWhatCouldNotBeWritten() {
      store.writesFail(true);
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 2))) {
        viewer.takeAll();
        parent.open().forEach(ScriptedSource.Asked::deliver);
        stage.settle();
        assertThat(viewer.takeAll()).isEqualTo(2L * BLOCK);
      }
      assertThat(stage.content.stats().passedBytes()).isEqualTo(2L * BLOCK);
      stage.assertNothingLeft();
    }

    @Test
    void takesUnkeptBlocksFromAPausedViewerWhenOthersNeedIt() {
      store.capacity(0);
      Film film = new Film(11, 20 * MIB);
      ScriptedSource source = new ScriptedSource("parent", BlockSource.Relation.PARENT, film);
      Stage small = new Stage(store, 8 * MIB, source);
      int viewers = 7 * 16;
      Stage.Viewer[] paused = new Stage.Viewer[viewers];
      for (int i = 0; i < viewers; i++) {
        paused[i] = small.open(film, blocks(i, 2));
        paused[i].take(1);
      }
      source.open().forEach(ScriptedSource.Asked::deliver);
      small.settle();
      try (Stage.Viewer early = small.open(film, blocks(200, 1))) {
        early.takeAll();
        assertThat(early.next(1)).isInstanceOf(Next.Failed.class);
      }
      small.pass(Duration.ofSeconds(3));
      try (Stage.Viewer late = small.open(film, blocks(200, 1))) {
        late.takeAll();
        late.await();
        for (int i = 0; i < 30 && late.wakes() == 0; i++) {
          source.open().forEach(ScriptedSource.Asked::deliver);
          small.pass(Duration.ofSeconds(1));
        }
        assertThat(late.takeAll()).isEqualTo(BLOCK);
      }
      for (Stage.Viewer viewer : paused) {
        for (int i = 0; i < 20 && !viewer.atEnd(); i++) {
          viewer.takeAll();
          source.open().forEach(ScriptedSource.Asked::deliver);
          small.pass(Duration.ofMillis(50));
        }
        assertThat(viewer.atEnd()).isTrue();
        viewer.close();
      }
      small.assertNothingLeft();
    }

    @Test
    void isSharedByReadersOfFilesWhoWaitForEachOther() {
      for (int block = 0; block < 128; block++) {
        store.hold(FILM, block);
      }
      Stage.Viewer[] readers = new Stage.Viewer[200];
      Next[] lent = new Next[readers.length];
      int waiting = 0;
      for (int i = 0; i < readers.length; i++) {
        readers[i] = stage.open(FILM, blocks(0, 100));
        lent[i] = readers[i].next(MIB);
        if (lent[i] instanceof Next.Pending) {
          waiting++;
          readers[i].await();
        }
      }
      assertThat(waiting).isPositive();
      for (Next next : lent) {
        if (next instanceof Next.Available available) {
          available.bytes().release();
        }
      }
      for (Stage.Viewer reader : readers) {
        assertThat(reader.next(MIB)).isInstanceOf(Next.Available.class);
        reader.close();
      }
    }
  }

  @Nested
  class Closing {

    @Test
    void failsTheReadingsAndCancelsWhatIsUnderWay() {
      Stage.Viewer viewer = stage.open(FILM, blocks(0, 1));
      viewer.takeAll();
      viewer.await();
      stage.content.close();
      assertThat(viewer.wakes()).isEqualTo(1);
      assertThat(viewer.next(1))
          .isInstanceOfSatisfying(
              Next.Failed.class,
              failed -> assertThat(failed.failure()).isEqualTo(ContentFailure.CLOSING));
      assertThat(parent.asked().get(0).cancelled()).isTrue();
      assertThat(stage.state().quiet()).isFalse();
      parent.asked().get(0).end(new Outcome.Cancelled());
      stage.settle();
      assertThat(stage.state().quiet()).isTrue();
    }

    @Test
    void failsReadingsThatAreOpenedAfterwards() {
      stage.content.close();
      assertThat(stage.open(FILM, blocks(0, 1)).next(1)).isInstanceOf(Next.Failed.class);
    }
  }

  @Test
  void provesSpansThatCameInSeveralQuestions() {
    store.capacity(0);
    Span span = new Span(Stage.SIZE, 4, 3);
    try (Stage.Viewer viewer = stage.open(FILM, blocks(4, 3))) {
      viewer.takeAll();
      assertThat(spans()).containsExactly("4+1", "5+2");
      assertThat(stage.content.prove(FILM.edition(), span)).isEmpty();
      parent.open().forEach(ScriptedSource.Asked::deliver);
      stage.settle();
      assertThat(stage.content.prove(FILM.edition(), span)).contains(FILM.rawProof(span));
      assertThat(stage.content.leafHashes(FILM.edition(), new Span(Stage.SIZE, 5, 1)))
          .hasValueSatisfying(leaves -> assertThat(leaves).hasSize(4 * 32));
      assertThat(stage.content.prove(FILM.edition(), new Span(new BlockSize(32_768), 8, 2)))
          .isEmpty();
    }
  }
}
