package org.p2pd.cluster.jgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyBoolean;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.clearInvocations;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jgroups.Address;
import org.jgroups.Event;
import org.jgroups.View;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.jgroups.stack.Protocol;
import org.jgroups.util.TimeScheduler;
import org.jgroups.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What we changed in the engine's failure detection. */
class FailureDetectionTest {

  private static final List<Address> MEMBERS =
      Stream.<Address>generate(UUID::randomUUID).limit(31).toList();

  @Nested
  class ByHeartbeats {

    private final TimeScheduler timer = mock();
    private final SizedFailureDetection detection = new SizedFailureDetection();

    @BeforeEach
    void stack() {
      when(timer.scheduleWithFixedDelay(any(), anyLong(), anyLong(), any(), anyBoolean()))
          .thenAnswer(unused -> mock(Future.class));
      detection.setDownProtocol(mock());
      detection.setValue("timer", timer);
    }

    private void view(int size) {
      detection.down(
          new Event(Event.VIEW_CHANGE, View.create(MEMBERS.get(0), 1, MEMBERS.subList(0, size))));
    }

    /** The heartbeats and the looks at those of others. */
    private void verifyTasksAt(long intervalMillis) {
      verify(timer, times(2))
          .scheduleWithFixedDelay(
              any(), anyLong(), eq(intervalMillis), eq(TimeUnit.MILLISECONDS), anyBoolean());
    }

    @Test
    void aSmallGroupSendsThemTwiceASecond() {
      view(30);
      verifyTasksAt(500);
      assertThat(detection.getTimeout()).isEqualTo(3_500);
      clearInvocations(timer);
      view(2);
      verify(timer, never())
          .scheduleWithFixedDelay(any(), anyLong(), anyLong(), any(), anyBoolean());
    }

    @Test
    void aLargeGroupSendsThemOnceASecondUntilItIsSmallAgain() {
      view(30);
      clearInvocations(timer);
      view(31);
      verifyTasksAt(1_000);
      assertThat(detection.getTimeout()).isEqualTo(4_000);
      clearInvocations(timer);
      view(30);
      verifyTasksAt(500);
      assertThat(detection.getTimeout()).isEqualTo(3_500);
    }

    @Test
    void whatWasCountedAtTheOtherPaceIsForgotten() {
      view(30);
      assertThat(detection.printTimestamps()).contains("[1, 1, 1, 1, 1, 1, 1]");
      view(31);
      assertThat(detection.printTimestamps())
          .contains("[1, 1, 1, 1]")
          .doesNotContain("[1, 1, 1, 1, 1");
    }

    @Test
    void onTheWireItIsTheEnginesOwn() {
      assertThat(detection.getId()).isEqualTo(ClassConfigurator.getProtocolId(FD_ALL3.class));
    }
  }

  @Nested
  class Verification {

    private final Protocol up = mock();
    private final SteadyVerification verification = new SteadyVerification();

    @BeforeEach
    void stack() {
      verification.setUpProtocol(up);
      verification.setDownProtocol(mock());
    }

    private void suspect(int member) {
      verification.up(new Event(Event.SUSPECT, List.of(MEMBERS.get(member))));
    }

    @Test
    void aMemberThatIsDeadIsExcludedAlsoIfTheClockWasSetBack() {
      verification.setTimeout(Duration.ofHours(1).toMillis());
      suspect(1); // noted for what is an hour ahead of the clock now
      verification.setTimeout(100);
      await()
          .atMost(ClusterLab.LONG_ENOUGH)
          .pollInterval(Duration.ofMillis(20))
          .untilAsserted(
              () -> {
                verification.run();
                verify(up).up(any(Event.class));
              });
    }

    @Test
    void aMemberThatAnswersStays() {
      verification.setTimeout(1);
      suspect(1);
      suspect(2);
      verification.unsuspect(MEMBERS.get(1));
      clearInvocations(up);
      await()
          .atMost(ClusterLab.LONG_ENOUGH)
          .pollInterval(Duration.ofMillis(20))
          .untilAsserted(
              () -> {
                verification.run();
                verify(up).up(any(Event.class));
              });
      assertThat(verification.getSuspects()).isEqualTo("[]");
    }

    @Test
    void onTheWireItIsTheEnginesOwn() {
      assertThat(verification.getId())
          .isEqualTo(ClassConfigurator.getProtocolId(VERIFY_SUSPECT2.class));
    }
  }
}
