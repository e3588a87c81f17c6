package org.p2pd.cluster.jgroups;

import com.google.common.net.InetAddresses;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jgroups.Address;
import org.jgroups.View;
import org.jgroups.stack.IpAddress;
import org.jspecify.annotations.Nullable;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.Membership;
import org.p2pd.cluster.Seed;
import org.p2pd.cluster.sockets.ClusterPort;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Membership by JGroups. Joining, joining again and looking names up is done by one thread of its
 * own, {@code p2pd-cluster-join}; views come on the engine's threads, one after the other. Each
 * joining has an {@link Engine} of its own.
 *
 * <p>Lock order: {@code telling}, then {@code this}. The listener is called under {@code telling},
 * which nothing else takes.
 */
public final class JGroupsMembership implements Membership {

  private static final Logger LOG = LoggerFactory.getLogger(JGroupsMembership.class);

  static {
    EngineRules.enforce();
  }

  /** Random, so that nodes that are alone for the same reason do not join again all at once. */
  private static final Duration REJOIN_WITHIN = Duration.ofMillis(300);

  private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);
  private static final long END_SECONDS = 10;

  /** The most of a view's addresses that are looked at; those known before come first. */
  private static final int MAX_LOOKED_AT = 1_024;

  private final Member self;
  private final NodeKey key;
  private final NodeId group;
  private final ClusterPort port;
  private final Consumer<GroupView> listener;
  private final RandomGenerator random;
  private final ScheduledThreadPoolExecutor steps;
  private final SeedList seeds = new SeedList();
  private final AtomicBoolean rejoining = new AtomicBoolean();
  private final Object telling = new Object();

  @GuardedBy("this")
  private @Nullable Engine engine;

  @GuardedBy("this")
  private boolean closed;

  /**
   * Confined to the thread that joins: whether the engine has joined; if not, that is under way.
   */
  private boolean joined;

  /** Confined to the thread that joins: what was wrong the last time, to be said once. */
  private String trouble = "";

  /** Written under {@code telling}. */
  private volatile GroupView view;

  @GuardedBy("telling")
  private Set<Address> lastLookedAt = Set.of();

  private JGroupsMembership(
      Member self,
      NodeKey key,
      NodeId group,
      ClusterPort port,
      Consumer<GroupView> listener,
      RandomGenerator random) {
    this.self = self;
    this.key = key;
    this.group = group;
    this.port = port;
    this.listener = listener;
    this.random = random;
    this.view = GroupView.none(group);
    this.steps =
        new ScheduledThreadPoolExecutor(
            1,
            new ThreadFactoryBuilder()
                .setNameFormat(EngineThreads.PREFIX + "join")
                .setDaemon(true)
                .build());
    steps.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * Begins to join a group, and returns at once.
   *
   * @param self this node as the others are to reach it; its host and cluster port may be those of
   *     a machine in front of it. A host that is a name is looked up once for each joining
   * @param key this node's own, with which it signs where it is
   * @param group the node id of the group's parent, which may be this node's own
   * @param seeds where members may be found
   * @param port carries the connections of all of this node's groups; closed by the caller, after
   *     this. It can be in a group once
   * @param listener hears every view, in order, on a thread of the engine: it must neither wait nor
   *     close this
   */
  public static JGroupsMembership join(
      Member self,
      NodeKey key,
      NodeId group,
      Collection<Seed> seeds,
      ClusterPort port,
      Consumer<GroupView> listener,
      RandomGenerator random) {
    JGroupsMembership membership = new JGroupsMembership(self, key, group, port, listener, random);
    boolean unused = membership.seeds.add(seeds);
    membership.later(Duration.ZERO, membership::join);
    return membership;
  }

  // Joining.

  private void join() {
    if (joined) {
      return;
    }
    Engine next = null;
    try {
      next = Engine.of(reachedSelf(), places(), port, this::changed);
      if (becomes(next)) {
        port.forgetUnanswered();
        next.join();
        joined = true;
        trouble = "";
        LOG.debug("joined the group of {}", group);
      }
    } catch (Exception e) {
      // The engine's own signature says Exception. Whatever it was: the next attempt is a new
      // engine.
      failed(next, e);
    }
  }

  /** What it says of itself has an address, never a name: nobody looks others' names up. */
  private Engine.Self reachedSelf() throws UnknownHostException {
    InetAddress address = InetAddress.getByName(self.address().host());
    NodeAddress at =
        new NodeAddress(
            InetAddresses.toAddrString(address).replaceFirst("%.*", ""),
            self.address().port(),
            self.address().contextPath());
    Member reached = new Member(self.id(), self.role(), at, self.clusterPort());
    return new Engine.Self(reached, address, group, key);
  }

  /** Where members may be found; they may call from there, too. */
  private List<IpAddress> places() {
    List<IpAddress> places = seeds.places();
    port.expect(places.stream().map(IpAddress::getIpAddress).toList());
    return places;
  }

  private void failed(@Nullable Engine former, Exception e) {
    if (isClosed()) {
      return;
    }
    if (!trouble.equals(e.toString())) {
      trouble = e.toString();
      LOG.warn(
          "joining the group of {} as {} failed, and is tried again every {} s: check --bind,"
              + " --advertise and --cluster-port",
          group,
          self.seed(),
          AFTER_FAILURE.toSeconds(),
          e);
    }
    end(former);
    later(AFTER_FAILURE, this::join);
  }

  private void end(@Nullable Engine former) {
    if (former == null) {
      return;
    }
    try {
      former.close();
    } catch (RuntimeException e) {
      // It is given up in any case; the next one is new from the ground up.
      LOG.warn("leaving the group of {} went wrong", group, e);
    }
  }

  private boolean becomes(Engine next) {
    synchronized (this) {
      if (!closed) {
        engine = next;
        return true;
      }
    }
    end(next);
    return false;
  }

  @Override
  public void rejoin() {
    if (isAlone() && rejoining.compareAndSet(false, true)) {
      Duration pause = Duration.ofMillis(random.nextLong(REJOIN_WITHIN.toMillis() + 1));
      later(pause, this::rejoinNow);
    }
  }

  private void rejoinNow() {
    try {
      Engine last = engine();
      if (joined && isAlone() && last != null) {
        LOG.debug("alone in the group of {}: joining again", group);
        joined = false;
        end(last);
        join();
      }
    } finally {
      rejoining.set(false);
    }
  }

  private boolean isAlone() {
    GroupView now = view;
    return now.joined() && now.others().isEmpty();
  }

  // Where members may be found.

  @Override
  public void seeds(Collection<Seed> more) {
    if (seeds.add(more)) {
      later(
          Duration.ZERO,
          () -> {
            Engine now = engine();
            if (now != null) {
              now.seeds(places());
            }
          });
    }
  }

  // Views.

  @Override
  public GroupView view() {
    return view;
  }

  private void changed(Engine by, View engineView) {
    synchronized (telling) {
      if (by != engine()) {
        return; // the last words of a former life
      }
      GroupView before = view;
      List<Member> others = MemberChoice.of(others(by, engineView), before);
      GroupView after = new GroupView(before.number() + 1, group, others);
      port.expect(others.stream().map(JGroupsMembership::address).toList());
      view = after;
      logChange(before, after);
      try {
        listener.accept(after);
      } catch (RuntimeException e) {
        LOG.error("a view of the group of {} was not taken in", group, e);
      }
    }
  }

  private static InetAddress address(Member member) {
    return InetAddresses.forString(member.address().host());
  }

  @GuardedBy("telling")
  private List<Member> others(Engine by, View engineView) {
    Map<NodeId, MemberAddress.Said> others = new LinkedHashMap<>();
    for (Address address : lookedAt(engineView.getMembers())) {
      if (by.isSelf(address)) {
        continue;
      }
      Optional<MemberAddress.Said> other = by.members().said(address);
      if (other.isEmpty()) {
        LOG.debug("a member of the group of {} does not say who it is: {}", group, address);
        continue;
      }
      // Of a node that was killed and is back the last one counts, and a former self is no other.
      NodeId id = other.get().member().id();
      if (!id.equals(self.id())) {
        others.merge(id, other.get(), MemberAddress.Said::orLater);
      }
    }
    return others.values().stream().map(MemberAddress.Said::member).toList();
  }

  @GuardedBy("telling")
  private Set<Address> lookedAt(List<Address> named) {
    Set<Address> before = lastLookedAt;
    Set<Address> looked = new LinkedHashSet<>(named);
    looked.retainAll(before);
    named.stream()
        .filter(address -> !before.contains(address))
        .limit(Math.max(0, MAX_LOOKED_AT - looked.size()))
        .forEach(looked::add);
    lastLookedAt = looked;
    return looked;
  }

  private void logChange(GroupView before, GroupView after) {
    List<NodeAddress> came = addresses(after, before);
    List<NodeAddress> went = addresses(before, after);
    if (!before.joined() || !came.isEmpty() || !went.isEmpty()) {
      LOG.info(
          "group of {}: {} others; came {}, went {}", group, after.others().size(), came, went);
    }
  }

  private static List<NodeAddress> addresses(GroupView of, GroupView without) {
    return of.others().stream()
        .filter(member -> !without.others().contains(member))
        .map(Member::address)
        .toList();
  }

  // The end.

  @Override
  public void close() {
    Engine last;
    synchronized (this) {
      closed = true;
      last = engine;
      engine = null;
    }
    steps.shutdown();
    end(last);
    try {
      if (!steps.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("joining the group of {} has not ended within {} s", group, END_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private synchronized @Nullable Engine engine() {
    return engine;
  }

  private void later(Duration pause, Runnable step) {
    Runnable seen =
        () -> {
          try {
            step.run();
          } catch (RuntimeException | Error e) {
            LOG.error(
                "the membership in the group of {} is broken until this node is restarted: please"
                    + " report it",
                group,
                e);
            throw e;
          }
        };
    try {
      ScheduledFuture<?> unused = steps.schedule(seen, pause.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("left the group of {}: nothing more is done there", group);
    }
  }

  @Override
  public String toString() {
    return "membership of " + self.seed() + " in the group of " + group;
  }
}
