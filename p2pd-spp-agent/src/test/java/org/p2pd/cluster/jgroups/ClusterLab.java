package org.p2pd.cluster.jgroups;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.Loopback;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.Seed;
import org.p2pd.cluster.sockets.ClusterPort;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts.Role;
import org.p2pd.spp.Secret;

/** Nodes of one network in this process, each on a loopback address of its own. */
final class ClusterLab implements AutoCloseable {

  /** Far beyond what a busy machine needs. */
  static final Duration LONG_ENOUGH = Duration.ofSeconds(60);

  static final int CLUSTER_PORT = 7_946;

  final Secret secret = Secret.random(new Random(1));
  final Wire wire = new Wire();
  private final List<LabNode> nodes = new CopyOnWriteArrayList<>();

  /** A node that has its port, and is in no group yet. */
  LabNode node(Role role) throws IOException {
    return node(NodeKey.generate(), role, Loopback.next(), CLUSTER_PORT, secret);
  }

  /** A port of the addresses that all share. */
  int freePort() throws IOException {
    try (ServerSocket any = new ServerSocket(0)) {
      return any.getLocalPort();
    }
  }

  LabNode node(NodeKey key, Role role, String host, int clusterPort, Secret... secrets)
      throws IOException {
    ClusterPort port =
        ClusterPort.open(
            new InetSocketAddress(host, clusterPort),
            List.of(secrets),
            wire.from(host),
            Ticker.systemTicker());
    LabNode node =
        new LabNode(
            new Member(key.id(), role, new NodeAddress(host, 8_080, ""), clusterPort), key, port);
    nodes.add(node);
    return node;
  }

  /** A parent, and caches that joined its group one after the other. */
  List<LabNode> group(int caches) throws IOException {
    List<LabNode> group = new ArrayList<>();
    LabNode parent = node(Role.SERVER);
    parent.join(parent.id());
    group.add(parent);
    for (int i = 0; i < caches; i++) {
      LabNode cache = node(Role.CACHE);
      cache.join(parent.id(), parent.seed());
      group.add(cache);
      awaitAllSeeAll(group);
    }
    return group;
  }

  static void awaitAllSeeAll(List<LabNode> group) {
    await("every node of " + group + " sees all others")
        .atMost(LONG_ENOUGH)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(
            () -> {
              for (LabNode node : group) {
                assertThat(node.seen())
                    .describedAs("what %s sees", node)
                    .isEqualTo(
                        group.stream()
                            .filter(other -> other != node)
                            .map(LabNode::id)
                            .collect(toSet()));
              }
            });
  }

  @Override
  public void close() {
    nodes.forEach(LabNode::close);
  }

  /** One node; in one group unless it says otherwise. */
  static final class LabNode implements AutoCloseable {

    final Member self;
    final NodeKey key;
    final ClusterPort port;
    final List<GroupView> views = new CopyOnWriteArrayList<>();
    private final List<JGroupsMembership> memberships = new CopyOnWriteArrayList<>();

    LabNode(Member self, NodeKey key, ClusterPort port) {
      this.self = self;
      this.key = key;
      this.port = port;
    }

    NodeId id() {
      return self.id();
    }

    String host() {
      return self.address().host();
    }

    Seed seed() {
      return self.seed();
    }

    JGroupsMembership join(NodeId group, Seed... seeds) {
      JGroupsMembership membership =
          JGroupsMembership.join(self, key, group, List.of(seeds), port, views::add, new Random());
      memberships.add(membership);
      return membership;
    }

    JGroupsMembership membership() {
      return memberships.get(memberships.size() - 1);
    }

    Set<NodeId> seen() {
      return ids(membership().view());
    }

    static Set<NodeId> ids(GroupView view) {
      return view.others().stream().map(Member::id).collect(toSet());
    }

    void awaitSees(LabNode... others) {
      Set<NodeId> ids = Stream.of(others).map(LabNode::id).collect(toSet());
      await(this + " sees " + List.of(others))
          .atMost(LONG_ENOUGH)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> membership().view().joined() && seen().equals(ids));
    }

    void awaitJoined() {
      await(this + " joins").atMost(LONG_ENOUGH).until(() -> membership().view().joined());
    }

    /** This node under another name. */
    Member called(String host) {
      return new Member(id(), self.role(), new NodeAddress(host, 8_080, ""), self.clusterPort());
    }

    /** All its connections break, as if it had been killed; its threads go on for a while. */
    void die() {
      port.close();
    }

    @Override
    public void close() {
      memberships.forEach(JGroupsMembership::close);
      port.close();
    }

    @Override
    public String toString() {
      return host();
    }
  }
}
