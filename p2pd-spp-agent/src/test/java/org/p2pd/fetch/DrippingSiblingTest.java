package org.p2pd.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.p2pd.content.ContentStream.Next;
import org.p2pd.fetch.BlockSource.Outcome;
import org.p2pd.fetch.BlockSource.Relation;
import org.p2pd.model.ByteRange;

/**
 * An honest parent, and siblings that announce everything and bring next to nothing, on a virtual
 * clock.
 */
class DrippingSiblingTest {

  private static final int MIB = 1 << 20;
  private static final int BLOCK = Stage.SIZE.bytes();
  private static final Film FILM = new Film(21, 48 * MIB);
  private static final int STEP_MILLIS = 10;

  /** 100 Mbit/s, 20 ms away. */
  private static final int PARENT_BYTES_A_STEP = 125_000;

  private static final int PARENT_LATENCY_MILLIS = 20;

  /** What a sibling does. */
  private enum Vice {
    /** A byte each half second, to each question. */
    DRIPS,
    /** Not even the proof. */
    SAYS_NOTHING,
    /** 8 KB a second for each question: a viewer's first bytes would come, and never enough. */
    TRICKLES,
    /** Ahead of a viewer it is fast, where one waits it drips. */
    STARVES_PLAY_HEADS
  }

  private final ScriptedSource parent = new ScriptedSource("parent", Relation.PARENT, FILM);
  private final List<ScriptedSource> siblings = new ArrayList<>();
  private final Map<ScriptedSource.Asked, Integer> askedAtStep = new HashMap<>();
  private final List<Integer> siblingsAskedAt = new ArrayList<>();
  private Stage stage;
  private int step;

  @ParameterizedTest
  @CsvSource({
    "1, DRIPS",
    "3, DRIPS",
    "20, DRIPS",
    "1, SAYS_NOTHING",
    "3, SAYS_NOTHING",
    "1, TRICKLES",
    "3, TRICKLES",
    "1, STARVES_PLAY_HEADS",
    "3, STARVES_PLAY_HEADS"
  })
  void everyPlayHeadIsServedAndTheyAreAskedLessAndLess(int count, Vice vice) {
    List<BlockSource> sources = new ArrayList<>(List.of(parent));
    for (int i = 0; i < count; i++) {
      siblings.add(new ScriptedSource("sibling" + i, Relation.SIBLING, FILM));
    }
    sources.addAll(siblings);
    stage =
        new Stage(
            new FakeStore(Stage.SIZE, Long.MAX_VALUE / 2),
            32L * MIB,
            sources.toArray(BlockSource[]::new));
    int third = 60_000 / STEP_MILLIS;
    while (step < 3 * third) {
      int begun = step;
      long first = (long) (begun / 100) * 4 * BLOCK % (FILM.length() - 16L * BLOCK);
      int blocks = begun / 100 % 3 == 0 ? 12 : 1;
      view(ByteRange.ofLength(first, (long) blocks * BLOCK), vice);
      while (step < begun + 100) {
        step(vice);
      }
    }
    if (vice != Vice.STARVES_PLAY_HEADS) {
      assertThat(askedBetween(2 * third, 3 * third))
          .as("questions to siblings in the last of %s", siblingsAskedAt.size())
          .isLessThanOrEqualTo(askedBetween(0, third) / 2)
          .isLessThanOrEqualTo(6L * count);
    }
    for (int i = 0; i < 1_000; i++) {
      step(vice);
    }
    stage.assertNothingLeft();
  }

  private long askedBetween(int from, int to) {
    return siblingsAskedAt.stream().filter(at -> from <= at && at < to).count();
  }

  /** No viewer waits for much more than a second, whoever is asked first. */
  private void view(ByteRange range, Vice vice) {
    try (Stage.Viewer viewer = stage.open(FILM, range)) {
      int waited = 0;
      while (!viewer.atEnd()) {
        waited = viewer.takeAll() > 0 ? 0 : waited + STEP_MILLIS;
        assertThat(waited).as("ms without a byte of %s at %s", range, step).isLessThan(1_600);
        Next next = viewer.next(1);
        assertThat(next).isNotInstanceOf(Next.Failed.class);
        if (next instanceof Next.Available available) {
          viewer.check(available);
          available.bytes().release();
        } else if (next instanceof Next.Pending) {
          step(vice);
        }
      }
    }
  }

  private void step(Vice vice) {
    step++;
    stage.pass(Duration.ofMillis(STEP_MILLIS));
    int left = PARENT_BYTES_A_STEP;
    for (ScriptedSource.Asked question : parent.open()) {
      left -= send(question, isAnswered(question) ? left : 0);
    }
    for (ScriptedSource sibling : siblings) {
      sibling.open().forEach(question -> act(question, vice));
    }
    stage.settle();
  }

  private boolean isAnswered(ScriptedSource.Asked question) {
    return step - askedAt(question) >= PARENT_LATENCY_MILLIS / STEP_MILLIS;
  }

  private int askedAt(ScriptedSource.Asked question) {
    return askedAtStep.computeIfAbsent(question, unused -> step);
  }

  private void act(ScriptedSource.Asked question, Vice vice) {
    if (!askedAtStep.containsKey(question)) {
      siblingsAskedAt.add(step);
    }
    boolean halfSecond = (step - askedAt(question)) % 50 == 0;
    switch (vice) {
      case DRIPS -> send(question, halfSecond ? 1 : 0);
      case SAYS_NOTHING -> send(question, 0);
      case TRICKLES -> send(question, 8_192 * STEP_MILLIS / 1_000);
      case STARVES_PLAY_HEADS ->
          send(
              question,
              switch (question.query.urgency()) {
                case PLAY_HEAD -> halfSecond ? 1 : 0;
                default -> PARENT_BYTES_A_STEP;
              });
    }
  }

  /** Returns how many bytes were sent. */
  private static int send(ScriptedSource.Asked question, int most) {
    if (question.cancelled()) {
      question.end(new Outcome.Cancelled());
      return 0;
    }
    int left = most;
    while (left > 0 && question.blocksLeft() > 0) {
      int now = Math.min(left, question.bytesLeft());
      left -= now;
      if (now == question.bytesLeft()) {
        question.block();
      } else {
        question.bytes(now);
      }
    }
    if (question.blocksLeft() == 0) {
      question.end(new Outcome.Delivered());
    }
    return most - left;
  }
}
