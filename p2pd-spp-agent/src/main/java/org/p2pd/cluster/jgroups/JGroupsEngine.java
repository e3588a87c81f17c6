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
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;

/** Memberships by JGroups over one port. */
public final class JGroupsEngine implements org.p2pd.cluster.Engine {

  private final ClusterPort port;
  private final NodeKey key;
  private final RandomGenerator random;

  private JGroupsEngine(ClusterPort port, NodeKey key, RandomGenerator random) {
    this.port = port;
    this.key = key;
    this.random = random;
  }

  /**
   * Opens engines that listen there.
   *
   * @param bind an address of this machine or the wildcard address, and a port; 0 for any free one
   * @param key the node's own, with which it signs where it is
   */
  public static EngineOpener at(
      Supplier<InetSocketAddress> bind, NodeKey key, RandomGenerator random) {
    return secrets -> new JGroupsEngine(ClusterPort.open(bind.get(), secrets), key, random);
  }

  @Override
  public int port() {
    return port.address().getPort();
  }

  @Override
  public Membership join(
      Member self, NodeId group, Collection<Seed> seeds, Consumer<GroupView> listener) {
    return JGroupsMembership.join(self, key, group, seeds, port, listener, random);
  }

  @Override
  public void close() {
    port.close();
  }
}
