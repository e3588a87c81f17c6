package org.p2pd.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.p2pd.content.Urgency;
import org.p2pd.model.NodeId;

/** What is learnt of one source. */
class SourceRecordTest {

  private static final Film FILM = new Film(5, 1 << 20);
  private static final double ASSUMED = 5e6;
  private static final int SPAN = 256 * 1024;

  private final ScriptedSource sibling =
      new ScriptedSource("sibling", BlockSource.Relation.SIBLING, FILM);
  private long now = -3_000_000_000L;
  private final SourceRecord record = new SourceRecord(sibling, now);

  private void pass(long millis) {
    now += Duration.ofMillis(millis).toNanos();
  }

  private void begun() {
    record.throughput.begun(Urgency.READ_AHEAD, SPAN, now);
  }

  private void finished(boolean owed) {
    record.throughput.finished(Urgency.READ_AHEAD, SPAN, owed, now);
  }

  private SourceChoice.Candidate candidate() {
    SourceBook.Wish wish = new SourceBook.Wish(FILM.edition(), 0, Urgency.READ_AHEAD, SPAN);
    return record.candidate(wish, Detours.Detour.NONE, ASSUMED, now);
  }

  @Test
  void isTakenForOneLikeOthersUntilItWasMeasured() {
    assertThat(candidate().measured()).isFalse();
    assertThat(candidate().bytesPerSecond()).isEqualTo(ASSUMED);
    assertThat(candidate().expectedSeconds()).isLessThan(0.1);
  }

  @Test
  void isMeasuredByItsTimeWhenItBringsNothing() {
    begun();
    pass(400);
    assertThat(candidate().measured()).isFalse();
    record.throughput.received(1, now);
    pass(100);
    assertThat(candidate().measured()).isTrue();
    assertThat(candidate().bytesPerSecond()).isLessThan(10);
    assertThat(candidate().expectedSeconds()).isGreaterThan(10_000);
  }

  @Test
  void isMeasuredByWhatWasGivenUpToo() {
    begun();
    for (int i = 0; i < 30; i++) {
      pass(100);
      record.throughput.received(10_000, now);
    }
    finished(true);
    assertThat(candidate().bytesPerSecond()).isCloseTo(1e5, Percentage.withPercentage(10));
  }

  @Test
  void isNotSlowBecauseItAnswersWithoutBytes() {
    for (int i = 0; i < 20; i++) {
      begun();
      pass(200);
      finished(false);
    }
    assertThat(candidate().measured()).isFalse();
    assertThat(candidate().bytesPerSecond()).isEqualTo(ASSUMED);
  }

  @Test
  void isNotSlowBecauseItsSessionHadToBeOpened() {
    begun();
    pass(2_000);
    record.throughput.answeredAt(now);
    pass(10);
    record.throughput.received(SPAN, now);
    record.throughput.answeredAfter(Duration.ofSeconds(2).toNanos());
    finished(true);
    assertThat(candidate().measured()).isFalse();
    begun();
    pass(600);
    record.throughput.answeredAt(now);
    record.throughput.received(SPAN, now);
    assertThat(candidate().measured()).as("later it counts").isTrue();
    assertThat(candidate().bytesPerSecond()).isLessThan(1e6);
  }

  @Test
  void isTriedAgainSomeTimeAfterItWasSlow() {
    begun();
    pass(2_000);
    record.throughput.received(1, now);
    finished(true);
    assertThat(candidate().bytesPerSecond()).isLessThan(10);
    pass(10_000);
    assertThat(candidate().bytesPerSecond()).isCloseTo(ASSUMED / 2, Percentage.withPercentage(1));
    begun();
    assertThat(candidate().bytesPerSecond()).as("while it has something to do").isLessThan(10);
  }

  @Test
  void doubtGrowsEachTimeItFallsBehind() {
    for (int seconds : new int[] {2, 4, 8, 16, 32, 60, 60}) {
      record.repute.fellBehind("a span", record.repute.spell(), now);
      pass(seconds * 1_000L - 1);
      assertThat(candidate().doubtful()).as("for %s s", seconds).isTrue();
      pass(1);
      assertThat(candidate().doubtful()).as("after %s s", seconds).isFalse();
    }
  }

  @Test
  void whatFallsBehindTogetherCountsOnce() {
    long spell = record.repute.spell();
    for (int i = 0; i < 5; i++) {
      record.repute.fellBehind("a span", spell, now);
    }
    pass(2_000);
    assertThat(candidate().doubtful()).isFalse();
  }

  @Test
  void aLostHedgeIsChanceTwoAreNot() {
    record.repute.lostHedge(record.repute.spell(), now);
    assertThat(candidate().doubtful()).isFalse();
    record.repute.lostHedge(record.repute.spell(), now);
    assertThat(candidate().doubtful()).isTrue();
    pass(2_000);
    assertThat(candidate().doubtful()).isFalse();
    record.repute.lostHedge(record.repute.spell(), now);
    pass(3_999);
    assertThat(candidate().doubtful()).isTrue();
  }

  @Test
  void isAskedAgainAtOnceAfterAFailureButNotAfterASilence() {
    record.repute.failed("it broke", record.repute.spell(), now);
    assertThat(candidate().available()).isTrue();
    assertThat(candidate().doubtful()).isTrue();
    SourceRecord other = new SourceRecord(sibling, now);
    other.repute.silent(Duration.ofSeconds(5), other.repute.spell(), now);
    assertThat(other.canBeAsked(FILM.edition(), now)).isFalse();
    assertThat(other.repute.isPaused(now)).as("like after two failures").isTrue();
    pass(100);
    assertThat(other.repute.isPaused(now)).isFalse();
    pass(3_899);
    assertThat(other.repute.isDoubtful(now)).isTrue();
    pass(1);
    assertThat(other.canBeAsked(FILM.edition(), now)).isTrue();
  }

  @Test
  void anotherSiblingComesLastWhereOneHasFailed() {
    NodeId other = new ScriptedSource("other", BlockSource.Relation.SIBLING, FILM).node().get();
    Detours.Detour failed = new Detours.Detour(Optional.empty(), List.of(other), Map.of(), 0);
    SourceBook.Wish ahead = new SourceBook.Wish(FILM.edition(), 0, Urgency.READ_AHEAD, SPAN);
    SourceBook.Wish head = new SourceBook.Wish(FILM.edition(), 0, Urgency.PLAY_HEAD, SPAN);
    SourceBook.Wish late = new SourceBook.Wish(FILM.edition(), 0, Urgency.PLAY_HEAD, SPAN, true);
    assertThat(record.candidate(ahead, failed, ASSUMED, now).doubtful()).isTrue();
    assertThat(record.candidate(late, Detours.Detour.NONE, ASSUMED, now).doubtful()).isTrue();
    begun();
    pass(100);
    record.throughput.received(2 << 20, now);
    assertThat(record.candidate(ahead, failed, ASSUMED, now).doubtful()).as("known").isFalse();
    assertThat(record.candidate(late, Detours.Detour.NONE, ASSUMED, now).doubtful()).isFalse();
    assertThat(record.candidate(head, failed, ASSUMED, now).doubtful()).as("waits").isTrue();
  }

  @Test
  void noOneIsGivenUpForTheSakeOfAnUnknownOne() {
    SourceBook.Wish wish = new SourceBook.Wish(FILM.edition(), 0, Urgency.PLAY_HEAD, SPAN);
    assertThat(record.provenSeconds(wish, true, now)).isInfinite();
    SourceRecord parent =
        new SourceRecord(new ScriptedSource("p", BlockSource.Relation.PARENT, FILM), now);
    assertThat(parent.provenSeconds(wish, true, now)).isLessThan(0.3);
    assertThat(parent.provenSeconds(wish, false, now)).isInfinite();
    begun();
    pass(100);
    record.throughput.received(2 << 20, now);
    assertThat(record.provenSeconds(wish, true, now)).isLessThan(0.3);
  }
}
