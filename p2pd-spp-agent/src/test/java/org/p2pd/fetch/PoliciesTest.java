package org.p2pd.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalInt;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.p2pd.content.Urgency;
import org.p2pd.fetch.BlockSource.Relation;
import org.p2pd.fetch.SourceChoice.Candidate;

/** The pure choices. */
class PoliciesTest {

  @Nested
  class ChoosingASource {

    private static final double PARENT_BELOW = 62.5e6;

    /** Available, with room, believed, with nothing special about it. */
    private static Candidate of(Relation relation) {
      return timed(relation, 0.01);
    }

    private static Candidate timed(Relation relation, double expectedSeconds) {
      return new Candidate(relation, true, false, true, true, false, true, expectedSeconds, 10e6);
    }

    private static Candidate away(Relation relation) {
      return new Candidate(relation, false, false, true, true, false, true, 0.01, 10e6);
    }

    private static Candidate avoided(Relation relation) {
      return new Candidate(relation, true, true, true, true, false, true, 0.01, 10e6);
    }

    private static Candidate without(Relation relation) {
      return new Candidate(relation, true, false, false, true, false, true, 0.01, 10e6);
    }

    private static Candidate full(Relation relation, double bytesPerSecond) {
      return new Candidate(relation, true, false, true, false, false, true, 0.5, bytesPerSecond);
    }

    /** As much under way as can be, for the first time. */
    private static Candidate unknown() {
      return new Candidate(Relation.SIBLING, true, false, true, false, false, false, 0.5, 12.5e6);
    }

    private static Candidate doubtful(Relation relation) {
      return new Candidate(relation, true, false, true, true, true, true, 0.001, 10e6);
    }

    private static OptionalInt choose(Candidate... candidates) {
      return SourceChoice.choose(List.of(candidates), Urgency.READ_AHEAD, PARENT_BELOW);
    }

    private static OptionalInt forAViewerWhoWaits(Candidate... candidates) {
      return SourceChoice.choose(List.of(candidates), Urgency.PLAY_HEAD, PARENT_BELOW);
    }

    @Test
    void theParentBeforeItsStandInsWhateverTheOrder() {
      assertThat(choose(of(Relation.STAND_IN), of(Relation.PARENT))).isEqualTo(OptionalInt.of(1));
      assertThat(choose(timed(Relation.STAND_IN, 0.001), of(Relation.PARENT)))
          .isEqualTo(OptionalInt.of(1));
    }

    @Test
    void aStandInWhenTheParentIsAwayOrHasItNot() {
      assertThat(choose(away(Relation.PARENT), of(Relation.STAND_IN))).isEqualTo(OptionalInt.of(1));
      assertThat(choose(avoided(Relation.PARENT), of(Relation.STAND_IN)))
          .isEqualTo(OptionalInt.of(1));
    }

    @Test
    void noStandInBecauseTheParentIsMerelyBusy() {
      assertThat(choose(full(Relation.PARENT, 1e6), of(Relation.STAND_IN)))
          .isEqualTo(OptionalInt.empty());
    }

    @Test
    void theSoonestOfTheSiblingsThatHoldIt() {
      assertThat(
              choose(
                  of(Relation.PARENT),
                  timed(Relation.SIBLING, 0.3),
                  timed(Relation.SIBLING, 0.2),
                  without(Relation.SIBLING)))
          .isEqualTo(OptionalInt.of(2));
      assertThat(choose(timed(Relation.PARENT, 0.001), timed(Relation.SIBLING, 0.3)))
          .as("the parent is spared although it is faster")
          .isEqualTo(OptionalInt.of(1));
    }

    @Test
    void theParentForWhatNoSiblingHolds() {
      assertThat(choose(of(Relation.PARENT), without(Relation.SIBLING)))
          .isEqualTo(OptionalInt.of(0));
      assertThat(choose(of(Relation.PARENT), away(Relation.SIBLING))).isEqualTo(OptionalInt.of(0));
    }

    @Test
    void theParentTooWhenBusySiblingsBringLittle() {
      assertThat(choose(of(Relation.PARENT), full(Relation.SIBLING, 12.5e6)))
          .isEqualTo(OptionalInt.of(0));
      assertThat(
              choose(
                  of(Relation.PARENT), full(Relation.SIBLING, 40e6), full(Relation.SIBLING, 40e6)))
          .as("they bring enough")
          .isEqualTo(OptionalInt.empty());
      assertThat(choose(of(Relation.PARENT), unknown(), full(Relation.SIBLING, 12.5e6)))
          .as("not known yet")
          .isEqualTo(OptionalInt.empty());
      assertThat(
              SourceChoice.choose(
                  List.of(of(Relation.PARENT), full(Relation.SIBLING, 1)), Urgency.READ_AHEAD, 0))
          .as("never, with --parent-below 0")
          .isEqualTo(OptionalInt.empty());
    }

    @Test
    void theParentForAViewerWhoWouldWaitLongForASibling() {
      assertThat(forAViewerWhoWaits(timed(Relation.PARENT, 0.05), timed(Relation.SIBLING, 0.5)))
          .isEqualTo(OptionalInt.of(0));
      assertThat(forAViewerWhoWaits(timed(Relation.PARENT, 0.05), timed(Relation.SIBLING, 0.1)))
          .as("soon enough")
          .isEqualTo(OptionalInt.of(1));
      assertThat(forAViewerWhoWaits(timed(Relation.PARENT, 0.9), timed(Relation.SIBLING, 0.5)))
          .isEqualTo(OptionalInt.of(1));
    }

    @Test
    void theParentWhereTheSiblingIsFarBehind() {
      assertThat(choose(timed(Relation.PARENT, 0.5), timed(Relation.SIBLING, 2.1)))
          .isEqualTo(OptionalInt.of(0));
      assertThat(choose(timed(Relation.PARENT, 0.6), timed(Relation.SIBLING, 2.1)))
          .as("it is not so much slower")
          .isEqualTo(OptionalInt.of(1));
      assertThat(choose(timed(Relation.PARENT, 0.001), timed(Relation.SIBLING, 1.9)))
          .as("nobody waits")
          .isEqualTo(OptionalInt.of(1));
    }

    @Test
    void isFarBehindByFactorAndByTime() {
      assertThat(SourceChoice.isFarBehind(0.51, 0.12, true)).isTrue();
      assertThat(SourceChoice.isFarBehind(0.51, 0.13, true)).isFalse();
      assertThat(SourceChoice.isFarBehind(0.49, 0.01, true)).isFalse();
      assertThat(SourceChoice.isFarBehind(1.9, 0.01, false)).isFalse();
      assertThat(SourceChoice.isFarBehind(2.1, 0.01, false)).isTrue();
      assertThat(SourceChoice.isFarBehind(1e9, Double.POSITIVE_INFINITY, true))
          .as("there is no other")
          .isFalse();
    }

    @Test
    void aMirrorWhenItIsTheFastestOrTheParentIsGone() {
      assertThat(choose(of(Relation.PARENT), timed(Relation.MIRROR, 0.005)))
          .isEqualTo(OptionalInt.of(1));
      assertThat(choose(of(Relation.PARENT), timed(Relation.MIRROR, 0.02)))
          .isEqualTo(OptionalInt.of(0));
      assertThat(choose(away(Relation.PARENT), timed(Relation.MIRROR, 0.02)))
          .isEqualTo(OptionalInt.of(1));
      assertThat(choose(of(Relation.SIBLING), timed(Relation.MIRROR, 0.005)))
          .isEqualTo(OptionalInt.of(1));
    }

    @Test
    void theDoubtfulLast() {
      assertThat(choose(doubtful(Relation.PARENT), of(Relation.MIRROR)))
          .isEqualTo(OptionalInt.of(1));
      assertThat(choose(doubtful(Relation.SIBLING), of(Relation.PARENT)))
          .isEqualTo(OptionalInt.of(1));
      assertThat(choose(doubtful(Relation.PARENT), away(Relation.MIRROR)))
          .isEqualTo(OptionalInt.of(0));
    }

    @Test
    void nothingWhenThereIsNothing() {
      assertThat(choose()).isEqualTo(OptionalInt.empty());
      assertThat(choose(away(Relation.PARENT))).isEqualTo(OptionalInt.empty());
      assertThat(choose(away(Relation.PARENT), without(Relation.SIBLING)))
          .as("the parent may come back")
          .isEqualTo(OptionalInt.empty());
      assertThat(choose(avoided(Relation.PARENT), away(Relation.MIRROR)))
          .isEqualTo(OptionalInt.empty());
    }
  }

  @Nested
  class Reading {

    @Test
    void aShortRangeIsAskedWholeALongOneIsNot() {
      assertThat(ReadAhead.first(1)).isEqualTo(1);
      assertThat(ReadAhead.first(1 << 20)).isEqualTo(1 << 20);
      assertThat(ReadAhead.first((1 << 20) + 1)).isEqualTo(1);
    }

    @Test
    void theWindowGrowsWithRateAndLatencyBetweenItsBounds() {
      assertThat(ReadAhead.window(0, 0.1, 65_536)).isEqualTo(256 * 1024);
      assertThat(ReadAhead.window(3_125_000, 0.02, 65_536))
          .as("25 Mbit/s, 20 ms away")
          .isBetween(1_500_000L, 2_500_000L);
      assertThat(ReadAhead.window(1e9, 0.02, 65_536)).isEqualTo(16L * 1024 * 1024);
      assertThat(ReadAhead.window(125_000, 1.0, 65_536))
          .isGreaterThan(ReadAhead.window(125_000, 0.01, 65_536));
    }

    @Test
    void aSlowViewerOfWhatIsNotKeptHoldsLittle() {
      assertThat(ReadAhead.passingWindow(0, 0.02, 65_536)).isEqualTo(65_536);
      assertThat(ReadAhead.passingWindow(125_000, 0.02, 65_536)).isLessThan(2 * 65_536);
      assertThat(ReadAhead.passingWindow(1e9, 0.02, 65_536)).isEqualTo(4L * 1024 * 1024);
    }
  }

  @Nested
  class MeasuringRates {

    @Test
    void followsASteadyRateAndForgetsAnOldOne() {
      RateMeter meter = new RateMeter(0);
      long now = 0;
      for (int i = 0; i < 300; i++) {
        now += 10_000_000;
        meter.add(10_000, now);
      }
      assertThat(meter.perSecond(now)).isCloseTo(1e6, Percentage.withPercentage(2));
      for (int i = 0; i < 500; i++) {
        now += 10_000_000;
        meter.add(1_000, now);
      }
      assertThat(meter.perSecond(now)).isCloseTo(1e5, Percentage.withPercentage(10));
    }

    @Test
    void isNotChangedByReadingIt() {
      RateMeter meter = new RateMeter(0);
      meter.add(1_000_000, 1_000_000_000);
      assertThat(meter.perSecond(60_000_000_000L)).isLessThan(1);
      assertThat(meter.perSecond(1_000_000_000)).isGreaterThan(500_000);
    }

    @Test
    void takesAFirstBurstForNoGreatRate() {
      RateMeter meter = new RateMeter(-7);
      meter.add(65_536, -7);
      assertThat(meter.perSecond(-7)).isLessThan(2e6);
    }
  }

  @Nested
  class WakingUp {

    private final WakeUp wakeUp = new WakeUp();
    private int woken;

    @Test
    void aSignalBetweenLookingAndRegisteringIsNotLost() {
      wakeUp.looking();
      wakeUp.signal();
      wakeUp.register(() -> woken++);
      assertThat(woken).isEqualTo(1);
    }

    @Test
    void isRunOncePerRegistration() {
      wakeUp.looking();
      wakeUp.register(() -> woken++);
      wakeUp.signal();
      wakeUp.signal();
      assertThat(woken).isEqualTo(1);
    }

    @Test
    void survivesALookWithoutASignal() {
      wakeUp.register(() -> woken++);
      wakeUp.looking();
      wakeUp.signal();
      assertThat(woken).isEqualTo(1);
    }

    @Test
    void staysSilentOnceForgotten() {
      wakeUp.register(() -> woken++);
      wakeUp.forget();
      wakeUp.signal();
      assertThat(woken).isZero();
    }

    @Test
    void outlivesAFaultOfItsOwner() {
      wakeUp.register(
          () -> {
            throw new IllegalStateException("on purpose");
          });
      wakeUp.signal();
      wakeUp.looking();
      wakeUp.register(() -> woken++);
      wakeUp.signal();
      assertThat(woken).isEqualTo(1);
    }
  }
}
