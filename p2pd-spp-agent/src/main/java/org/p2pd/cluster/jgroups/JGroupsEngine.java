package org.p2pd.cluster.jgroups;

import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.p2pd.cluster.EngineOpener;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.Membership;
import org.p2pd.cluster.Seed;
import org.p2pd.cluster.sockets.ClusterPort;
import org.p2pd.model.NodeId;

/** Memberships by JGroups over one port. */
public final class JGroupsEngine implements org.p2pd.cluster.Engine {

  private final ClusterPort port;
  private final RandomGenerator random;

  private JGroupsEngine(ClusterPort port, RandomGenerator random) {
    this.port = port;
    this.random = random;
  }

  /**
   * Opens engines that listen there.
   *
   * @param bind an address of this machine or the wildcard address, and a port; 0 for any free one
   */
  public static EngineOpener at(Supplier<InetSocketAddress> bind, RandomGenerator random) {
    return secrets -> new JGroupsEngine(ClusterPort.open(bind.get(), secrets), random);
  }

  @Override
  public int port() {
    return port.address().getPort();
  }

  @Override
  public Membership join(
      Member self, NodeId group, Collection<Seed> seeds, Consumer<GroupView> listener) {
    return JGroupsMembership.join(self, group, seeds, port, listener, random);
  }

  @Override
  public void close() {
    port.close();
  }
}
