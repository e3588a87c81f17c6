package org.p2pd.siblings;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.Reach;
import org.p2pd.cluster.Seed;
import org.p2pd.model.NodeId;
import org.p2pd.spp.GroupMembers;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.client.ControlRequest;
import org.p2pd.spp.client.Peer;
import org.p2pd.spp.client.Reply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the members of this node's group and has it join them (docs/spp.md section 6.1): asks the
 * first parent for its children; the other parents, the addresses behind the {@code -A} names and
 * the members of last time for their siblings. So it works while the parent is down.
 *
 * <p>It goes on asking, less and less often, until the group is whole: the parent is in view; then
 * once a minute. Its steps run on the timers' thread and never wait.
 */
final class Joining implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Joining.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final Duration WHOLE_PAUSE = Duration.ofMinutes(1);

  /** One sibling's word must not displace all that is known from others. */
  private static final int MAX_SEEDS_OF_SIBLING = 64;

  /** What joining is told and asks. */
  interface World {
    /** The first parent, if its session stands or could be opened; never waits. */
    Peer firstParent();

    /** Everyone else who may know the group: other parents, hints, members of last time. */
    List<Peer> others();

    /** The addresses at which this node knows its parents, the first one first. */
    List<String> parentAddresses();

    /** The own address from which that node is reached, as the others are to reach this one. */
    CompletableFuture<String> hostTowards(NodeAddress node);
  }

  private final World world;
  private final FirstParent firstParent;
  private final Groups groups;
  private final ScheduledExecutorService timers;

  // Confined to the timers' thread.
  private Duration pause = FIRST_PAUSE;
  private @Nullable ScheduledFuture<?> next;
  private int parentAnswersWhileAlone;

  /** The group that a sibling told of, while the parent has never shown its id. */
  private Optional<NodeId> hearsay = Optional.empty();

  private final ChosenHost host = new ChosenHost();

  private volatile boolean closed;

  Joining(World world, FirstParent firstParent, Groups groups, ScheduledExecutorService timers) {
    this.world = world;
    this.firstParent = firstParent;
    this.groups = groups;
    this.timers = timers;
  }

  void begin() {
    step(this::ask);
  }

  private void ask() {
    groups.tick();
    Peer parent = world.firstParent();
    ask(parent, "child", reply -> parentSaid(parent, reply));
    if (!isWhole()) {
      world.others().forEach(other -> ask(other, "sibling", reply -> siblingSaid(other, reply)));
    }
    boolean whole = isWhole();
    askAfter(whole ? WHOLE_PAUSE : pause);
    pause = whole ? FIRST_PAUSE : least(pause.multipliedBy(2), LONGEST_PAUSE);
  }

  /** There is one next time. */
  private void askAfter(Duration after) {
    ScheduledFuture<?> before = next;
    if (before != null) {
      before.cancel(false);
    }
    next = later(after, this::ask);
  }

  private void ask(Peer peer, String as, Consumer<Reply> heard) {
    CompletableFuture<?> unused =
        peer.ask(ControlRequest.get("/members?as=" + as))
            .thenAccept(reply -> step(() -> heard.accept(reply)));
  }

  /** Someone came or went: if the group is not whole any more, asking begins again. */
  void viewChanged() {
    step(
        () -> {
          if (!isWhole() && next != null) {
            askAfter(FIRST_PAUSE);
          }
        });
  }

  private void parentSaid(Peer parent, Reply reply) {
    Optional<NodeId> id = parent.key().map(key -> key.id());
    if (!(reply instanceof Reply.Answer answer) || id.isEmpty()) {
      return;
    }
    firstParent.is(id.get());
    List<GroupMembers.Entry> members =
        parse(parent, answer)
            .filter(m -> m.group().equals(id.get()))
            .map(GroupMembers::members)
            .orElse(List.of());
    rejoinIfForgotten(members.stream().anyMatch(member -> member.clusterPort() > 0));
    take(id.get(), parent, members);
  }

  /** Alone although the parent tells of members: the group came to be without this node. */
  private void rejoinIfForgotten(boolean thereAreMembers) {
    boolean alone =
        groups.view(Groups.Which.OF_PARENT).map(view -> view.others().isEmpty()).orElse(false);
    parentAnswersWhileAlone = alone && thereAreMembers ? parentAnswersWhileAlone + 1 : 0;
    if (parentAnswersWhileAlone >= 2) {
      parentAnswersWhileAlone = 0;
      groups.rejoin();
    }
  }

  private void siblingSaid(Peer sibling, Reply reply) {
    if (!(reply instanceof Reply.Answer answer)) {
      return; // itself, or no peer: dropped silently
    }
    Optional<GroupMembers> said = parse(sibling, answer);
    if (said.isEmpty()) {
      return;
    }
    GroupMembers group = said.get();
    if (!isOurs(group)) {
      return;
    }
    List<GroupMembers.Entry> members = group.members();
    take(
        group.group(), sibling, members.subList(0, Math.min(members.size(), MAX_SEEDS_OF_SIBLING)));
  }

  private boolean isOurs(GroupMembers group) {
    Optional<NodeId> known = firstParent.id();
    if (known.isPresent()) {
      return known.get().equals(group.group());
    }
    // Another sibling's word does not make this node leave those whom it has found.
    boolean other = hearsay.map(heard -> !heard.equals(group.group())).orElse(false);
    if ((other && !isAlone()) || !haveFirstInCommon(group.parents(), world.parentAddresses())) {
      return false;
    }
    hearsay = Optional.of(group.group());
    return true;
  }

  private static boolean haveFirstInCommon(List<String> some, List<String> others) {
    return !some.isEmpty() && !others.isEmpty() && some.get(0).equals(others.get(0));
  }

  private boolean isAlone() {
    return groups.view(Groups.Which.OF_PARENT).map(view -> view.others().isEmpty()).orElse(true);
  }

  private static Optional<GroupMembers> parse(Peer peer, Reply.Answer answer) {
    if (answer.status() != 200) {
      return Optional.empty();
    }
    try {
      return Optional.of(GroupMembers.parse(JsonBody.parse(answer.body())));
    } catch (MalformedException e) {
      LOG.debug("{} says nothing of its group that can be read: {}", peer.address(), e.toString());
      return Optional.empty();
    }
  }

  private static List<Seed> seeds(List<GroupMembers.Entry> members, Peer teller, String own) {
    return members.stream()
        .filter(member -> member.clusterPort() > 0)
        .flatMap(member -> seed(member, teller, own).stream())
        .toList();
  }

  /**
   * Where a member is if this node talks to such an address; the teller itself where it answers.
   */
  private static Optional<Seed> seed(GroupMembers.Entry member, Peer teller, String own) {
    boolean itself = teller.key().map(key -> key.id().equals(member.id())).orElse(false);
    return Optional.of(member.address().host())
        .filter(named -> Reach.admits(named, own))
        .or(() -> Optional.of(teller.address().host()).filter(at -> itself && Member.isHost(at)))
        .map(host -> new Seed(host, member.clusterPort()));
  }

  /** The way to the parent counts, whoever told of the group; else the way to who did. */
  private void take(NodeId group, Peer teller, List<GroupMembers.Entry> members) {
    CompletableFuture<?> unused =
        world
            .hostTowards(world.firstParent().address())
            .exceptionallyCompose(noWay -> world.hostTowards(teller.address()))
            .thenAccept(way -> step(() -> take(group, way, teller, members)));
  }

  private void take(NodeId group, String way, Peer teller, List<GroupMembers.Entry> members) {
    if (firstParent.id().or(() -> hearsay).equals(Optional.of(group))) {
      String own = host.next(way, isWhole());
      groups.take(Groups.Which.OF_PARENT, group, own, seeds(members, teller, own));
    }
  }

  /** The parent is in view, and so whoever it sees. */
  boolean isWhole() {
    Optional<GroupView> view = groups.view(Groups.Which.OF_PARENT);
    return view.isPresent() && view.get().contains(view.get().group());
  }

  private static Duration least(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private void step(Runnable step) {
    ScheduledFuture<?> unused = later(Duration.ZERO, step);
  }

  /** Runs a step on the timers' thread; null when the node ends. */
  private @Nullable ScheduledFuture<?> later(Duration after, Runnable step) {
    if (closed) {
      return null;
    }
    try {
      return timers.schedule(() -> guarded(step), after.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      closed = true; // the node ends
      return null;
    }
  }

  private void guarded(Runnable step) {
    if (closed) {
      return;
    }
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.error("finding the group failed, and goes on", e);
      askAfter(LONGEST_PAUSE);
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
