package org.p2pd.siblings;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.p2pd.cluster.Engine;
import org.p2pd.cluster.EngineOpener;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.Membership;
import org.p2pd.cluster.Seed;
import org.p2pd.model.NodeId;
import org.p2pd.spp.Secret;

/**
 * Group communication in memory: who joins looks once at its seeds, and is in one view with whom it
 * finds and all whom those see; who finds nobody is alone, until it joins again. Views come on the
 * network's one thread, to which its state is confined.
 */
final class SimulatedNetwork implements AutoCloseable {

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread network = new Thread(task, "test-network");
            network.setDaemon(true);
            return network;
          });

  private final Set<Joined> members = new LinkedHashSet<>();
  private final Set<NodeId> cutOff = new HashSet<>();
  private final AtomicInteger lastPort = new AtomicInteger(20_000);

  /** Every membership that ever was, in order. */
  final List<Joined> joined = new CopyOnWriteArrayList<>();

  final AtomicInteger rejoins = new AtomicInteger();

  /** Those are seen by nobody, and see nobody. */
  void cut(Set<NodeId> nodes) {
    await(
        () -> {
          cutOff.addAll(nodes);
          tell();
        });
  }

  void heal() {
    await(
        () -> {
          cutOff.clear();
          tell();
        });
  }

  /** All that was done before has been told. */
  void settled() {
    await(() -> {});
  }

  private void await(Runnable step) {
    try {
      Future<?> done = thread.submit(step);
      done.get(30, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }

  private void tell() {
    for (Joined member : members) {
      member.tell(component(member));
    }
  }

  private List<Member> component(Joined of) {
    Set<Joined> found = new LinkedHashSet<>(List.of(of));
    Deque<Joined> next = new ArrayDeque<>(found);
    while (!next.isEmpty()) {
      Joined one = next.pop();
      for (Joined other : members) {
        if (one.met.contains(other) && !isCut(one, other) && found.add(other)) {
          next.add(other);
        }
      }
    }
    found.remove(of);
    return found.stream().map(joined -> joined.self).toList();
  }

  private boolean isCut(Joined one, Joined other) {
    return cutOff.contains(one.self.id()) != cutOff.contains(other.self.id());
  }

  /** The port of one node. */
  final class Port implements EngineOpener {
    final List<List<Secret>> opened = new CopyOnWriteArrayList<>();
    final AtomicInteger open = new AtomicInteger();
    volatile boolean taken;

    @Override
    public Engine open(List<Secret> secrets) throws IOException {
      if (taken) {
        throw new IOException("port 8081 is in use");
      }
      opened.add(secrets);
      open.incrementAndGet();
      int number = lastPort.incrementAndGet();
      return new Engine() {
        @Override
        public int port() {
          return number;
        }

        @Override
        public Membership join(
            Member self, NodeId group, Collection<Seed> seeds, Consumer<GroupView> listener) {
          Joined membership = new Joined(self, group, secrets, listener);
          joined.add(membership);
          membership.begin(List.copyOf(seeds));
          return membership;
        }

        @Override
        public void close() {
          open.decrementAndGet();
        }
      };
    }
  }

  /** One node in one group. */
  final class Joined implements Membership {
    final Member self;
    final NodeId group;
    final List<Seed> seeds = new CopyOnWriteArrayList<>();
    volatile boolean left;
    private final List<Secret> secrets;
    private final Consumer<GroupView> listener;
    private final Set<Joined> met = new HashSet<>();
    private volatile GroupView view;

    private Joined(Member self, NodeId group, List<Secret> secrets, Consumer<GroupView> listener) {
      this.self = self;
      this.group = group;
      this.secrets = secrets;
      this.listener = listener;
      this.view = GroupView.none(group);
    }

    private void begin(List<Seed> known) {
      seeds.addAll(known);
      thread.execute(
          () -> {
            members.add(this);
            look();
          });
    }

    private void look() {
      for (Joined other : members) {
        boolean ofUs = other != this && other.group.equals(group);
        if (ofUs && seeds.contains(other.self.seed()) && understands(other)) {
          met.add(other);
          other.met.add(this);
        }
      }
      SimulatedNetwork.this.tell();
    }

    private boolean understands(Joined other) {
      return other.secrets.contains(secrets.get(0)) && secrets.contains(other.secrets.get(0));
    }

    private void tell(List<Member> others) {
      if (!view.joined() || !Set.copyOf(others).equals(Set.copyOf(view.others()))) {
        view = new GroupView(view.number() + 1, group, others);
        listener.accept(view);
      }
    }

    /** Tells a view as if the network had found it. */
    void pretend(Member... others) {
      List<Member> seen = new ArrayList<>(List.of(others));
      await(() -> tell(seen));
    }

    /** Says what it still had to say when it was left. */
    void mumble(Member... others) {
      listener.accept(new GroupView(99, group, List.of(others)));
    }

    @Override
    public void seeds(Collection<Seed> more) {
      seeds.addAll(more);
    }

    @Override
    public GroupView view() {
      return view;
    }

    @Override
    public void rejoin() {
      rejoins.incrementAndGet();
      thread.execute(this::look);
    }

    @Override
    public void close() {
      left = true;
      await(
          () -> {
            members.remove(this);
            SimulatedNetwork.this.tell();
          });
    }
  }
}
