package org.p2pd.siblings;

import com.google.common.net.InetAddresses;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.RememberedPeers;
import org.p2pd.fetch.BlockSource;
import org.p2pd.holdings.KnownHoldings;
import org.p2pd.model.NodeId;
import org.p2pd.spp.GroupMembers;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.client.Endpoint;
import org.p2pd.spp.client.Peer;
import org.p2pd.spp.client.SecretHolder;
import org.p2pd.spp.client.SppClient;
import org.p2pd.upstream.Upstream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cache's part in the group of its first parent: joining it, a link to each sibling in view, and
 * the words for a person about how it stands. Thread-safe.
 */
final class OwnGroup implements Joining.World, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(OwnGroup.class);

  /** So many siblings beyond those in view may have links because a parent referred to them. */
  private static final int MAX_REFERRED = 16;

  private static final int MAX_HINT_ADDRESSES = 32;

  /** So many are asked at a time by a node that knows some of its group. */
  private static final int ASKED_WHEN_KNOWN = 3;

  /** So many are asked at a time by one that knows nobody; the others next time. */
  private static final int ASKED_WHEN_ALONE = 64;

  /** A group takes this long to form before anything is said about it. */
  private static final Duration FORMING = Duration.ofSeconds(20);

  /** What it is made of. */
  record Parts(
      NodeId self,
      List<String> hints,
      Upstream upstream,
      SppClient client,
      SecretHolder secret,
      KnownHoldings known,
      HoldingsLink.World world,
      RememberedPeers remembered,
      OwnHost host,
      Executor names,
      Runnable sourcesChanged,
      Supplier<Endpoint> endpoint) {}

  private final Parts parts;
  private final Groups groups;
  private final FirstParent firstParent;
  private final Joining joining;

  /** To those in view. */
  @GuardedBy("this")
  private final Map<NodeId, SiblingLink> links = new LinkedHashMap<>();

  /** Of nodes that are not in view, but that a parent referred to; the earliest first. */
  @GuardedBy("this")
  private final Map<NodeId, SiblingLink> referred = new LinkedHashMap<>();

  @GuardedBy("this")
  private boolean closed;

  /** Views do not count any more: this node has left, and finishes what it has begun. */
  @GuardedBy("this")
  private boolean leaving;

  /** Since when the parent answers and is not in view. */
  @GuardedBy("this")
  private Optional<Long> apartSinceNanos = Optional.empty();

  /** Confined to the thread that finds the group. */
  private final Map<NodeAddress, Peer> acquaintances = new LinkedHashMap<>();

  private final AtomicBoolean lookingUp = new AtomicBoolean();
  private volatile List<NodeAddress> hintAddresses = List.of();
  private volatile long begunNanos;

  OwnGroup(Parts parts, Groups groups, FirstParent firstParent) {
    this.parts = parts;
    this.groups = groups;
    this.firstParent = firstParent;
    this.joining = new Joining(this, firstParent, groups, parts.world().loop());
  }

  void begin() {
    begunNanos = parts.world().ticker().read();
    lookUp();
    joining.begin();
  }

  // ---- who may know the group -----------------------------------------------------------------

  @Override
  public Peer firstParent() {
    return parts.upstream().firstParent();
  }

  @Override
  public List<Peer> others() {
    Set<NodeAddress> all = new LinkedHashSet<>(hintAddresses);
    parts.remembered().members().forEach(member -> all.add(member.address()));
    all.removeAll(parts.upstream().addresses());
    // When the group is known it is the parent that is looked for: a few may know.
    boolean known = !inView().isEmpty();
    Set<NodeAddress> addresses = someOf(all, known ? ASKED_WHEN_KNOWN : ASKED_WHEN_ALONE);
    List<Peer> peers = new ArrayList<>(parts.upstream().standIns());
    acquaintances.keySet().retainAll(all);
    for (NodeAddress address : addresses) {
      peers.add(
          acquaintances.computeIfAbsent(address, at -> parts.client().peer(at, parts.secret())));
    }
    lookUp();
    return peers;
  }

  private Set<NodeAddress> someOf(Set<NodeAddress> addresses, int count) {
    List<NodeAddress> mixed = new ArrayList<>(addresses);
    if (!mixed.isEmpty()) {
      Collections.rotate(mixed, parts.world().random().nextInt(mixed.size()));
    }
    return new LinkedHashSet<>(mixed.subList(0, Math.min(mixed.size(), count)));
  }

  @Override
  public List<String> parentAddresses() {
    return parts.upstream().addresses().stream().map(OwnGroup::plain).toList();
  }

  private static String plain(NodeAddress address) {
    return address.urlHost() + ":" + address.port() + address.contextPath();
  }

  @Override
  public CompletableFuture<String> hostTowards(NodeAddress node) {
    return parts.host().towards(node);
  }

  /** One look-up at a time: a resolver that hangs must not gather a queue. */
  private void lookUp() {
    if (!parts.hints().isEmpty() && lookingUp.compareAndSet(false, true)) {
      parts
          .names()
          .execute(
              () -> {
                try {
                  lookHintsUp();
                } finally {
                  lookingUp.set(false);
                }
              });
    }
  }

  /** The addresses behind the names that are accepted: other caches may answer there. */
  private void lookHintsUp() {
    int port = parts.endpoint().get().port();
    String path = parts.endpoint().get().contextPath();
    Set<NodeAddress> found = new LinkedHashSet<>();
    for (String hint : parts.hints()) {
      try {
        for (InetAddress address : InetAddress.getAllByName(hint)) {
          found.add(new NodeAddress(InetAddresses.toAddrString(address), port, path));
        }
      } catch (UnknownHostException e) {
        LOG.debug("{} has no address now: {}", hint, e.toString());
      }
    }
    hintAddresses = found.stream().limit(MAX_HINT_ADDRESSES).toList();
  }

  // ---- who is in view -------------------------------------------------------------------------

  void changed(GroupView view) {
    parts.remembered().saw(view);
    Set<NodeAddress> above = new LinkedHashSet<>(parts.upstream().addresses());
    Map<NodeId, Member> siblings = new LinkedHashMap<>();
    for (Member member : view.others()) {
      if (member.id().equals(view.group())) {
        parts.upstream().seenAt(member.id(), member.address());
      } else if (!above.contains(member.address())) {
        siblings.put(member.id(), member);
      }
    }
    relink(siblings).forEach(SiblingLink::close);
    parts.sourcesChanged().run();
    joining.viewChanged();
  }

  /** Has links to those alone; the others are returned, to be closed without the lock. */
  private synchronized List<SiblingLink> relink(Map<NodeId, Member> siblings) {
    List<SiblingLink> over = new ArrayList<>();
    if (closed || leaving) {
      return over;
    }
    Map<NodeId, SiblingLink> before = new LinkedHashMap<>(links);
    links.clear();
    for (Member member : siblings.values()) {
      Optional<SiblingLink> known =
          taken(before, member, over).or(() -> taken(referred, member, over));
      links.put(member.id(), known.map(link -> link.as(member)).orElseGet(() -> link(member)));
    }
    over.addAll(before.values());
    return over;
  }

  /** The link to a member, taken from among those; one to where it was before is over. */
  private static Optional<SiblingLink> taken(
      Map<NodeId, SiblingLink> among, Member member, List<SiblingLink> over) {
    Optional<SiblingLink> link = Optional.ofNullable(among.remove(member.id()));
    boolean there = link.filter(to -> to.member().address().equals(member.address())).isPresent();
    if (!there) {
      link.ifPresent(over::add);
    }
    return link.filter(to -> there);
  }

  private SiblingLink link(Member member) {
    return SiblingLink.to(
        member, parts.self(), parts.client(), parts.secret(), parts.known(), parts.world());
  }

  synchronized List<BlockSource> sources() {
    List<BlockSource> sources = new ArrayList<>(links.size());
    links.values().forEach(link -> sources.add(link.source()));
    referred.values().forEach(link -> sources.add(link.source()));
    return sources;
  }

  /** The node to which a parent referred: it may be in the parent's view before it is in ours. */
  Optional<BlockSource> referred(NodeId to, NodeAddress at) {
    List<SiblingLink> over = new ArrayList<>();
    Optional<BlockSource> source = referred(to, at, over);
    over.forEach(SiblingLink::close);
    return source;
  }

  private synchronized Optional<BlockSource> referred(
      NodeId to, NodeAddress at, List<SiblingLink> over) {
    SiblingLink known = links.get(to);
    if (known != null) {
      return Optional.of(known.source());
    }
    if (closed || to.equals(parts.self()) || !Member.isHost(at.host())) {
      return Optional.empty();
    }
    Member member = new Member(to, NodeFacts.Role.CACHE, at, parts.endpoint().get().port());
    SiblingLink link = taken(referred, member, over).orElseGet(() -> link(member));
    while (referred.size() >= MAX_REFERRED) {
      SiblingLink earliest = referred.values().iterator().next();
      referred.remove(earliest.member().id());
      over.add(earliest);
    }
    referred.put(to, link);
    return Optional.of(link.source());
  }

  /** Siblings that can be asked for news. */
  synchronized List<Peer> peers() {
    return links.values().stream()
        .filter(link -> link.source().usable())
        .map(SiblingLink::peer)
        .toList();
  }

  /** Parent and siblings. */
  List<Acquaintance> inView() {
    return groups.view(Groups.Which.OF_PARENT).stream()
        .flatMap(view -> view.others().stream().map(member -> acquaintance(view, member)))
        .toList();
  }

  private static Acquaintance acquaintance(GroupView view, Member member) {
    return new Acquaintance(
        member,
        member.id().equals(view.group())
            ? Acquaintance.Relation.PARENT
            : Acquaintance.Relation.SIBLING);
  }

  /** What this node can tell of its group. */
  Optional<GroupMembers> told() {
    Optional<GroupView> view = groups.view(Groups.Which.OF_PARENT);
    return firstParent
        .id()
        .map(
            group -> {
              List<GroupMembers.Entry> members = new ArrayList<>();
              groups.self(Groups.Which.OF_PARENT).ifPresent(m -> members.add(Entries.of(m)));
              view.ifPresent(seen -> seen.others().forEach(m -> members.add(Entries.of(m))));
              List<String> parents = parentAddresses();
              return new GroupMembers(
                  group, parents.subList(0, Math.min(parents.size(), 16)), Entries.atMost(members));
            });
  }

  /** Takes note of how the group stands; called about once a second. */
  void tick() {
    // Again and again: when the view came, the parent may not have been missed yet where it was.
    groups
        .view(Groups.Which.OF_PARENT)
        .flatMap(view -> view.member(view.group()))
        .ifPresent(parent -> parts.upstream().seenAt(parent.id(), parent.address()));
    noteWhetherApart();
  }

  private synchronized void noteWhetherApart() {
    Optional<GroupView> view = groups.view(Groups.Which.OF_PARENT);
    boolean apart =
        view.isPresent()
            && !view.get().contains(view.get().group())
            && parts.upstream().isFirstUsable(); // else what is wrong is said of the parent
    if (!apart) {
      apartSinceNanos = Optional.empty();
    } else if (apartSinceNanos.isEmpty()) {
      apartSinceNanos = Optional.of(parts.world().ticker().read());
    }
  }

  /** What is wrong with the group, with what to do. */
  synchronized List<String> problems() {
    noteWhetherApart();
    if (closed || leaving) {
      return List.of();
    }
    Optional<String> broken = groups.problem().filter(problem -> isLong(begunNanos));
    if (broken.isPresent()) {
      return List.of(broken.get());
    }
    if (apartSinceNanos.map(since -> !isLong(since)).orElse(true)) {
      return List.of();
    }
    boolean alone =
        groups.view(Groups.Which.OF_PARENT).map(view -> view.others().isEmpty()).orElse(true);
    String parent = plain(firstParent().address());
    return List.of(
        (alone ? "this cache is alone: parent " + parent : "parent " + parent)
            + " answers but is not in "
            + (alone ? "its group" : "the group of its caches")
            + "; see that its cluster port (the one after its HTTP port, or its --cluster-port) can"
            + " be reached from here and this node's from there, and that both have the same"
            + " secret");
  }

  private boolean isLong(long sinceNanos) {
    return parts.world().ticker().read() - sinceNanos >= FORMING.toNanos();
  }

  /** This node leaves: nobody is looked for, and what siblings send goes on. */
  void leave() {
    synchronized (this) {
      leaving = true;
    }
    joining.close();
  }

  @Override
  public void close() {
    joining.close();
    List<SiblingLink> over;
    synchronized (this) {
      closed = true;
      over = new ArrayList<>(links.values());
      over.addAll(referred.values());
      links.clear();
      referred.clear();
    }
    over.forEach(SiblingLink::close);
  }
}
