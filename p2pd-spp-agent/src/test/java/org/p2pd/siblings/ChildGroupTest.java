package org.p2pd.siblings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.base.Ticker;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.cluster.EngineOpener;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.RememberedPeers;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;
import org.p2pd.spp.GroupMembers;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.client.Endpoint;

class ChildGroupTest {

  private static final NodeId SELF = NodeKey.generate().id();

  private final SimulatedNetwork network = new SimulatedNetwork();
  private final SimulatedNetwork.Port port = network.new Port();
  private final ConcurrentLinkedQueue<NodeId> left = new ConcurrentLinkedQueue<>();
  private final AtomicLong now = new AtomicLong();
  private @TempDir Path directory;
  private Groups groups;
  private volatile ChildGroup children;

  @BeforeEach
  void start() throws Exception {
    start(port, Optional.empty());
  }

  private void start(EngineOpener opener, Optional<String> advertised) {
    groups =
        new Groups(
            new Groups.Self(SELF, NodeFacts.Role.SERVER, () -> new Endpoint(8080, "")),
            Secrets.given(List.of(Secret.random(new SecureRandom()))),
            opener,
            (which, view) -> children.changed(view));
    children =
        new ChildGroup(
            groups,
            SELF,
            NodeFacts.Role.SERVER,
            new OwnHost(advertised, Optional.empty(), Runnable::run),
            RememberedPeers.open(
                directory.resolve("children"), InstantSource.system(), Runnable::run),
            left::add,
            new Ticker() {
              @Override
              public long read() {
                return now.get();
              }
            });
  }

  @AfterEach
  void end() {
    groups.close();
    network.close();
  }

  private SimulatedNetwork.Joined joined(int count) {
    await().atMost(Duration.ofSeconds(30)).until(() -> network.joined.size() == count);
    network.settled();
    return network.joined.get(count - 1);
  }

  private GroupMembers told(String reachedAt) throws Exception {
    return children.told(InetAddress.getByName(reachedAt), 8080, "");
  }

  private String host(int count) {
    return joined(count).self.address().host();
  }

  private static Member child(int number) {
    return new Member(
        NodeKey.generate().id(),
        NodeFacts.Role.CACHE,
        new NodeAddress("10.1.0." + number, 8080, ""),
        8081);
  }

  @Test
  void isJoinedUnderTheHostThatTheFirstChildShows() throws Exception {
    children.begin();
    joined(1);
    assertThat(told("10.9.9.9").members().get(0).address().host()).isEqualTo("10.9.9.9");
    assertThat(host(2)).isEqualTo("10.9.9.9");
    assertThat(network.joined.get(1).group).isEqualTo(SELF);
  }

  @Test
  void staysUnderTheHostThatOneChildHasShownWhateverOthersShow() throws Exception {
    children.begin();
    joined(1);
    told("10.9.9.9");
    joined(2);
    for (int i = 1; i < 10; i++) {
      assertThat(told("192.168.0." + i).members().get(0).address().host())
          .as("where it is for that child")
          .isEqualTo("192.168.0." + i);
      now.addAndGet(ChildGroup.UNUSED.toNanos() - 1);
      told("10.9.9.9");
      told("127.0.0.1");
    }
    groups.close();
    assertThat(network.joined).hasSize(2);
  }

  @Test
  void followsWhereChildrenReachItWhenNobodyDoesAnyMoreWhereTheyDid() throws Exception {
    children.begin();
    joined(1);
    told("10.9.9.9");
    joined(2);
    now.addAndGet(ChildGroup.UNUSED.toNanos() - 1);
    told("192.168.0.1");
    now.incrementAndGet();
    told("127.0.0.1");
    told("192.168.0.1");
    assertThat(host(3)).isEqualTo("192.168.0.1");
    told("10.9.9.9");
    groups.close();
    assertThat(network.joined).hasSize(3);
  }

  @Test
  void believesAChildOnTheSameMachineOnlyUntilAnotherComes() throws Exception {
    children.begin();
    joined(1);
    told("127.0.0.1");
    assertThat(host(2)).isEqualTo("127.0.0.1");
    told("127.0.0.2");
    assertThat(told("10.9.9.9").members().get(0).address().host()).isEqualTo("10.9.9.9");
    assertThat(host(3)).isEqualTo("10.9.9.9");
    told("127.0.0.1");
    groups.close();
    assertThat(network.joined).hasSize(3);
  }

  @Test
  void keepsWhatAChildShowedBeforeItBegan() throws Exception {
    told("10.9.9.9");
    children.begin();
    assertThat(host(1)).isEqualTo("10.9.9.9");
    groups.close();
    assertThat(network.joined).hasSize(1);
  }

  @Test
  void isToldWithTheParentFirstAndItsClusterPort() throws Exception {
    told("10.9.9.9");
    Member one = child(1);
    joined(1).pretend(one);
    GroupMembers told = told("10.9.9.9");
    assertThat(told.group()).isEqualTo(SELF);
    assertThat(told.members())
        .containsExactly(
            new GroupMembers.Entry(
                SELF, NodeFacts.Role.SERVER, new NodeAddress("10.9.9.9", 8080, ""), groups.port()),
            new GroupMembers.Entry(one.id(), one.role(), one.address(), one.clusterPort()));
    assertThat(children.alive(one.id())).contains(one.address());
  }

  @Test
  void isToldShortenedWhenItIsTooLarge() throws Exception {
    told("10.9.9.9");
    Member[] many = IntStream.range(0, 300).mapToObj(ChildGroupTest::child).toArray(Member[]::new);
    joined(1).pretend(many);
    assertThat(told("10.9.9.9").members()).hasSize(SppLimits.MAX_MEMBERS);
    assertThat(told("10.9.9.9").members().get(0).id()).isEqualTo(SELF);
  }

  @Test
  void isToldAtOnceAlthoughThePortTakesItsTime() throws Exception {
    groups.close();
    CountDownLatch go = new CountDownLatch(1);
    start(
        secrets -> {
          com.google.common.util.concurrent.Uninterruptibles.awaitUninterruptibly(go);
          return port.open(secrets);
        },
        Optional.empty());
    children.begin();
    GroupMembers told =
        CompletableFuture.supplyAsync(
                () -> {
                  try {
                    return told("10.9.9.9");
                  } catch (Exception e) {
                    throw new AssertionError(e);
                  }
                })
            .get(20, TimeUnit.SECONDS);
    assertThat(told.members().get(0).clusterPort()).as("it has none yet").isZero();
    go.countDown();
  }

  @Test
  void tellsOfChildrenThatLeft() throws Exception {
    told("10.9.9.9");
    Member one = child(1);
    Member two = child(2);
    joined(1).pretend(one, two);
    joined(1).pretend(two);
    assertThat(left).containsExactly(one.id());
    assertThat(children.alive(one.id())).isEmpty();
    groups.close();
    assertThat(left).containsExactly(one.id(), two.id());
  }

  @Test
  void isJoinedUnderTheHostThatTheOwnerNamed() throws Exception {
    groups.close();
    start(port, Optional.of("cdn.example"));
    children.begin();
    assertThat(told("10.9.9.9").members().get(0).address().host()).isEqualTo("cdn.example");
    assertThat(host(1)).isEqualTo("cdn.example");
    groups.close();
    assertThat(network.joined).hasSize(1);
  }

  @Test
  void isFoundAgainByTheSeedsOfLastTime() throws Exception {
    told("10.9.9.9");
    Member one = child(1);
    joined(1).pretend(one);
    groups.close();
    start(port, Optional.empty());
    children.begin();
    assertThat(joined(2).seeds).containsExactly(one.seed());
  }
}
