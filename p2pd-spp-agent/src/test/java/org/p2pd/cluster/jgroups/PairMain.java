package org.p2pd.cluster.jgroups;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.sockets.ClusterPort;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts.Role;
import org.p2pd.spp.Secret;

/** Two nodes that meet and leave, for a class loader of their own. */
public final class PairMain {

  private PairMain() {}

  /** Returns when they have met and left. */
  public static void meet(String oneHost, String otherHost) throws Exception {
    Secret secret = Secret.random(new Random(1));
    NodeKey oneKey = NodeKey.generate();
    NodeKey otherKey = NodeKey.generate();
    Member one = member(oneKey, oneHost);
    Member other = member(otherKey, otherHost);
    NodeId group = one.id();
    CountDownLatch met = new CountDownLatch(1);
    try (ClusterPort onePort = open(oneHost, secret);
        ClusterPort otherPort = open(otherHost, secret);
        JGroupsMembership unused =
            JGroupsMembership.join(
                one, oneKey, group, List.of(), onePort, view -> {}, new Random(2));
        JGroupsMembership alsoUnused =
            JGroupsMembership.join(
                other,
                otherKey,
                group,
                List.of(one.seed()),
                otherPort,
                view -> {
                  if (view.contains(group)) {
                    met.countDown();
                  }
                },
                new Random(3))) {
      if (!met.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException("they do not meet");
      }
    }
  }

  private static Member member(NodeKey key, String host) {
    return new Member(
        key.id(), Role.CACHE, new NodeAddress(host, 8_080, ""), ClusterLab.CLUSTER_PORT);
  }

  private static ClusterPort open(String host, Secret secret) throws Exception {
    return ClusterPort.open(new InetSocketAddress(host, ClusterLab.CLUSTER_PORT), List.of(secret));
  }
}
