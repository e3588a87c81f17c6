package org.p2pd.siblings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.cluster.Engine;
import org.p2pd.cluster.EngineOpener;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.Seed;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;
import org.p2pd.siblings.Groups.Which;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.client.Endpoint;

/** Groups over a network in memory, of nodes of which nothing else is there. */
class GroupsTest {

  private static final NodeId PARENT = NodeKey.generate().id();
  private static final NodeId SELF = NodeKey.generate().id();

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final SimulatedNetwork network = new SimulatedNetwork();
  private final SimulatedNetwork.Port port = network.new Port();
  private final BlockingQueue<GroupView> heard = new LinkedBlockingQueue<>();
  private final Secrets secrets = Secrets.given(List.of(Secret.random(new SecureRandom())));
  private final Groups groups = groups(SELF, secrets, port);
  private @TempDir java.nio.file.Path directory;

  @AfterEach
  void end() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
    assertThat(port.open).as("engines that were not closed").hasValue(0);
    network.close();
  }

  private Groups groups(NodeId id, Secrets spoken, EngineOpener opener) {
    Groups made =
        new Groups(
            new Groups.Self(id, NodeFacts.Role.CACHE, () -> new Endpoint(8080, "/video")),
            spoken,
            opener,
            (which, view) -> {
              if (id.equals(SELF)) {
                heard.add(view);
              }
            });
    open.push(made);
    return made;
  }

  private static void awaitThat(Callable<Boolean> what) {
    await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(5)).until(what);
  }

  private static Member member(String host) {
    return new Member(
        NodeKey.generate().id(), NodeFacts.Role.CACHE, new NodeAddress(host, 8080, ""), 8081);
  }

  private SimulatedNetwork.Joined joined(int count) {
    awaitThat(() -> network.joined.size() == count);
    network.settled();
    return network.joined.get(count - 1);
  }

  private void take(String host, Seed... seeds) {
    groups.take(Which.OF_PARENT, PARENT, host, List.of(seeds));
  }

  @Test
  void areJoinedWithAllThatTheOthersNeedToKnow() {
    take("10.0.0.2", new Seed("10.0.0.1", 8081));
    SimulatedNetwork.Joined joined = joined(1);
    assertThat(joined.self)
        .isEqualTo(
            new Member(
                SELF,
                NodeFacts.Role.CACHE,
                new NodeAddress("10.0.0.2", 8080, "/video"),
                groups.port()));
    assertThat(joined.group).isEqualTo(PARENT);
    assertThat(joined.seeds).containsExactly(new Seed("10.0.0.1", 8081));
    assertThat(groups.self(Which.OF_PARENT)).contains(joined.self);
    assertThat(groups.self(Which.OF_CHILDREN)).isEmpty();
  }

  @Test
  void meetOverTheirSeedsAndSeeWhoLeaves() throws Exception {
    take("10.0.0.2");
    Member one = joined(1).self;
    Groups other = groups(NodeKey.generate().id(), secrets, network.new Port());
    other.take(Which.OF_PARENT, PARENT, "10.0.0.3", List.of(one.seed()));
    awaitThat(() -> groups.view(Which.OF_PARENT).orElseThrow().others().size() == 1);
    assertThat(other.view(Which.OF_PARENT).orElseThrow().others()).containsExactly(one);
    other.close();
    awaitThat(() -> groups.view(Which.OF_PARENT).orElseThrow().others().isEmpty());
  }

  @Test
  void fallApartAndHealWithTheNetwork() {
    take("10.0.0.2");
    Groups other = groups(NodeKey.generate().id(), secrets, network.new Port());
    other.take(Which.OF_PARENT, PARENT, "10.0.0.3", List.of(joined(1).self.seed()));
    awaitThat(() -> !groups.view(Which.OF_PARENT).orElseThrow().others().isEmpty());
    network.cut(Set.of(SELF));
    assertThat(groups.view(Which.OF_PARENT).orElseThrow().others()).isEmpty();
    network.heal();
    assertThat(groups.view(Which.OF_PARENT).orElseThrow().others()).hasSize(1);
  }

  @Test
  void areJoinedOnceHoweverOftenTheyAreNamed() {
    for (int i = 0; i < 100; i++) {
      take("10.0.0.2", new Seed("10.0.0." + i, 8081));
    }
    SimulatedNetwork.Joined joined = joined(1);
    awaitThat(() -> joined.seeds.contains(new Seed("10.0.0.99", 8081)));
    assertThat(network.joined).hasSize(1);
  }

  @Test
  void rememberTheSeedsThatWereNamedLast() throws Exception {
    port.taken = true;
    List<Seed> all = IntStream.range(0, 300).mapToObj(i -> new Seed("h" + i, 8081)).toList();
    groups.take(Which.OF_PARENT, PARENT, "10.0.0.2", all.subList(0, 256));
    take("10.0.0.2", all.get(0));
    groups.take(Which.OF_PARENT, PARENT, "10.0.0.2", all.subList(256, 300));
    awaitThat(() -> groups.problem().isPresent());
    port.taken = false;
    groups.tick();
    assertThat(joined(1).seeds)
        .hasSize(256)
        .contains(all.get(0), all.get(299))
        .doesNotContain(all.get(1), all.get(44));
  }

  @Test
  void areLeftForAnotherGroupAndNobodyOfTheFormerIsSeen() throws Exception {
    take("10.0.0.2");
    SimulatedNetwork.Joined former = joined(1);
    former.pretend(member("10.0.0.7"));
    NodeId another = NodeKey.generate().id();
    groups.take(Which.OF_PARENT, another, "10.0.0.2", List.of());
    joined(2);
    former.mumble(member("10.0.0.8"));
    assertThat(former.left).isTrue();
    assertThat(groups.view(Which.OF_PARENT).orElseThrow().group()).isEqualTo(another);
    assertThat(heard.stream().map(view -> view.group().equals(another) + " " + view.number()))
        .containsExactly("false 1", "false 2", "false 0", "true 1");
  }

  @Test
  void areJoinedAnewUnderAnotherHost() {
    take("10.0.0.2");
    take("192.168.0.2");
    assertThat(joined(2).self.address().host()).isEqualTo("192.168.0.2");
    assertThat(network.joined.get(0).left).isTrue();
    assertThat(port.opened).hasSize(1);
  }

  @Test
  void areJoinedAnewUnderAnotherSecretOverAnotherEngine() throws Exception {
    Secrets handed = Secrets.handed(directory.resolve("secret"));
    SimulatedNetwork.Port fresh = network.new Port();
    Groups late = groups(NodeKey.generate().id(), handed, fresh);
    late.take(Which.OF_PARENT, PARENT, "10.0.0.5", List.of(new Seed("10.0.0.1", 8081)));
    late.tick();
    Secret first = Secret.random(new SecureRandom());
    handed.take(first);
    late.tick();
    SimulatedNetwork.Joined before = joined(1);
    Secret second = Secret.random(new SecureRandom());
    handed.take(second);
    late.tick();
    SimulatedNetwork.Joined after = joined(2);
    assertThat(fresh.opened).containsExactly(List.of(first), List.of(second));
    assertThat(fresh.open).hasValue(1);
    assertThat(before.left).isTrue();
    assertThat(after.seeds).containsExactly(new Seed("10.0.0.1", 8081));
    assertThat(after.self.clusterPort()).isEqualTo(late.port());
    late.close();
    assertThat(fresh.open).hasValue(0);
  }

  @Test
  void waitForTheirPortAndSayWhatToDo() {
    port.taken = true;
    take("10.0.0.2");
    awaitThat(() -> groups.problem().isPresent());
    assertThat(groups.problem().orElseThrow())
        .contains("port 8081 is in use", "free that port", "--cluster-port");
    assertThat(groups.port()).isZero();
    port.taken = false;
    groups.tick();
    joined(1);
    assertThat(groups.problem()).isEmpty();
    assertThat(groups.port()).isPositive();
  }

  @Test
  void openTheirPortBeforeThereIsAGroup() {
    groups.open();
    awaitThat(() -> groups.port() > 0);
    assertThat(network.joined).isEmpty();
  }

  @Test
  void shareOneEngineThoughTheyAreTwo() {
    take("10.0.0.2");
    groups.take(Which.OF_CHILDREN, SELF, "192.168.0.2", List.of());
    joined(2);
    assertThat(port.opened).hasSize(1);
    assertThat(network.joined).extracting(joined -> joined.group).containsExactly(PARENT, SELF);
    assertThat(network.joined)
        .extracting(joined -> joined.self.clusterPort())
        .containsOnly(groups.port());
    groups.rejoin();
    groups.take(Which.OF_CHILDREN, SELF, "192.168.0.3", List.of());
    assertThat(joined(3).group).isEqualTo(SELF);
    assertThat(network.rejoins).as("of the parent's group alone").hasValue(1);
    assertThat(network.joined.get(0).left).isFalse();
  }

  @Test
  void areLeftForGoodWhateverWasToBeDoneYet() throws Exception {
    CountDownLatch opening = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    SimulatedNetwork.Port slow = network.new Port();
    Groups leaving =
        groups(
            NodeKey.generate().id(),
            secrets,
            spoken -> {
              opening.countDown();
              awaitUninterrupted(go);
              Engine engine = slow.open(spoken);
              return engine;
            });
    leaving.open();
    opening.await();
    CompletableFuture<Void> left = leaving.leaveAll();
    assertThat(left).as("the engine is still being opened").isNotDone();
    leaving.take(Which.OF_PARENT, PARENT, "10.0.0.2", List.of());
    leaving.tick();
    go.countDown();
    assertThat(left).succeedsWithin(Duration.ofSeconds(30));
    assertThat(slow.open).as("the engine was closed").hasValue(0);
    leaving.close();
    assertThat(leaving.leaveAll()).isDone();
    leaving.take(Which.OF_PARENT, PARENT, "10.0.0.2", List.of());
    assertThat(network.joined).isEmpty();
    assertThat(slow.opened).hasSize(1);
    assertThat(slow.open).hasValue(0);
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly(latch);
  }

  @Test
  void tellThatNobodyIsSeenWhenTheyAreLeft() throws Exception {
    take("10.0.0.2");
    joined(1).pretend(member("10.0.0.7"));
    groups.close();
    assertThat(groups.view(Which.OF_PARENT)).isEmpty();
    assertThat(groups.self(Which.OF_PARENT)).isEmpty();
    GroupView last = List.copyOf(heard).get(heard.size() - 1);
    assertThat(last).isEqualTo(GroupView.none(PARENT));
  }

  @Test
  void areTriedAgainAfterAFailureOfTheEngine() {
    SimulatedNetwork.Port broken = network.new Port();
    java.util.concurrent.atomic.AtomicInteger attempts =
        new java.util.concurrent.atomic.AtomicInteger();
    Groups failing =
        groups(
            NodeKey.generate().id(),
            secrets,
            spoken -> {
              if (attempts.incrementAndGet() == 1) {
                throw new IllegalStateException("a test's failure");
              }
              return broken.open(spoken);
            });
    failing.take(Which.OF_PARENT, PARENT, "10.0.0.2", List.of());
    failing.tick();
    joined(1);
  }
}
