package org.p2pd.siblings;

import static org.awaitility.Awaitility.await;

import com.google.common.base.Ticker;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.p2pd.catalogue.Journal;
import org.p2pd.catalogue.Pin;
import org.p2pd.catalogue.Replica;
import org.p2pd.holdings.KnownHoldings;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.BlockSize;
import org.p2pd.model.NodeId;
import org.p2pd.spp.GroupMembers;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.TestNode;
import org.p2pd.spp.client.Endpoint;
import org.p2pd.spp.server.GroupDirectory;
import org.p2pd.upstream.Upstream;

/** Servers and caches in one process: all of them that has to do with groups, and nothing else. */
final class GroupLab implements AutoCloseable {

  static final Duration SOON = Duration.ofSeconds(60);

  final SimulatedNetwork network = new SimulatedNetwork();
  private final Path directory;
  private final Secret secret;
  private final AtomicLong passedNanos = new AtomicLong();
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  GroupLab(Path directory, Secret secret) {
    this.directory = directory;
    this.secret = secret;
  }

  GroupLab(Path directory) {
    this(directory, Secret.random(new SecureRandom()));
  }

  Path fresh() throws IOException {
    return Files.createTempDirectory(directory, "node");
  }

  /** The time by which it is said what is wrong. */
  void passes(Duration time) {
    passedNanos.addAndGet(time.toNanos());
  }

  static void awaitThat(Callable<Boolean> what) {
    await().atMost(SOON).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(10)).until(what);
  }

  @Override
  public void close() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
    network.close();
  }

  /** What a test chooses of a node. */
  final class Plan {
    final String address;
    NodeKey key = NodeKey.generate();
    Path state;
    int port;
    List<NodeAddress> parents = List.of();
    List<String> hints = List.of();
    boolean share;
    CountDownLatch timersAreFree = new CountDownLatch(0);
    final SimulatedNetwork.Port engine = network.new Port();

    Plan(String address) throws IOException {
      this.address = address;
      this.state = fresh();
    }

    /** The key, state and address of an earlier life. */
    Plan again(Node before) {
      key = before.node.key;
      state = before.plan.state;
      port = before.node.transport.port();
      return this;
    }

    Plan below(NodeAddress... nodes) {
      parents = Arrays.asList(nodes);
      return this;
    }

    /** A cache that looks for members there. */
    Plan hinted(NodeAddress member) {
      port = member.port();
      hints = List.of(member.host());
      return this;
    }

    Node start() throws IOException {
      Node node = new Node(this);
      open.push(node);
      node.begin();
      return node;
    }
  }

  Node server(String address) throws IOException {
    Plan plan = new Plan(address);
    plan.share = true;
    return plan.start();
  }

  Node cache(String address, NodeAddress... parents) throws IOException {
    return new Plan(address).below(parents).start();
  }

  /** A server if it has no parents, else a cache. */
  final class Node implements AutoCloseable {
    final Plan plan;
    final TestNode node;
    final Siblings siblings;
    final AtomicInteger sourcesChanged = new AtomicInteger();
    Journal journal;
    Replica replica;
    Upstream upstream;
    KnownHoldings known;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    private Node(Plan plan) throws IOException {
      this.plan = plan;
      CompletableFuture<GroupDirectory> directoryOfGroups = new CompletableFuture<>();
      TestNode.Choice choice = new TestNode.Choice(plan.address, fresh());
      choice.key = plan.key;
      choice.port = plan.port;
      choice.secrets = Secrets.given(List.of(secret));
      choice.share = plan.share;
      choice.groups = new Late(directoryOfGroups);
      Path catalogue = Files.createDirectories(plan.state.resolve("catalogue"));
      if (plan.parents.isEmpty()) {
        journal = part(Journal.open(catalogue, plan.key, InstantSource.system()));
        choice.feed = Optional.of(journal);
      } else {
        Pin pin = Pin.open(plan.state.resolve("authority"), Optional.empty());
        replica = part(Replica.open(catalogue, pin));
        choice.feed = Optional.of(replica);
      }
      node = part(choice.start());
      siblings = part(plan.parents.isEmpty() ? Siblings.ofServer(config(), world()) : ofCache());
      directoryOfGroups.complete(siblings);
    }

    private <T extends AutoCloseable> T part(T thing) {
      parts.push(thing);
      return thing;
    }

    private Siblings ofCache() throws IOException {
      upstream =
          part(
              Upstream.of(
                  plan.parents,
                  List.of(),
                  node.client,
                  node.secrets,
                  replica,
                  new Upstream.World(
                      node.key.id(),
                      node.timers,
                      node.threads,
                      InstantSource.system(),
                      Ticker.systemTicker(),
                      new SecureRandom(),
                      () -> {},
                      (edition, range) -> true)));
      known = new KnownHoldings(node.key.id(), new SecureRandom(), Ticker.systemTicker());
      return Siblings.ofCache(
          config(),
          world(),
          new Siblings.Cache(
              upstream, replica, known, BlockSize.DEFAULT, sourcesChanged::incrementAndGet));
    }

    private Siblings.Config config() throws IOException {
      return new Siblings.Config(
          node.key.id(),
          plan.parents.isEmpty() ? NodeFacts.Role.SERVER : NodeFacts.Role.CACHE,
          plan.share,
          Optional.empty(),
          Optional.of(InetAddress.getByName(plan.address)),
          plan.hints,
          plan.state);
    }

    private Siblings.World world() {
      return new Siblings.World(
          node.client,
          node.secrets,
          plan.engine,
          () -> new Endpoint(node.transport.port(), ""),
          node.timers,
          node.threads,
          InstantSource.system(),
          new Ticker() {
            @Override
            public long read() {
              return System.nanoTime() + passedNanos.get();
            }
          },
          new SecureRandom());
    }

    private void begin() {
      node.timers.execute(() -> Uninterruptibles.awaitUninterruptibly(plan.timersAreFree));
      if (upstream != null) {
        upstream.begin();
      }
      siblings.begin();
      ScheduledFuture<?> unused =
          node.timers.scheduleWithFixedDelay(siblings::tick, 20, 20, TimeUnit.MILLISECONDS);
    }

    NodeId id() {
      return node.key.id();
    }

    NodeAddress address() {
      return node.address();
    }

    /** Waits until it sees exactly those. */
    void awaitView(Node... others) {
      List<NodeId> ids = Arrays.stream(others).map(Node::id).sorted(BY_TEXT).toList();
      awaitThat(() -> view().equals(ids));
    }

    List<NodeId> view() {
      return siblings.inView().stream().map(one -> one.member().id()).sorted(BY_TEXT).toList();
    }

    /** Its memberships, in order. */
    List<SimulatedNetwork.Joined> joined() {
      return network.joined.stream().filter(joined -> joined.self.id().equals(id())).toList();
    }

    SimulatedNetwork.Joined awaitJoined() {
      awaitThat(() -> !joined().isEmpty());
      network.settled();
      return joined().get(0);
    }

    long asked(String request) {
      return node.transport.requests.stream().filter(one -> one.startsWith(request)).count();
    }

    @Override
    public void close() throws IOException {
      try {
        while (!parts.isEmpty()) {
          parts.pop().close();
        }
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
  }

  private static final java.util.Comparator<NodeId> BY_TEXT =
      java.util.Comparator.comparing(NodeId::toString);

  /** Groups of a node that answers before they are there. */
  private record Late(CompletableFuture<GroupDirectory> groups) implements GroupDirectory {
    @Override
    public Optional<GroupMembers> ofChildren(InetAddress reachedAt) {
      return groups.join().ofChildren(reachedAt);
    }

    @Override
    public Optional<GroupMembers> own() {
      return groups.join().own();
    }
  }
}
