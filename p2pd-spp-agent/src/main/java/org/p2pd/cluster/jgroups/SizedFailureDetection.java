package org.p2pd.cluster.jgroups;

import java.util.List;
import org.jgroups.View;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.FD_ALL3;

/**
 * Failure detection by heartbeats: silent for 3.5 s, a member is suspected; for 4 s, with half as
 * many heartbeats, when the group has more than 30 members.
 */
final class SizedFailureDetection extends FD_ALL3 {

  /** The most members of a small group. */
  static final int SMALL = 30;

  private record Pace(long timeoutMillis, long intervalMillis) {}

  private static final Pace IN_SMALL = new Pace(3_500, 500);
  private static final Pace IN_LARGE = new Pace(4_000, 1_000);

  SizedFailureDetection() {
    setId(ClassConfigurator.getProtocolId(FD_ALL3.class));
    go(IN_SMALL);
  }

  private void go(Pace pace) {
    setTimeout(pace.timeoutMillis);
    setInterval(pace.intervalMillis);
  }

  @Override
  protected void handleViewChange(View view) {
    Pace pace = view.size() > SMALL ? IN_LARGE : IN_SMALL;
    if (pace.intervalMillis != getInterval()) {
      stopHeartbeatSender();
      stopTimeoutChecker();
      go(pace);
      retainKeys(List.of()); // what was counted at the other pace
    }
    super.handleViewChange(view);
  }
}
