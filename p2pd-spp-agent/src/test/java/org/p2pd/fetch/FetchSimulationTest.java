package org.p2pd.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Future;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream.Next;
import org.p2pd.content.Fetching;
import org.p2pd.content.ProvenSpan;
import org.p2pd.content.Urgency;
import org.p2pd.fetch.BlockSource.Outcome;
import org.p2pd.fetch.BlockSource.Relation;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Span;

/**
 * Many viewers, sources that fail in every way, a disk with too little room: whatever chance
 * brings, no byte is wrong, memory stays within its limit after every step, and nothing is left at
 * the end.
 */
class FetchSimulationTest {

  private static final int MIB = 1 << 20;
  private static final List<Film> FILMS =
      List.of(
          new Film(1, 5 * MIB + 70_001),
          new Film(2, 1_500_000),
          new Film(3, 20_000),
          new Film(4, 1));

  @RepeatedTest(60)
  void chance(RepetitionInfo repetition) {
    run(repetition.getCurrentRepetition());
  }

  @Test
  @Tag("long")
  void muchChance() {
    for (long seed = 1_000; seed < 3_000; seed++) {
      run(seed);
    }
  }

  private static void run(long seed) {
    try {
      new Run(seed).run();
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError("with seed " + seed, e);
    }
  }

  /** One course of events. */
  private static final class Run {
    private final Random random;
    private final FakeStore store;
    private final List<ScriptedSource> sources = new ArrayList<>();
    private final List<Stage.Viewer> viewers = new ArrayList<>();
    private final Set<Stage.Viewer> relays = new HashSet<>();
    private final List<Future<Optional<ProvenSpan>>> proofs = new ArrayList<>();
    private final Stage stage;
    private final boolean sourcesFail;
    private final boolean everythingIsKept;
    private boolean healing;

    Run(long seed) {
      random = new Random(seed);
      everythingIsKept = random.nextInt(3) == 0;
      sourcesFail = random.nextInt(4) != 0;
      store =
          new FakeStore(Stage.SIZE, everythingIsKept ? 100L * MIB : (long) random.nextInt(3) * MIB);
      int count = 1 + random.nextInt(3);
      for (int i = 0; i < count; i++) {
        Relation relation = i == 0 ? Relation.PARENT : any(Relation.values());
        sources.add(new ScriptedSource("source" + i, relation, FILMS.toArray(Film[]::new)));
      }
      stage =
          new Stage(store, (8L + random.nextInt(24)) * MIB, sources.toArray(BlockSource[]::new));
    }

    void run() {
      int toCome = 1 + random.nextInt(40);
      for (int step = 0; toCome > 0 || !viewers.isEmpty(); step++) {
        healing = step > 3_000;
        assertThat(step).as("steps").isLessThan(20_000);
        if (toCome > 0 && random.nextInt(3) == 0) {
          toCome--;
          viewers.add(newViewer());
        }
        viewers.removeIf(this::view);
        sources.forEach(this::answer);
        if (!healing && !everythingIsKept) {
          trouble();
        }
        stage.pass(Duration.ofMillis(random.nextInt(healing ? 500 : 50)));
      }
      if (!sourcesFail && everythingIsKept) {
        assertEveryBlockCameOnce();
      }
      for (int i = 0; i < 10; i++) {
        healing = true;
        sources.forEach(this::answer);
        stage.settle();
      }
      stage.assertNothingLeft();
      assertThat(proofs).as("whoever waits for a proof hears of it").allMatch(Future::isDone);
    }

    private <T> T any(T[] values) {
      return values[random.nextInt(values.length)];
    }

    private Stage.Viewer newViewer() {
      Film film = FILMS.get(random.nextInt(FILMS.size()));
      int first = random.nextInt(film.length());
      int length = 1 + random.nextInt(film.length() - first);
      Urgency urgency = random.nextInt(4) == 0 ? any(Urgency.values()) : Urgency.PLAY_HEAD;
      if (random.nextInt(5) > 0) {
        return stage.open(film, ByteRange.ofLength(first, length), urgency, Fetching.MISSING);
      }
      ByteRange range = ByteRange.ofLength(first, Math.min(length, MIB));
      if (random.nextBoolean()) {
        proofs.add(
            stage
                .content
                .proveArriving(film.edition(), spanAt(film, first), random.nextBoolean())
                .toCompletableFuture());
      }
      Stage.Viewer relay = stage.open(film, range, urgency, Fetching.ARRIVING);
      relays.add(relay);
      return relay;
    }

    private Span spanAt(Film film, int position) {
      BlockSize size = new BlockSize(BlockSize.LEAF_BYTES << random.nextInt(7));
      int first = size.blockAt(position);
      int inRegion = size.blocksPerRegion() - first % size.blocksPerRegion();
      int inFilm = size.blockCount(film.length()) - first;
      return new Span(size, first, 1 + random.nextInt(Math.min(inRegion, inFilm)));
    }

    /** Reads a little; true if this viewer has gone. */
    private boolean view(Stage.Viewer viewer) {
      if (!healing && random.nextInt(3) == 0) {
        return false; // pauses
      }
      long before = viewer.stream.position();
      viewer.take(1 + random.nextInt(random.nextBoolean() ? 5_000 : 400_000));
      if (viewer.atEnd()) {
        viewer.close();
        return true;
      }
      if (random.nextInt(3) == 0 && viewer.stream.position() == before) {
        Next next = viewer.next(1);
        if (next instanceof Next.Failed failed) {
          assertThat(failed.failure())
              .isIn(
                  relays.contains(viewer)
                      ? Set.of(ContentFailure.UNAVAILABLE)
                      : Set.of(ContentFailure.EDITION_GONE, ContentFailure.BUSY));
          viewer.close();
          return true;
        }
        if (next instanceof Next.Available available) {
          viewer.check(available);
          if (random.nextBoolean()) {
            available.bytes().release();
          } else {
            viewer.close(); // gone with bytes in its hands
            return true;
          }
        }
      }
      if (!healing && random.nextInt(200) == 0) {
        viewer.close();
        return true;
      }
      return false;
    }

    private void answer(ScriptedSource source) {
      if (sourcesFail && random.nextInt(100) == 0) {
        source.usable(false);
      }
      if (healing || random.nextInt(20) == 0) {
        source.usable(true);
        stage.content.sourcesChanged();
      }
      for (ScriptedSource.Asked question : source.open()) {
        if (question.cancelled() && (healing || random.nextInt(3) == 0)) {
          question.end(new Outcome.Cancelled());
        } else if (healing) {
          question.deliver();
        } else if (random.nextInt(3) == 0) {
          act(question);
        }
      }
    }

    private void act(ScriptedSource.Asked question) {
      int dice = random.nextInt(sourcesFail ? 100 : 80);
      if (question.blocksLeft() == 0) {
        question.end(new Outcome.Delivered());
      } else if (dice < 10) {
        question.proof();
      } else if (dice < 40) {
        question.bytes(random.nextInt(question.bytesLeft()));
        if (random.nextBoolean()) {
          question.prefix();
        }
      } else if (dice < 65) {
        question.block();
      } else if (dice < 80) {
        question.deliver();
      } else if (dice < 84) {
        question.lose();
      } else if (dice < 86) {
        question.end(new Outcome.Delivered());
      } else if (dice < 88) {
        question.end(new Outcome.NotHeld());
      } else if (dice < 90) {
        if (random.nextBoolean()) {
          question.busy(Duration.ofMillis(random.nextInt(3_000)));
        } else {
          question.later(Duration.ofMillis(random.nextInt(3_000)));
        }
      } else if (dice < 92) {
        question.proof().garbage(random.nextInt(question.bytesLeft()));
        question.end(new Outcome.Mismatch("garbage"));
      } else if (dice < 94) {
        question.end(new Outcome.Refused("not today"));
      }
    }

    private void trouble() {
      if (random.nextInt(100) == 0) {
        store.writesFail(random.nextBoolean());
      }
      if (random.nextInt(20) == 0) {
        Film film = FILMS.get(random.nextInt(FILMS.size()));
        store.evict(film.edition(), random.nextInt(Stage.SIZE.blockCount(film.length())));
      }
    }

    private void assertEveryBlockCameOnce() {
      for (Film film : FILMS) {
        for (int block = 0; block < Stage.SIZE.blockCount(film.length()); block++) {
          assertThat(store.puts(film.edition(), block)).as("block %s", block).isLessThan(2);
        }
      }
    }
  }
}
