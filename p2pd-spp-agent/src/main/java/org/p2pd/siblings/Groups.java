package org.p2pd.siblings;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.io.IOException;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.p2pd.cluster.Engine;
import org.p2pd.cluster.EngineOpener;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.Membership;
import org.p2pd.cluster.Seed;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.client.Endpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The groups that this node takes part in, at most two: that of its first parent, and that of its
 * own children. Joins each as soon as all is known that this takes (secret, group, own address),
 * and anew when any of it has become another.
 *
 * <p>What may wait (a port to be bound, a membership to be closed) is done by one thread, {@code
 * p2pd-groups}, which owns the state; everyone else leaves word and goes on.
 */
final class Groups implements AutoCloseable {

  /** Which of the two. */
  enum Which {
    OF_PARENT,
    OF_CHILDREN
  }

  /**
   * Who this node is to the others.
   *
   * @param endpoint where it answers over HTTP; asked for when a group is joined
   */
  record Self(NodeId id, NodeFacts.Role role, Supplier<Endpoint> endpoint) {}

  private static final Logger LOG = LoggerFactory.getLogger(Groups.class);
  private static final int MAX_SEEDS = 256;
  private static final long END_SECONDS = 20;

  /** One membership in one group, from before it is joined until it is left. */
  private static final class Part {
    final NodeId group;
    final String host;

    /** Confined to the thread, as is the membership. */
    final Set<Seed> seeds = new LinkedHashSet<>();

    @Nullable Membership membership;

    /** No view of it counts any more. Guarded by {@code telling}. */
    boolean over;

    Part(NodeId group, String host) {
      this.group = group;
      this.host = host;
    }

    Part anew() {
      Part again = new Part(group, host);
      again.seeds.addAll(seeds);
      return again;
    }

    /** Those named last stay when there are too many. */
    void add(Collection<Seed> more) {
      seeds.removeAll(more);
      seeds.addAll(more);
      while (seeds.size() > MAX_SEEDS) {
        seeds.remove(seeds.iterator().next());
      }
    }
  }

  private final Self self;
  private final Secrets secrets;
  private final EngineOpener opener;
  private final BiConsumer<Which, GroupView> listener;
  private final ThreadPoolExecutor thread;

  // Confined to the thread.
  private final Map<Which, Part> parts = new EnumMap<>(Which.class);
  private List<Secret> spoken = List.of();
  private @Nullable Engine engine;
  private boolean leftForGood;

  /** Held while a view is told, so that each listener hears one after the other, in order. */
  private final Object telling = new Object();

  private volatile Map<Which, GroupView> views = Map.of();
  private final Map<Which, Member> selves = new ConcurrentHashMap<>();
  private volatile int enginePort;
  private volatile boolean wanted;
  private volatile Optional<String> problem = Optional.empty();
  private final CompletableFuture<Void> left = new CompletableFuture<>();

  /**
   * Takes part in nothing yet.
   *
   * @param listener hears every view; must not wait
   */
  Groups(Self self, Secrets secrets, EngineOpener opener, BiConsumer<Which, GroupView> listener) {
    this.self = self;
    this.secrets = secrets;
    this.opener = opener;
    this.listener = listener;
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new ThreadFactoryBuilder().setNameFormat("p2pd-groups").setDaemon(true).build());
    thread.allowCoreThreadTimeOut(true);
  }

  /**
   * This node belongs to that group, in which others reach it at that host.
   *
   * @param seeds where members may be found; they are added to those known of this group
   */
  void take(Which which, NodeId group, String host, Collection<Seed> seeds) {
    List<Seed> given = List.copyOf(seeds);
    later(
        () -> {
          Part part = parts.get(which);
          if (part == null || !part.group.equals(group) || !part.host.equals(host)) {
            leave(which, part);
            part = new Part(group, host);
            parts.put(which, part);
          }
          part.add(given);
          if (part.membership != null) {
            part.membership.seeds(given);
          }
          look();
        });
  }

  /** Opens the port, although there may be no group to join yet. */
  void open() {
    wanted = true;
    later(this::look);
  }

  /** Joins again, if this node is alone in its parent's group. */
  void rejoin() {
    later(
        () -> {
          Part part = parts.get(Which.OF_PARENT);
          if (part != null && part.membership != null) {
            part.membership.rejoin();
          }
        });
  }

  /** Looks whether something has changed that nobody tells of; called now and then. */
  void tick() {
    later(this::look);
  }

  /** What is seen of a group; nothing before it was joined. */
  Optional<GroupView> view(Which which) {
    return Optional.ofNullable(views.get(which)).filter(GroupView::joined);
  }

  /** This node as the members of a group are told of it. */
  Optional<Member> self(Which which) {
    return Optional.ofNullable(selves.get(which));
  }

  /** The port on which members reach this node; 0 while there is none. */
  int port() {
    return enginePort;
  }

  /** Why no group can be joined, with what to do. */
  Optional<String> problem() {
    return problem;
  }

  /**
   * Leaves all groups, so that the others know at once; nothing is joined any more.
   *
   * @return complete when they were left, or when that failed
   */
  CompletableFuture<Void> leaveAll() {
    later(
        () -> {
          leftForGood = true;
          try {
            closeEngine();
          } finally {
            left.complete(null);
            thread.shutdown();
          }
        });
    return left.copy();
  }

  // On the thread.

  private void take(Runnable step) {
    if (leftForGood) {
      return; // what was asked for before this node left
    }
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.error("a group was not joined or left; it is tried again", e);
    }
  }

  private void look() {
    List<Secret> now = secrets.accepted();
    if (!now.equals(spoken)) {
      closeEngine();
      spoken = now;
    }
    if (spoken.isEmpty() || (parts.isEmpty() && !wanted) || !isOpen()) {
      return;
    }
    parts.forEach(this::join);
  }

  private boolean isOpen() {
    if (engine != null) {
      return true;
    }
    try {
      engine = opener.open(spoken);
      enginePort = engine.port();
      if (problem.isPresent()) {
        LOG.info("port {} for the cluster is free now", enginePort);
      }
      problem = Optional.empty();
      return true;
    } catch (IOException e) {
      String message =
          "this node cannot join those with the same parent ("
              + e.getMessage()
              + "): free that port (no restart is needed), or choose another with --cluster-port;"
              + " titles are served meanwhile";
      if (!problem.equals(Optional.of(message))) {
        LOG.warn("{}", message);
      }
      problem = Optional.of(message);
      return false;
    }
  }

  private void join(Which which, Part part) {
    Engine open = engine;
    if (part.membership != null || open == null) {
      return;
    }
    Endpoint at = self.endpoint().get();
    Member member =
        new Member(
            self.id(),
            self.role(),
            new NodeAddress(part.host, at.port(), at.contextPath()),
            open.port());
    selves.put(which, member);
    part.membership = open.join(member, part.group, part.seeds, view -> changed(which, part, view));
  }

  /** Whoever was in view is not any more, before the membership ends. */
  private void leave(Which which, @Nullable Part part) {
    Membership left = part == null ? null : part.membership;
    if (part == null || left == null) {
      return;
    }
    part.membership = null;
    selves.remove(which);
    synchronized (telling) {
      changed(which, part, GroupView.none(part.group));
      part.over = true;
    }
    try {
      left.close();
    } catch (RuntimeException e) {
      LOG.error("group {} was not left as it should be: the others notice", part.group, e);
    }
  }

  private void closeEngine() {
    parts.replaceAll(
        (which, part) -> {
          leave(which, part);
          return part.anew();
        });
    if (engine != null) {
      engine.close();
      engine = null;
      enginePort = 0;
    }
  }

  // On the engine's threads, and on ours.

  private void changed(Which which, Part part, GroupView view) {
    synchronized (telling) {
      if (part.over) {
        return;
      }
      Map<Which, GroupView> next = new EnumMap<>(Which.class);
      next.putAll(views);
      next.put(which, view);
      views = next;
      listener.accept(which, view);
    }
  }

  private void later(Runnable step) {
    try {
      thread.execute(() -> take(step));
    } catch (RejectedExecutionException e) {
      LOG.debug("all groups were left: nothing more is done");
    }
  }

  /** Leaves all groups and ends the thread. */
  @Override
  public void close() {
    CompletableFuture<Void> unused = leaveAll();
    try {
      if (!thread.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("leaving the groups has not ended within {} s", END_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
