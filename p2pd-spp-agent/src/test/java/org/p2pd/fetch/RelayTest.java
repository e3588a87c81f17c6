package org.p2pd.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream.Next;
import org.p2pd.content.Fetching;
import org.p2pd.content.ProvenSpan;
import org.p2pd.content.Urgency;
import org.p2pd.fetch.BlockSource.Outcome;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;
import org.p2pd.tree.SpanProof;

/** What a cache passes on to a sibling of what is on its way to itself. */
class RelayTest {

  private static final BlockSize SIZE = Stage.SIZE;
  private static final int BLOCK = SIZE.bytes();
  private static final int LEAF = BlockSize.LEAF_BYTES;
  private static final int MIB = 1 << 20;
  private static final Film FILM = new Film(11, 4 * MIB + 50_000);

  private final FakeStore store = new FakeStore(SIZE, Long.MAX_VALUE / 2);
  private final ScriptedSource parent =
      new ScriptedSource("parent", BlockSource.Relation.PARENT, FILM);
  private final ScriptedSource sibling =
      new ScriptedSource("sibling", BlockSource.Relation.SIBLING, FILM);
  private final Stage stage = new Stage(store, 16 * MIB, parent, sibling);

  @BeforeEach
  void onlyTheParent() {
    sibling.usable(false);
  }

  @AfterEach
  void nothingLeaks() {
    stage.content.close();
    for (ScriptedSource source : List.of(parent, sibling)) {
      source.open().forEach(question -> question.end(new Outcome.Cancelled()));
    }
    stage.settle();
    assertThat(stage.content.stats().memoryBytes()).isZero();
    assertThat(store.openRooms()).isZero();
    assertThat(stage.state().quiet()).isTrue();
  }

  private static ByteRange blocks(int first, int count) {
    return ByteRange.ofLength((long) first * BLOCK, (long) count * BLOCK);
  }

  private Stage.Viewer relay(int firstBlock, int count) {
    Stage.Viewer relay =
        stage.open(FILM, blocks(firstBlock, count), Urgency.READ_AHEAD, Fetching.ARRIVING);
    stage.settle();
    return relay;
  }

  /** A viewer whose blocks are on their way: one question to the source that is usable. */
  private Stage.Viewer viewer(int firstBlock, int count) {
    Stage.Viewer viewer =
        stage.open(FILM, blocks(firstBlock, count), Urgency.READ_AHEAD, Fetching.MISSING);
    viewer.takeAll();
    return viewer;
  }

  private static void assertUnavailable(Next next) {
    assertThat(next)
        .isInstanceOfSatisfying(
            Next.Failed.class,
            failed -> assertThat(failed.failure()).isEqualTo(ContentFailure.UNAVAILABLE));
  }

  private void onlySiblings() {
    parent.usable(false);
    sibling.usable(true);
  }

  @Nested
  class AReading {

    @Test
    void takesEachBlockFromTheParentAsItVerifies() {
      try (Stage.Viewer viewer = viewer(0, 4);
          Stage.Viewer relay = relay(0, 4)) {
        ScriptedSource.Asked question = parent.open().get(0);
        assertThat(question.query.span()).isEqualTo(new Span(SIZE, 0, 4));
        for (int block = 0; block < 4; block++) {
          assertThat(relay.takeAll()).isZero();
          relay.await();
          question.block();
          assertThat(relay.wakes()).isEqualTo(block + 1);
          assertThat(relay.take(BLOCK)).isEqualTo(BLOCK);
        }
        assertThat(relay.atEnd()).isTrue();
        question.end(new Outcome.Delivered());
        assertThat(viewer.takeAll()).isEqualTo(4L * BLOCK);
      }
      assertThat(parent.asked()).hasSize(1);
      stage.assertNothingLeft();
    }

    @Test
    void takesVerifiedBeginningsOfBlocksToo() {
      try (Stage.Viewer viewer = stage.open(FILM, blocks(0, 1))) {
        viewer.takeAll();
        try (Stage.Viewer relay = relay(0, 1)) {
          parent.open().get(0).bytes(LEAF).prefix();
          assertThat(relay.takeAll()).isEqualTo(LEAF);
        }
      }
    }

    @Test
    void neverBeginsAFetch() {
      store.hold(FILM, 0);
      try (Stage.Viewer relay = relay(0, 2)) {
        assertThat(relay.takeAll()).isEqualTo(BLOCK);
        assertUnavailable(relay.next(1));
      }
      try (Stage.Viewer relay = relay(5, 1)) {
        assertUnavailable(relay.next(1));
      }
      stage.pass(Duration.ofSeconds(10));
      assertThat(parent.asked()).isEmpty();
      assertThat(sibling.asked()).isEmpty();
      stage.assertNothingLeft();
    }

    @Test
    void keepsComingWhatItWaitsForWhenTheOthersLeave() {
      Stage.Viewer viewer = viewer(0, 4);
      try (Stage.Viewer relay = relay(0, 4)) {
        viewer.close();
        assertThat(parent.open().get(0).cancelled()).isFalse();
        parent.open().get(0).deliver();
        stage.settle();
        assertThat(relay.takeAll()).isEqualTo(4L * BLOCK);
      }
      stage.assertNothingLeft();
      assertThat(store.isHeld(FILM.edition(), 3)).isTrue();
    }

    @Test
    void isNoReasonToFetchWhenItHasLeftToo() {
      Stage.Viewer viewer = viewer(0, 4);
      Stage.Viewer relay = relay(0, 4);
      viewer.close();
      relay.close();
      assertThat(parent.open().get(0).cancelled()).isTrue();
    }

    @Test
    void readsWhatIsHeldAndThenWhatComes() {
      store.hold(FILM, 0);
      store.hold(FILM, 2);
      try (Stage.Viewer viewer = viewer(1, 1);
          Stage.Viewer relay = relay(0, 3)) {
        assertThat(relay.takeAll()).isEqualTo(BLOCK);
        viewer.close();
        parent.open().get(0).deliver();
        assertThat(relay.takeAll()).isEqualTo(2L * BLOCK);
        assertThat(relay.atEnd()).isTrue();
      }
    }

    @Test
    void takesFromMemoryWhatCannotBeKept() {
      store.capacity(0);
      Stage.Viewer viewer = viewer(0, 4);
      try (Stage.Viewer relay = relay(0, 4)) {
        parent.open().get(0).deliver();
        stage.settle();
        viewer.takeAll();
        viewer.close();
        assertThat(relay.takeAll()).isEqualTo(4L * BLOCK);
      }
      stage.assertNothingLeft();
    }

    @Test
    void takesNothingThatComesFromASibling() {
      onlySiblings();
      try (Stage.Viewer viewer = viewer(0, 4);
          Stage.Viewer relay = relay(0, 4)) {
        assertThat(sibling.open()).hasSize(1);
        sibling.open().get(0).bytes(LEAF).prefix();
        assertUnavailable(relay.next(1));
        sibling.open().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(4L * BLOCK);
      }
    }

    @Test
    void takesWhatCameFromASiblingOnceItIsWhole() {
      onlySiblings();
      store.capacity(0);
      try (Stage.Viewer viewer = viewer(0, 2)) {
        sibling.open().get(0).block();
        try (Stage.Viewer relay = relay(0, 2)) {
          assertThat(relay.takeAll()).isEqualTo(BLOCK);
          assertUnavailable(relay.next(1));
        }
        assertThat(viewer.takeAll()).isEqualTo(BLOCK);
      }
    }

    @Test
    void failsWhenWhatItWaitedForIsThenAskedOfASibling() {
      try (Stage.Viewer viewer = viewer(0, 4);
          Stage.Viewer relay = relay(0, 4)) {
        assertThat(relay.takeAll()).isZero();
        relay.await();
        onlySiblings();
        parent.open().get(0).block().lose();
        stage.settle();
        assertThat(sibling.open()).hasSize(1);
        assertThat(relay.takeAll()).isEqualTo(BLOCK);
        assertUnavailable(relay.next(1));
        sibling.open().get(0).deliver();
        assertThat(viewer.takeAll()).isEqualTo(4L * BLOCK);
      }
    }

    @Test
    void isToldWhenWhatWasClaimedIsAskedOfASibling() {
      onlySiblings();
      Stage.Viewer viewer = stage.open(FILM, blocks(0, 1));
      viewer.next(1); // the loop claims, the disk has not been asked yet
      stage.loopOnce();
      assertThat(sibling.asked()).isEmpty();
      try (Stage.Viewer relay = stage.open(FILM, blocks(0, 1), Urgency.RELAY, Fetching.ARRIVING)) {
        assertThat(relay.next(1)).isInstanceOf(Next.Pending.class);
        relay.await();
        assertThat(sibling.open()).hasSize(1);
        assertThat(relay.wakes()).isEqualTo(1);
        assertUnavailable(relay.next(1));
      }
      viewer.close();
    }

    @Test
    void goesOnWhenTheParentIsAskedAnew() {
      try (Stage.Viewer viewer = viewer(0, 2);
          Stage.Viewer relay = relay(0, 2)) {
        assertThat(relay.takeAll()).isZero();
        relay.await();
        parent.open().get(0).lose();
        stage.settle();
        assertThat(relay.takeAll()).isZero();
        parent.open().get(0).deliver();
        assertThat(relay.takeAll()).isEqualTo(2L * BLOCK);
        assertThat(viewer.takeAll()).isEqualTo(2L * BLOCK);
      }
    }

    @Test
    void failsWhenNobodyElseWantsWhatDidNotCome() {
      Stage.Viewer viewer = viewer(0, 2);
      try (Stage.Viewer relay = relay(0, 2)) {
        assertThat(relay.takeAll()).isZero();
        relay.await();
        viewer.close();
        parent.open().get(0).lose();
        stage.settle();
        assertThat(relay.wakes()).isEqualTo(1);
        assertUnavailable(relay.next(1));
        stage.pass(Duration.ofSeconds(10));
        assertThat(parent.asked()).hasSize(1);
      }
      stage.assertNothingLeft();
    }

    @Test
    void endsWithTheNode() {
      Stage.Viewer viewer = viewer(0, 1);
      Stage.Viewer relay = relay(0, 1);
      relay.takeAll();
      stage.content.close();
      assertThat(relay.next(1))
          .isInstanceOfSatisfying(
              Next.Failed.class,
              failed -> assertThat(failed.failure()).isEqualTo(ContentFailure.CLOSING));
      viewer.close();
      relay.close();
    }
  }

  private CompletableFuture<Optional<ProvenSpan>> prove(Span span) {
    return prove(span, false);
  }

  private CompletableFuture<Optional<ProvenSpan>> prove(Span span, boolean leaves) {
    CompletableFuture<Optional<ProvenSpan>> proof =
        stage.content.proveArriving(FILM.edition(), span, leaves).toCompletableFuture();
    stage.settle();
    return proof;
  }

  /** A proof of exactly these blocks, that leads to the root. */
  private static void assertProves(CompletableFuture<Optional<ProvenSpan>> proof, Span span) {
    assertThat(proof).isCompleted();
    ProvenSpan proven = proof.join().orElseThrow();
    assertThat(proven.span()).isEqualTo(span);
    assertThat(proven.proof()).isEqualTo(FILM.rawProof(span));
  }

  @Nested
  class AProof {

    @Test
    void isThereAtOnceOfWhatIsHeld() {
      store.proves(FILM);
      store.hold(FILM, 3);
      store.hold(FILM, 4);
      assertProves(prove(new Span(SIZE, 3, 2)), new Span(SIZE, 3, 2));
      assertProves(prove(new Span(SIZE, 3, 8)), new Span(SIZE, 3, 2));
      assertThat(prove(new Span(SIZE, 2, 3)).join()).isEmpty();
    }

    @Test
    void comesWithTheParentsAnswer() {
      try (Stage.Viewer viewer = viewer(0, 4)) {
        CompletableFuture<Optional<ProvenSpan>> proof = prove(new Span(SIZE, 0, 4));
        CompletableFuture<Optional<ProvenSpan>> later = prove(new Span(SIZE, 2, 8));
        assertThat(proof).isNotDone();
        parent.open().get(0).proof();
        assertThat(proof).as("not on the source's thread").isNotDone();
        stage.settle();
        assertProves(proof, new Span(SIZE, 0, 4));
        assertProves(later, new Span(SIZE, 2, 2));
        assertProves(prove(new Span(SIZE, 1, 1)), new Span(SIZE, 1, 1));
      }
    }

    @Test
    void isOfWhatCanBeProvenNowRatherThanOfMoreLater() {
      store.proves(FILM);
      store.hold(FILM, 0);
      try (Stage.Viewer viewer = viewer(1, 3)) {
        assertProves(prove(new Span(SIZE, 0, 8)), new Span(SIZE, 0, 1));
        parent.open().get(0).proof();
        assertProves(prove(new Span(SIZE, 0, 8)), new Span(SIZE, 0, 4));
      }
    }

    @Test
    void isComposedOverSeveralQuestions() {
      try (Stage.Viewer one = viewer(0, 2);
          Stage.Viewer two = viewer(2, 3)) {
        assertThat(parent.open()).hasSize(2);
        parent.open().forEach(ScriptedSource.Asked::proof);
        assertProves(prove(new Span(SIZE, 1, 4)), new Span(SIZE, 1, 4));
      }
    }

    @Test
    void isNoneOfWhatASiblingSends() {
      onlySiblings();
      try (Stage.Viewer viewer = viewer(0, 4)) {
        sibling.open().get(0).proof();
        assertThat(prove(new Span(SIZE, 0, 4)).join()).isEmpty();
        sibling.open().get(0).block();
        assertProves(prove(new Span(SIZE, 0, 4)), new Span(SIZE, 0, 1));
      }
    }

    @Test
    void isNoneWhenASiblingIsAskedForWhatWasClaimed() {
      onlySiblings();
      Stage.Viewer viewer = stage.open(FILM, blocks(0, 1));
      viewer.next(1);
      stage.loopOnce();
      CompletableFuture<Optional<ProvenSpan>> proof =
          stage
              .content
              .proveArriving(FILM.edition(), new Span(SIZE, 0, 1), false)
              .toCompletableFuture();
      assertThat(proof).isNotDone();
      stage.settle();
      assertThat(proof.join()).isEmpty();
      viewer.close();
    }

    @Test
    void isNoneWhenNothingComesAfterAll() {
      Stage.Viewer viewer = viewer(0, 4);
      CompletableFuture<Optional<ProvenSpan>> proof = prove(new Span(SIZE, 0, 4));
      viewer.close();
      assertThat(proof.join()).isEmpty();
    }

    @Test
    void isForgottenByWhoDoesNotWait() {
      try (Stage.Viewer viewer = viewer(0, 4)) {
        CompletableFuture<Optional<ProvenSpan>> proof = prove(new Span(SIZE, 0, 4));
        proof.complete(Optional.empty());
        parent.open().get(0).proof();
        stage.settle();
        assertThat(proof.join()).isEmpty();
      }
    }

    @Test
    void ofLargerBlocksIsFoldedFromThisNodes() {
      store.proves(FILM);
      BlockSize large = new BlockSize(256 * 1024);
      for (int block = 0; block < 4; block++) {
        store.hold(FILM, block);
      }
      try (Stage.Viewer viewer = viewer(4, 10)) {
        parent.open().get(0).proof();
        assertProves(prove(new Span(large, 0, 4)), new Span(large, 0, 3));
        assertProves(prove(new Span(large, 1, 2)), new Span(large, 1, 2));
        assertThat(prove(new Span(large, 3, 1)).join()).as("half of it comes").isEmpty();
        assertThat(prove(new Span(new BlockSize(MIB), 0, 1)).join()).isEmpty();
      }
    }

    @Test
    void ofSmallerBlocksComesWithTheWholeBlock() {
      BlockSize small = new BlockSize(LEAF);
      try (Stage.Viewer viewer = viewer(0, 4)) {
        parent.open().get(0).proof();
        CompletableFuture<Optional<ProvenSpan>> proof = prove(new Span(small, 1, 5));
        assertThat(proof).isNotDone();
        parent.open().get(0).block();
        stage.settle();
        assertProves(proof, new Span(small, 1, 3));
      }
    }

    @Test
    void withLeavesWaitsForTheFirstBlock() {
      Span span = new Span(SIZE, 0, 4);
      try (Stage.Viewer viewer = viewer(0, 4)) {
        parent.open().get(0).proof();
        CompletableFuture<Optional<ProvenSpan>> proof = prove(span, true);
        assertThat(proof).isNotDone();
        parent.open().get(0).block();
        stage.settle();
        assertProves(proof, span);
        assertThat(proof.join().orElseThrow().leaves())
            .isEqualTo(FILM.leaves(new Span(SIZE, 0, 1)));
      }
    }
  }

  /** Whatever is held, comes or came, in whatever blocks: a proof is right, or there is none. */
  @ParameterizedTest
  @ValueSource(ints = {16 * 1024, 64 * 1024, 256 * 1024, 1024 * 1024})
  void everyProofIsRight(int localBytes) {
    BlockSize local = new BlockSize(localBytes);
    int proofs = 0;
    for (int seed = 0; seed < 20; seed++) {
      proofs += new Chance(local, seed).run();
    }
    assertThat(proofs).isGreaterThan(40);
  }

  private static final class Chance {
    private final BlockSize local;
    private final int seed;
    private final Random random;
    private final FakeStore held;
    private final ScriptedSource source =
        new ScriptedSource("parent", BlockSource.Relation.PARENT, FILM);
    private final Stage stage;

    Chance(BlockSize local, int seed) {
      this.local = local;
      this.seed = seed;
      this.random = new Random(seed);
      this.held = new FakeStore(local, random.nextBoolean() ? Long.MAX_VALUE / 2 : 8 * MIB);
      this.stage = new Stage(held, 32 * MIB, source);
    }

    /** Returns how many proofs there were. */
    int run() {
      held.proves(FILM);
      int count = local.blockCount(FILM.length());
      for (int block = 0; block < count; block++) {
        if (random.nextInt(3) == 0) {
          held.hold(FILM, block);
        }
      }
      List<Stage.Viewer> viewers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        long from = random.nextInt(FILM.length());
        ByteRange range =
            new ByteRange(from, Math.min(FILM.length() - 1, from + random.nextInt(MIB)));
        viewers.add(stage.open(FILM, range, Urgency.READ_AHEAD, Fetching.MISSING));
        viewers.get(i).takeAll();
      }
      for (ScriptedSource.Asked question : source.open()) {
        if (random.nextInt(4) > 0) {
          question.proof().blocks(random.nextInt(question.blocksLeft() + 1));
        }
      }
      stage.settle();
      int proofs = 0;
      for (int i = 0; i < 20; i++) {
        proofs += ask() ? 1 : 0;
      }
      viewers.forEach(Stage.Viewer::close);
      stage.content.close();
      source.open().forEach(question -> question.end(new Outcome.Cancelled()));
      stage.assertNothingLeft();
      return proofs;
    }

    private boolean ask() {
      BlockSize size = new BlockSize(LEAF << random.nextInt(7));
      int first = random.nextInt(size.blockCount(FILM.length()));
      int last =
          Math.min(
              size.blockCount(FILM.length()) - 1,
              (first / size.blocksPerRegion() + 1) * size.blocksPerRegion() - 1);
      Span span = new Span(size, first, 1 + random.nextInt(last - first + 1));
      boolean leaves = random.nextBoolean();
      CompletableFuture<Optional<ProvenSpan>> answer =
          stage.content.proveArriving(FILM.edition(), span, leaves).toCompletableFuture();
      stage.settle();
      if (!answer.isDone() || answer.join().isEmpty()) {
        return false;
      }
      ProvenSpan proven = answer.join().get();
      assertThat(proven.span().firstBlock()).as("seed %d", seed).isEqualTo(first);
      assertThat(proven.proof()).as("seed %d", seed).isEqualTo(FILM.rawProof(proven.span()));
      if (leaves) {
        Hash block = FILM.blockHash(size, first);
        int length = size.lengthOf(first, FILM.length());
        assertThat(SpanProof.leavesMatch(FILM.edition(), block, length, proven.leaves()))
            .as("seed %d", seed)
            .isTrue();
      }
      return true;
    }
  }
}
