package org.p2pd.cluster.jgroups;

import java.util.ArrayList;
import java.util.List;
import org.jgroups.Address;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.VERIFY_SUSPECT2;

/**
 * Asks a suspected member whether it is alive before it is excluded. The engine's own counts by the
 * wall clock: when that is set back meanwhile, a dead member would stay until it has caught up.
 */
final class SteadyVerification extends VERIFY_SUSPECT2 {

  SteadyVerification() {
    setId(ClassConfigurator.getProtocolId(VERIFY_SUSPECT2.class));
  }

  @Override
  public void run() {
    synchronized (this) {
      List<Address> astray = new ArrayList<>();
      long latest = System.currentTimeMillis() + getTimeout();
      suspects.removeIf(entry -> entry.target_time() > latest && astray.add(entry.suspect()));
      addSuspects(astray);
    }
    super.run();
  }
}
