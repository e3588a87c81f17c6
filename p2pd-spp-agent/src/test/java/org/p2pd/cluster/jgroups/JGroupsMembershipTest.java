package org.p2pd.cluster.jgroups;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.p2pd.cluster.jgroups.ClusterLab.LONG_ENOUGH;
import static org.p2pd.cluster.jgroups.ClusterLab.awaitAllSeeAll;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.Loopback;
import org.p2pd.cluster.Seed;
import org.p2pd.cluster.TestThreads;
import org.p2pd.cluster.jgroups.ClusterLab.LabNode;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeFacts.Role;
import org.p2pd.spp.Secret;

/** Nodes in groups, all in this process. */
class JGroupsMembershipTest {

  private final ClusterLab lab = new ClusterLab();
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void end() throws Exception {
    lab.close();
    for (AutoCloseable each : open) {
      each.close();
    }
    TestThreads.awaitNone();
  }

  private static void report(String what, long sinceNanos) {
    System.out.printf("%s: %.2f s%n", what, (System.nanoTime() - sinceNanos) / 1e9);
  }

  @Nested
  class Joining {

    @Test
    void membersSeeEachOtherAsTheyAreReached() throws IOException {
      List<LabNode> group = lab.group(2);
      LabNode parent = group.get(0);
      assertThat(group.get(2).membership().view().member(parent.id())).contains(parent.self);
      assertThat(group.get(1).membership().view().contains(parent.id())).isTrue();
      assertThat(parent.membership().view().group()).isEqualTo(parent.id());
    }

    @Test
    void nobodyWaitsForIt() throws IOException {
      ServerSocket silent = new ServerSocket();
      open.add(silent);
      silent.bind(new InetSocketAddress(Loopback.next(), ClusterLab.CLUSTER_PORT));
      LabNode cache = lab.node(Role.CACHE);
      cache.join(
          NodeKey.generate().id(),
          new Seed(silent.getInetAddress().getHostAddress(), ClusterLab.CLUSTER_PORT));
      assertThat(cache.membership().view().joined()).isFalse();
      cache.awaitSees();
    }

    @Test
    void viewsAreToldInOrder() throws IOException {
      List<LabNode> group = lab.group(3);
      for (LabNode node : group) {
        List<GroupView> told = List.copyOf(node.views);
        assertThat(told.stream().map(GroupView::number))
            .containsExactlyElementsOf(LongStream.rangeClosed(1, told.size()).boxed().toList());
        assertThat(told.get(told.size() - 1)).isEqualTo(node.membership().view());
      }
    }

    @Test
    void aListenerThatFailsDoesNotStopTheViews() throws IOException {
      LabNode parent = lab.node(Role.SERVER);
      AtomicInteger calls = new AtomicInteger();
      JGroupsMembership membership =
          JGroupsMembership.join(
              parent.self,
              parent.key,
              parent.id(),
              List.of(),
              parent.port,
              view -> {
                calls.incrementAndGet();
                throw new IllegalStateException("the test's");
              },
              new Random(1));
      open.add(membership);
      await().atMost(LONG_ENOUGH).until(() -> calls.get() == 1);
      LabNode cache = lab.node(Role.CACHE);
      cache.join(parent.id(), parent.seed());
      cache.awaitSees(parent);
      await().atMost(LONG_ENOUGH).until(() -> calls.get() == 2);
      membership.close();
      cache.awaitSees();
    }

    /** The parent is dead, and the one sibling that is known does not coordinate the group. */
    @Test
    void oneSiblingIsEnoughAlsoIfItDoesNotCoordinate() throws IOException {
      List<LabNode> group = lab.group(2);
      group.get(0).die();
      LabNode last = group.get(2);
      last.awaitSees(group.get(1));
      LabNode joining = lab.node(Role.CACHE);
      long begin = System.nanoTime();
      joining.join(group.get(0).id(), group.get(0).seed(), last.seed());
      awaitAllSeeAll(List.of(group.get(1), last, joining));
      report("join knowing a dead parent and one sibling", begin);
    }

    @Test
    void seedsMayComeLater() throws IOException {
      LabNode parent = lab.node(Role.SERVER);
      parent.join(parent.id());
      parent.awaitSees();
      LabNode cache = lab.node(Role.CACHE);
      cache.join(parent.id());
      cache.awaitSees();
      cache.membership().seeds(List.of(new Seed("localhost", 1), parent.seed()));
      cache.membership().rejoin();
      awaitAllSeeAll(List.of(parent, cache));
    }

    @Test
    void aSeedThatIsANameIsLookedUp() throws IOException {
      LabNode parent =
          lab.node(NodeKey.generate(), Role.SERVER, "127.0.0.1", lab.freePort(), lab.secret);
      parent.join(parent.id());
      LabNode cache = lab.node(Role.CACHE);
      cache.join(
          parent.id(),
          new Seed("no-such-host.invalid", 1),
          new Seed("localhost", parent.self.clusterPort()));
      awaitAllSeeAll(List.of(parent, cache));
    }

    @Test
    void overIpv6() throws IOException {
      LabNode parent = lab.node(NodeKey.generate(), Role.SERVER, "::1", lab.freePort(), lab.secret);
      LabNode cache = lab.node(NodeKey.generate(), Role.CACHE, "::1", lab.freePort(), lab.secret);
      parent.join(parent.id());
      cache.join(parent.id(), parent.seed());
      awaitAllSeeAll(List.of(parent, cache));
    }

    @Test
    void aHostThatCannotBeLookedUpIsTriedAgainAndCanBeClosed() throws IOException {
      LabNode lost =
          lab.node(
              NodeKey.generate(), Role.CACHE, Loopback.next(), ClusterLab.CLUSTER_PORT, lab.secret);
      JGroupsMembership membership =
          JGroupsMembership.join(
              lost.called("no-such-host.invalid"),
              lost.key,
              NodeKey.generate().id(),
              List.of(),
              lost.port,
              lost.views::add,
              new Random(1));
      membership.rejoin();
      membership.close();
      assertThat(membership.view().joined()).isFalse();
      assertThat(lost.views).isEmpty();
    }

    @Test
    void twentySilentAndTwentyDrippingStrangersDoNotKeepACacheOut() throws IOException {
      LabNode parent = lab.node(Role.SERVER);
      parent.join(parent.id());
      parent.awaitSees();
      try (Strangers strangers = new Strangers(parent.port.address())) {
        strangers.come(20);
        LabNode cache = lab.node(Role.CACHE);
        long begin = System.nanoTime();
        cache.join(parent.id(), parent.seed());
        awaitAllSeeAll(List.of(parent, cache));
        report("join beside 40 strangers", begin);
      }
    }
  }

  @Nested
  class Leaving {

    @Test
    void theOthersKnowAtOnce() throws IOException {
      List<LabNode> group = lab.group(3);
      LabNode leaving = group.get(1);
      long begin = System.nanoTime();
      leaving.membership().close();
      awaitAllSeeAll(List.of(group.get(0), group.get(2), group.get(3)));
      report("a member left", begin);
    }

    @Test
    void alsoWhenTheCoordinatorLeaves() throws IOException {
      List<LabNode> group = lab.group(2);
      long begin = System.nanoTime();
      group.get(0).close();
      awaitAllSeeAll(List.of(group.get(1), group.get(2)));
      report("the coordinator left", begin);
    }

    @Test
    void afterwardsNothingIsTold() throws IOException {
      List<LabNode> group = lab.group(1);
      LabNode parent = group.get(0);
      parent.membership().close();
      int told = parent.views.size();
      group.get(1).awaitSees();
      parent.membership().rejoin();
      parent.membership().seeds(List.of(new Seed("127.0.0.1", 1)));
      parent.membership().close();
      assertThat(parent.views).hasSize(told);
    }

    @Test
    void whileJoiningItEndsToo() throws IOException {
      for (int round = 0; round < 5; round++) {
        LabNode cache = lab.node(Role.CACHE);
        cache.join(NodeKey.generate().id(), new Seed(Loopback.next(), 1));
        cache.close();
      }
    }

    @Test
    void threeTimesNothingIsLeftBehind() throws IOException {
      openAndCloseLeavesNothing(3);
    }

    @Test
    @Tag("long")
    void twentyTimesNothingIsLeftBehind() throws IOException {
      openAndCloseLeavesNothing(20);
    }

    private void openAndCloseLeavesNothing(int times) throws IOException {
      for (int round = 0; round < times; round++) {
        try (ClusterLab each = new ClusterLab()) {
          each.group(1);
        }
        TestThreads.awaitNone();
      }
    }
  }

  @Nested
  class Failing {

    @Test
    void aKilledMemberLeavesTheViewsOfTheOthers() throws IOException {
      List<LabNode> group = lab.group(3);
      long begin = System.nanoTime();
      group.get(2).die();
      awaitAllSeeAll(List.of(group.get(0), group.get(1), group.get(3)));
      report("a member's connections broke", begin);
    }

    @Test
    void aNodeThatIsKilledAndBackAtOnceIsSeenAgain() throws IOException {
      List<LabNode> group = lab.group(2);
      LabNode before = group.get(2);
      before.die();
      LabNode after =
          lab.node(before.key, Role.CACHE, before.host(), ClusterLab.CLUSTER_PORT, lab.secret);
      long begin = System.nanoTime();
      after.join(group.get(0).id(), group.get(0).seed(), group.get(1).seed());
      awaitAllSeeAll(List.of(group.get(0), group.get(1), after));
      report("killed and back on the same address", begin);
    }

    @Test
    void aSplitGroupHeals() throws IOException {
      List<LabNode> group = lab.group(3);
      lab.wire.cutAround(hosts(group.subList(0, 2)));
      awaitAllSeeAll(group.subList(0, 2));
      awaitAllSeeAll(group.subList(2, 4));
      long begin = System.nanoTime();
      lab.wire.mend();
      awaitAllSeeAll(group);
      report("two halves are one again", begin);
    }

    @Test
    void aNodeThatWasCutOffFindsTheGroupAgainByJoiningAgain() throws IOException {
      List<LabNode> group = lab.group(2);
      LabNode alone = group.get(2);
      lab.wire.cutAround(Set.of(alone.host()));
      alone.awaitSees();
      awaitAllSeeAll(group.subList(0, 2));
      long begin = System.nanoTime();
      lab.wire.mend();
      alone.membership().rejoin();
      awaitAllSeeAll(group);
      report("a lone node is back", begin);
    }

    @Test
    void childrenThatCameBeforeTheParentFindItByJoiningAgain() throws IOException {
      LabNode parent = lab.node(Role.SERVER); // its port is open, but it is in no group yet
      List<LabNode> all = new ArrayList<>(List.of(parent));
      for (int i = 0; i < 3; i++) {
        LabNode cache = lab.node(Role.CACHE);
        cache.join(parent.id(), parent.seed());
        cache.awaitSees();
        all.add(cache);
      }
      long begin = System.nanoTime();
      parent.join(parent.id());
      parent.awaitJoined(); // alone, or with a child that knocked just then
      all.subList(1, 4).forEach(cache -> cache.membership().rejoin());
      awaitAllSeeAll(all);
      report("three lone children and their parent", begin);
    }

    @Test
    void whoIsNotAloneDoesNotJoinAgain() throws IOException {
      List<LabNode> group = lab.group(1);
      LabNode parent = group.get(0);
      int told = parent.views.size();
      for (int i = 0; i < 10; i++) {
        group.forEach(node -> node.membership().rejoin());
      }
      LabNode third = lab.node(Role.CACHE);
      third.join(parent.id(), parent.seed());
      awaitAllSeeAll(List.of(parent, group.get(1), third));
      assertThat(parent.views.subList(told, parent.views.size()))
          .isNotEmpty()
          .allMatch(view -> view.contains(group.get(1).id()));
    }
  }

  @Nested
  class Separation {

    @Test
    void aWrongSecretLooksLikeSolitude() throws IOException {
      LabNode parent = lab.node(Role.SERVER);
      parent.join(parent.id());
      LabNode stranger =
          lab.node(
              NodeKey.generate(),
              Role.CACHE,
              Loopback.next(),
              ClusterLab.CLUSTER_PORT,
              Secret.random(new Random(2)));
      stranger.join(parent.id(), parent.seed());
      stranger.awaitSees();
      LabNode cache = lab.node(Role.CACHE);
      cache.join(parent.id(), parent.seed(), stranger.seed());
      awaitAllSeeAll(List.of(parent, cache));
      assertThat(stranger.views)
          .allSatisfy(view -> assertThat(view.others()).isEmpty())
          .isNotEmpty();
      assertThat(stranger.membership().view().joined()).isTrue();
    }

    @Test
    void duringAChangeOfTheSecretTheGroupStaysOne() throws IOException {
      Secret next = Secret.random(new Random(2));
      LabNode parent =
          lab.node(
              NodeKey.generate(),
              Role.SERVER,
              Loopback.next(),
              ClusterLab.CLUSTER_PORT,
              next,
              lab.secret);
      LabNode cache =
          lab.node(
              NodeKey.generate(),
              Role.CACHE,
              Loopback.next(),
              ClusterLab.CLUSTER_PORT,
              lab.secret,
              next);
      parent.join(parent.id());
      cache.join(parent.id(), parent.seed());
      awaitAllSeeAll(List.of(parent, cache));
    }

    @Test
    void twoGroupsOverOnePortDoNotMix() throws IOException {
      LabNode root = lab.node(Role.SERVER);
      LabNode middle = lab.node(Role.CACHE);
      LabNode leaf = lab.node(Role.CACHE);
      root.join(root.id());
      JGroupsMembership above = middle.join(root.id(), root.seed());
      JGroupsMembership below = middle.join(middle.id());
      // It knows the root as well, which has no such group.
      leaf.join(middle.id(), middle.seed(), root.seed());
      leaf.awaitSees(middle);
      root.awaitSees(middle);
      await().atMost(LONG_ENOUGH).until(() -> LabNode.ids(below.view()).equals(Set.of(leaf.id())));
      assertThat(LabNode.ids(above.view())).isEqualTo(Set.of(root.id()));
      assertThat(everSeen(leaf)).isEqualTo(Set.of(middle.id()));
      assertThat(everSeen(root)).isEqualTo(Set.of(middle.id()));
      below.close();
      leaf.awaitSees();
      assertThat(LabNode.ids(above.view())).isEqualTo(Set.of(root.id()));
    }

    private static Set<NodeId> everSeen(LabNode node) {
      return node.views.stream().flatMap(view -> LabNode.ids(view).stream()).collect(toSet());
    }
  }

  @Nested
  class Enemies {

    /** The same bytes that go through the group's connections, to the port, without the secret. */
    @Test
    void whoDoesNotKnowTheSecretIsNotReadAtAll() throws Exception {
      List<LabNode> group = lab.group(1);
      for (byte[] frame : Intruder.frames()) {
        try (Socket socket = new Socket(group.get(0).host(), group.get(0).self.clusterPort())) {
          Marker.reset();
          Intruder.sendAndAwaitEnd(socket, frame);
          assertThat(Marker.wasRead() || Marker.wasMade()).isFalse();
        }
      }
      awaitAllSeeAll(group);
    }

    @Test
    void whatAnInsiderSendsIsNotDeserialisedEither() throws Exception {
      List<LabNode> group = lab.group(1);
      LabNode insider = lab.node(Role.CACHE);
      for (byte[] frame : Intruder.frames()) {
        try (Socket socket =
            insider.port.newSocket(
                group.get(0).id(), insider.port.address().getAddress(), new byte[0])) {
          Marker.reset();
          socket.connect(group.get(0).port.address(), 500);
          Intruder.sendAndAwaitEnd(socket, frame);
          assertThat(Marker.wasRead() || Marker.wasMade()).isFalse();
        }
      }
      awaitAllSeeAll(group);
    }
  }

  private static Set<String> hosts(List<LabNode> nodes) {
    return nodes.stream().map(LabNode::host).collect(toSet());
  }

  @Test
  @Tag("long")
  void busyCoresAreNoReasonToSuspectAnyone() throws Exception {
    List<LabNode> group = lab.group(4);
    List<Integer> told = group.stream().map(node -> node.views.size()).toList();
    try (Busy busy = new Busy(2 * Runtime.getRuntime().availableProcessors())) {
      busy.await(Duration.ofSeconds(30));
    }
    awaitAllSeeAll(group);
    assertThat(group.stream().map(node -> node.views.size()).toList()).isEqualTo(told);
  }
}
