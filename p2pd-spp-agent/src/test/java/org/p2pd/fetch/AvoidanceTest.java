package org.p2pd.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream.Next;
import org.p2pd.fetch.BlockSource.Outcome;
import org.p2pd.model.ByteRange;

/** For how long a source is left alone that does not hold an edition, or has it wrong. */
class AvoidanceTest {

  private static final int MIB = 1 << 20;
  private static final Film FILM = new Film(7, 8 * MIB + 12_345);
  private static final Film OTHER = new Film(8, 3 * MIB);

  private final FakeStore store = new FakeStore(Stage.SIZE, Long.MAX_VALUE / 2);
  private final List<Stage.Viewer> viewers = new ArrayList<>();

  @AfterEach
  void leave() {
    viewers.forEach(Stage.Viewer::close);
  }

  private static ByteRange block(int number) {
    return ByteRange.ofLength((long) number * Stage.SIZE.bytes(), Stage.SIZE.bytes());
  }

  private Stage.Viewer waitingViewer(Stage stage, Film film, int block) {
    Stage.Viewer viewer = stage.open(film, block(block));
    viewers.add(viewer);
    viewer.takeAll();
    return viewer.await();
  }

  private static void answerAll(Stage stage, ScriptedSource source, Outcome outcome) {
    source.open().forEach(question -> question.end(outcome));
    stage.settle();
  }

  private static void assertFails(Stage.Viewer viewer, ContentFailure why) {
    assertThat(viewer.next(1))
        .isInstanceOfSatisfying(
            Next.Failed.class, failed -> assertThat(failed.failure()).isEqualTo(why));
  }

  @Nested
  class NotHeld {

    private final ScriptedSource parent =
        new ScriptedSource("parent", BlockSource.Relation.PARENT, FILM, OTHER);
    private final Stage stage = new Stage(store, 16 * MIB, parent);

    @Test
    void countsOnceForAllThatWasUnderWay() {
      for (int i = 0; i < 10; i++) {
        waitingViewer(stage, FILM, 3 * i);
      }
      assertThat(parent.open()).hasSize(10);
      answerAll(stage, parent, new Outcome.NotHeld());
      assertThat(parent.open()).isEmpty();
      viewers.forEach(viewer -> assertThat(viewer.next(1)).isInstanceOf(Next.Pending.class));

      stage.pass(Duration.ofSeconds(1));
      assertThat(parent.open()).hasSize(10);
      parent.open().forEach(ScriptedSource.Asked::deliver);
      stage.settle();
      viewers.forEach(viewer -> assertThat(viewer.takeAll()).isPositive());
    }

    @Test
    void isTakenForFinalOnlyWhileItIsFresh() {
      Stage.Viewer first = waitingViewer(stage, FILM, 0);
      for (int i = 0; i < 2; i++) {
        answerAll(stage, parent, new Outcome.NotHeld());
        stage.pass(Duration.ofSeconds(2));
      }
      assertThat(first.next(1)).isInstanceOf(Next.Pending.class);
      for (int round = 0; round < 20; round++) {
        Stage.Viewer viewer = waitingViewer(stage, FILM, round);
        answerAll(stage, parent, new Outcome.NotHeld());
        assertFails(viewer, ContentFailure.EDITION_GONE);
        assertFails(waitingViewer(stage, FILM, round), ContentFailure.EDITION_GONE);
        assertThat(parent.open()).isEmpty();
        stage.pass(Duration.ofSeconds(4));
      }
      Stage.Viewer late = waitingViewer(stage, FILM, 21);
      assertThat(late.next(1)).isInstanceOf(Next.Pending.class);
      parent.open().forEach(ScriptedSource.Asked::deliver);
      stage.settle();
      assertThat(late.takeAll()).isEqualTo(Stage.SIZE.bytes());
    }

    @Test
    void isForgottenWhenTheEditionIsPublishedAnew() {
      Stage.Viewer viewer = waitingViewer(stage, FILM, 0);
      answerAll(stage, parent, new Outcome.NotHeld());
      stage.content.published(List.of(OTHER.edition().id()));
      stage.settle();
      assertThat(parent.open()).isEmpty();
      stage.content.published(List.of(FILM.edition().id()));
      stage.settle();
      assertThat(parent.open()).hasSize(1);
      parent.open().forEach(ScriptedSource.Asked::deliver);
      stage.settle();
      assertThat(viewer.takeAll()).isEqualTo(Stage.SIZE.bytes());
    }
  }

  @Nested
  class Wrong {

    private final ScriptedSource standIn =
        new ScriptedSource("stand-in", BlockSource.Relation.STAND_IN, FILM, OTHER);
    private final Stage stage = new Stage(store, 16 * MIB, standIn);

    @Test
    void isOneLieHoweverManyMetIt() {
      for (int i = 0; i < 3; i++) {
        waitingViewer(stage, FILM, 3 * i);
      }
      answerAll(stage, standIn, new Outcome.Mismatch("a bad file"));
      Stage.Viewer other = waitingViewer(stage, OTHER, 0);
      assertThat(standIn.open()).hasSize(1);
      standIn.open().forEach(ScriptedSource.Asked::deliver);
      stage.settle();
      assertThat(other.takeAll()).isEqualTo(Stage.SIZE.bytes());
      stage.pass(Duration.ofSeconds(1));
      assertThat(standIn.open()).hasSize(3);
    }

    @Test
    void shunsWhoeverRepeatsIt() {
      waitingViewer(stage, FILM, 0);
      for (int i = 0; i < 3; i++) {
        answerAll(stage, standIn, new Outcome.Mismatch("a bad file"));
        stage.pass(Duration.ofSeconds(4));
      }
      waitingViewer(stage, OTHER, 0);
      assertThat(standIn.open()).isEmpty();
    }

    @Test
    void isNotForgottenWhenTheEditionIsPublishedAnew() {
      waitingViewer(stage, FILM, 0);
      answerAll(stage, standIn, new Outcome.Mismatch("a bad file"));
      stage.content.published(List.of(FILM.edition().id()));
      stage.settle();
      assertThat(standIn.open()).isEmpty();
    }
  }
}
