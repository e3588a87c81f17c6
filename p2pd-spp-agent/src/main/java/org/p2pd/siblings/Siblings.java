package org.p2pd.siblings;

import com.google.common.base.Ticker;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.p2pd.catalogue.Replica;
import org.p2pd.cluster.EngineOpener;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.RememberedPeers;
import org.p2pd.fetch.BlockSource;
import org.p2pd.holdings.KnownHoldings;
import org.p2pd.leases.LeaseTable;
import org.p2pd.model.BlockSize;
import org.p2pd.model.NodeId;
import org.p2pd.spp.GroupMembers;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.Referral;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.client.Endpoint;
import org.p2pd.spp.client.SppClient;
import org.p2pd.spp.server.Arbiter;
import org.p2pd.spp.server.GroupDirectory;
import org.p2pd.spp.server.LeaseArbiter;
import org.p2pd.upstream.News;
import org.p2pd.upstream.Upstream;

/**
 * A node among the others: the group of its first parent, if it is a cache, and that of its own
 * children, if it may have some. Talks to no one before {@link #begin}. Thread-safe.
 */
public final class Siblings implements GroupDirectory, AutoCloseable {

  private static final int MAX_QUEUED_LOOKUPS = 256;

  /**
   * Who the node is to the others.
   *
   * @param share whether it may have children
   * @param advertised the host by which others reach it; empty: as they see it
   * @param bound the one address that it listens on; empty: any
   * @param hints names behind whose addresses members may be found, at this node's own port
   * @param state where what it remembers is kept
   */
  public record Config(
      NodeId self,
      NodeFacts.Role role,
      boolean share,
      Optional<String> advertised,
      Optional<InetAddress> bound,
      List<String> hints,
      Path state) {
    public Config {
      hints = List.copyOf(hints);
    }
  }

  /**
   * What it runs on.
   *
   * @param endpoint where this node answers; asked for only after it has begun
   * @param timers one thread that never waits; not closed with it
   * @param work where files are read and written
   */
  public record World(
      SppClient client,
      Secrets secrets,
      EngineOpener engine,
      Supplier<Endpoint> endpoint,
      ScheduledExecutorService timers,
      Executor work,
      InstantSource clock,
      Ticker ticker,
      RandomGenerator random) {}

  /**
   * What a cache has that siblings share in.
   *
   * @param sourcesChanged called when a sibling came or went; must not wait
   */
  public record Cache(
      Upstream upstream,
      Replica replica,
      KnownHoldings known,
      BlockSize blockSize,
      Runnable sourcesChanged) {}

  private final Config config;
  private final World world;
  private final ThreadPoolExecutor names;
  private final Groups groups;
  private final Optional<LeaseArbiter> arbiter;
  private final Optional<ChildGroup> children;
  private final Optional<OwnGroup> own;
  private final Optional<SiblingNews> news;

  private Siblings(Config config, World world, Optional<Cache> cache) {
    this.config = config;
    this.world = world;
    this.arbiter =
        config.share()
            ? Optional.of(new LeaseArbiter(this::child, world.ticker()))
            : Optional.empty();
    this.names = newNames();
    this.groups =
        new Groups(
            new Groups.Self(config.self(), config.role(), world.endpoint()),
            world.secrets(),
            world.engine(),
            this::changed);
    OwnHost host = new OwnHost(config.advertised(), config.bound(), names);
    this.children =
        arbiter.map(
            leases ->
                new ChildGroup(
                    groups,
                    config.self(),
                    config.role(),
                    host,
                    remembered("children"),
                    leases::left,
                    world.ticker()));
    this.own = cache.map(parts -> ownGroup(parts, host));
    this.news = cache.map(this::siblingNews);
  }

  /** A server among its children. */
  public static Siblings ofServer(Config config, World world) {
    return new Siblings(config, world, Optional.empty());
  }

  /** A cache among its siblings, and its children. */
  public static Siblings ofCache(Config config, World world, Cache cache) {
    return new Siblings(config, world, Optional.of(cache));
  }

  /** Names are looked up there: a resolver may hang. */
  private static ThreadPoolExecutor newNames() {
    ThreadPoolExecutor names =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MAX_QUEUED_LOOKUPS),
            new ThreadFactoryBuilder().setNameFormat("p2pd-hints").setDaemon(true).build());
    names.allowCoreThreadTimeOut(true);
    return names;
  }

  private RememberedPeers remembered(String name) {
    return RememberedPeers.open(config.state().resolve(name), world.clock(), world.work());
  }

  private OwnGroup ownGroup(Cache cache, OwnHost host) {
    return new OwnGroup(
        new OwnGroup.Parts(
            config.self(),
            new Hints(config.hints(), world.endpoint(), names),
            cache.upstream(),
            world.client(),
            new MemberSecret(world.secrets()),
            cache.known(),
            new HoldingsLink.World(
                world.timers(), world.work(), world.ticker(), world.random(), cache.blockSize()),
            remembered("siblings"),
            host,
            cache.sourcesChanged()),
        groups,
        FirstParent.in(config.state().resolve("group"), world.work()));
  }

  private SiblingNews siblingNews(Cache cache) {
    return new SiblingNews(
        News.of(cache.replica()),
        cache.upstream()::isAnyUsable,
        () -> own.map(group -> group.links().peers()).orElse(List.of()),
        world.timers(),
        world.work(),
        world.ticker(),
        world.random());
  }

  /** Begins to look for others; called once, when this node itself answers. */
  public void begin() {
    if (children.isPresent()) {
      groups.open();
    }
    children.ifPresent(ChildGroup::begin);
    own.ifPresent(OwnGroup::begin);
    news.ifPresent(SiblingNews::begin);
  }

  private void changed(Groups.Which which, GroupView view) {
    switch (which) {
      case OF_PARENT -> own.ifPresent(group -> group.changed(view));
      case OF_CHILDREN -> children.ifPresent(group -> group.changed(view));
    }
  }

  /** Looks whether something changed that nobody tells of; called about once a second. */
  public void tick() {
    groups.tick();
    own.ifPresent(OwnGroup::tick);
  }

  /** The siblings as sources of blocks. */
  public List<BlockSource> sources() {
    return own.map(group -> group.links().sources()).orElse(List.of());
  }

  /** The node to which a parent referred. */
  public Optional<BlockSource> referred(Referral referral) {
    return own.flatMap(group -> group.referred(referral));
  }

  /** Decides which child a question is referred to; nothing on a node that has none. */
  public Optional<Arbiter> arbiter() {
    return arbiter.map(leases -> leases);
  }

  /** What was decided about children's questions; nothing on a node that has none. */
  public Optional<LeaseTable.Stats> leases() {
    return arbiter.map(LeaseArbiter::stats);
  }

  /** Where a child answers that is alive. */
  private Optional<NodeAddress> child(NodeId id) {
    return children.flatMap(group -> group.alive(id));
  }

  @Override
  public Optional<GroupMembers> ofChildren(InetAddress reachedAt) {
    Endpoint endpoint = world.endpoint().get();
    return children.map(group -> group.told(reachedAt, endpoint.port(), endpoint.contextPath()));
  }

  @Override
  public Optional<GroupMembers> own() {
    return own.flatMap(OwnGroup::told);
  }

  /** What is wrong with groups, one sentence each, with what to do. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>(own.map(OwnGroup::problems).orElse(List.of()));
    if (own.isEmpty()) {
      groups.problem().ifPresent(problems::add);
    }
    return problems;
  }

  /** Who is in view: the parent, siblings, and children. */
  public List<Acquaintance> inView() {
    List<Acquaintance> all = new ArrayList<>();
    own.ifPresent(group -> all.addAll(group.inView()));
    children.ifPresent(
        group ->
            group
                .members()
                .forEach(child -> all.add(new Acquaintance(child, Acquaintance.Relation.CHILD))));
    return all;
  }

  /**
   * Leaves all groups, so that nobody asks this node any more; what is under way goes on.
   *
   * @return complete when they were left, or when that failed
   */
  public CompletableFuture<Void> leave() {
    news.ifPresent(SiblingNews::close);
    own.ifPresent(OwnGroup::leave);
    return groups.leaveAll();
  }

  @Override
  public void close() {
    news.ifPresent(SiblingNews::close);
    own.ifPresent(OwnGroup::close);
    groups.close();
    names.shutdown();
  }
}
