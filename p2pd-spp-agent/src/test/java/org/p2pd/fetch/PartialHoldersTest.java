package org.p2pd.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.holdings.Samples.node;

import com.google.common.base.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream.Next;
import org.p2pd.holdings.BlockNews;
import org.p2pd.holdings.BlockRun;
import org.p2pd.holdings.DigestNews;
import org.p2pd.holdings.DigestRecords;
import org.p2pd.holdings.KnownHoldings;
import org.p2pd.holdings.Samples;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;

/**
 * Siblings that hold parts of titles: more of them, or of more titles, than anyone is asked about
 * block by block. They answer at once, truly.
 */
class PartialHoldersTest {

  private static final BlockSize SIZE = Stage.SIZE;
  private static final int MIB = 1 << 20;

  private final FakeStore store = new FakeStore(SIZE, Long.MAX_VALUE / 2);
  private final Stage stage = new Stage(store, 32 * MIB);
  private final List<Holder> holders = new ArrayList<>();
  private final KnownHoldings known =
      new KnownHoldings(
          node(0),
          new Random(1),
          new Ticker() {
            @Override
            public long read() {
              return stage.nowNanos();
            }
          });

  /** One sibling: what it holds of each film. */
  private final class Holder extends ScriptedSource {
    final NodeId id;
    final KnownHoldings.Claims claims;
    final IntPredicate holds;
    int inVain;

    Holder(int number, IntPredicate holds, List<Film> films) {
      super("sibling-" + number, Relation.SIBLING, films.toArray(new Film[0]));
      this.id = Samples.node(number + 1);
      this.claims = known.join(id, () -> {});
      this.holds = holds;
      DigestRecords.Builder records = new DigestRecords.Builder(films.size());
      films.forEach(film -> records.add(Samples.key(film.edition()), 1));
      claims.heard(new DigestNews(true, false, "x", records.build()));
      holders.add(this);
      stage.sources.add(this);
    }

    /** Tells what it is asked about. */
    void tell() {
      for (Edition edition : claims.subscriptions()) {
        List<BlockRun> runs = new ArrayList<>();
        for (int block = 0; block < SIZE.blockCount(edition.lengthBytes()); block++) {
          if (holds.test(block)) {
            runs.add(new BlockRun(true, block, 1));
          }
        }
        claims.heard(edition, SIZE, new BlockNews(true, false, "x", runs));
      }
    }

    @Override
    public long offersUntil(Edition edition, long position) {
      return known.claimedUntil(id, edition, position);
    }

    @Override
    public boolean mayHave(Edition edition, long position) {
      return known.mayHold(id, edition, position);
    }

    boolean answer() {
      boolean any = false;
      for (Asked question : open()) {
        any = true;
        Span span = question.query.span();
        int count = 0;
        while (count < span.blockCount() && holds.test(span.firstBlock() + count)) {
          count++;
        }
        if (count > 0) {
          question.blocks(count).end(new Outcome.Delivered());
        } else {
          inVain++;
          Span first = new Span(SIZE, span.firstBlock(), 1);
          Edition edition = question.query.edition();
          known.stale(id, edition, first.bytes(edition.lengthBytes()));
          question.end(new Outcome.NotHeld());
        }
      }
      return any;
    }
  }

  private boolean answer() {
    boolean any = false;
    for (Holder holder : holders) {
      any |= holder.answer();
    }
    stage.settle();
    return any;
  }

  /** Plays all of it; how many questions were in vain. */
  private int play(Film film) {
    int before = inVain();
    try (Stage.Viewer viewer = stage.open(film, film.all())) {
      while (!viewer.atEnd()) {
        boolean any = viewer.takeAll() > 0;
        any |= answer();
        assertThat(any).as("something comes behind byte %s", viewer.stream.position()).isTrue();
      }
    }
    return inVain() - before;
  }

  private int inVain() {
    return holders.stream().mapToInt(holder -> holder.inVain).sum();
  }

  private void twelve(Film film, java.util.function.IntUnaryOperator holderOf) {
    for (int number = 0; number < 12; number++) {
      int own = number;
      new Holder(number, block -> holderOf.applyAsInt(block) == own, List.of(film));
    }
    known.active(film.edition());
    holders.forEach(Holder::tell);
    assertThat(holders).filteredOn(one -> one.claims.subscriptions().isEmpty()).hasSize(4);
  }

  @Test
  void ofStretchesFindEveryBlock() {
    Film film = new Film(5, 12 * MIB);
    twelve(film, block -> block / 16);
    int inVain = play(film);
    // Four are not asked about blocks: of each MiB that one of them has three are asked before it.
    assertThat(inVain).isLessThanOrEqualTo(4 * 3 * 16);
    for (int block = 0; block < 12 * 16; block++) {
      assertThat(store.puts(film.edition(), block)).isEqualTo(1);
    }
  }

  @Test
  void ofEveryTwelfthBlockFindEveryBlock() {
    Film film = new Film(6, 16 * MIB + 5);
    twelve(film, block -> block % 12);
    int blocks = SIZE.blockCount(film.length());
    assertThat(play(film)).isLessThanOrEqualTo((blocks / 12 + 1) * 4 * 3);
  }

  @Test
  void ofFortyTitlesFindEveryBlockOfEach() {
    List<Film> films = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      films.add(new Film(100 + i, 5 * SIZE.bytes()));
    }
    new Holder(0, block -> true, films); // it says an eighth: a part
    films.forEach(film -> known.active(film.edition()));
    holders.forEach(Holder::tell);
    assertThat(holders.get(0).claims.subscriptions()).hasSize(32);
    for (Film film : films) {
      assertThat(play(film)).isZero();
    }
  }

  @Test
  void areNotAskedForGuessesWhileAParentAnswers() {
    Film film = new Film(7, 4 * MIB);
    twelve(film, block -> block % 12);
    ScriptedSource parent = new ScriptedSource("parent", BlockSource.Relation.PARENT, film);
    stage.sources.add(parent);
    try (Stage.Viewer viewer = stage.open(film, film.all())) {
      while (!viewer.atEnd()) {
        viewer.takeAll();
        parent.open().forEach(ScriptedSource.Asked::deliver);
        answer();
      }
    }
    assertThat(inVain()).isZero();
  }

  @Test
  void areAskedWhenTheParentHangs() {
    Film film = new Film(9, 12 * MIB);
    twelve(film, block -> block / 16);
    ScriptedSource parent = new ScriptedSource("parent", BlockSource.Relation.PARENT, film);
    stage.sources.add(parent);
    int waits = 0;
    try (Stage.Viewer viewer = stage.open(film, film.all())) {
      while (!viewer.atEnd()) {
        boolean any = viewer.take(MIB / 4) > 0;
        any |= answer();
        stage.pass(Duration.ofMillis(100)); // of playing, or of waiting
        waits += any ? 0 : 1;
      }
    }
    // It is found to be silent a few times, and not once for each block that nobody claims.
    assertThat(waits).isLessThanOrEqualTo(3 * 50);
  }

  @Test
  void whoAllLackABlockAreAskedOnceEachInAWhile() {
    Film film = new Film(8, 20 * SIZE.bytes());
    for (int number = 0; number < 12; number++) {
      new Holder(number, block -> block < 4, List.of(film));
    }
    try (Stage.Viewer viewer = stage.open(film, ByteRange.ofLength(SIZE.start(5), 10))) {
      for (int i = 0; i < 50; i++) {
        viewer.takeAll();
        answer();
      }
      assertThat(inVain()).isEqualTo(12);
      assertThat(viewer.next(1))
          .isInstanceOfSatisfying(
              Next.Failed.class,
              failed -> assertThat(failed.failure()).isEqualTo(ContentFailure.EDITION_GONE));
    }
    try (Stage.Viewer viewer = stage.open(film, ByteRange.ofLength(SIZE.start(4), 10))) {
      stage.pass(Duration.ofSeconds(11));
      for (int i = 0; i < 50; i++) {
        viewer.takeAll();
        answer();
      }
      assertThat(inVain()).isEqualTo(24);
    }
  }
}
