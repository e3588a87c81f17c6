package org.p2pd.siblings;

import com.google.common.net.InetAddresses;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.RememberedPeers;
import org.p2pd.fetch.BlockSource;
import org.p2pd.holdings.KnownHoldings;
import org.p2pd.model.NodeId;
import org.p2pd.spp.GroupMembers;
import org.p2pd.spp.NodeAddress;
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
      java.util.function.Supplier<Endpoint> endpoint) {}

  private final Parts parts;
  private final Groups groups;
  private final FirstParent firstParent;
  private final Joining joining;
  private final Map<NodeId, SiblingLink> links = new ConcurrentHashMap<>();

  /** Of nodes that are not in view, but that a parent referred to. */
  private final Map<NodeId, SiblingLink> referred = new ConcurrentHashMap<>();

  private final Map<NodeAddress, Peer> acquaintances = new LinkedHashMap<>();

  private volatile List<NodeAddress> hintAddresses = List.of();
  private volatile boolean closed;
  private volatile long begunNanos;

  OwnGroup(Parts parts, Groups groups, FirstParent firstParent) {
    this.parts = parts;
    this.groups = groups;
    this.firstParent = firstParent;
    this.joining = new Joining(this, firstParent, groups, parts.world().loop());
  }

  void begin() {
    begunNanos = parts.world().ticker().read();
    parts.names().execute(this::lookHintsUp);
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
    Set<NodeAddress> addresses = links.isEmpty() ? all : someOf(all);
    List<Peer> peers = new ArrayList<>(parts.upstream().standIns());
    synchronized (acquaintances) {
      acquaintances.keySet().retainAll(addresses);
      for (NodeAddress address : addresses) {
        peers.add(
            acquaintances.computeIfAbsent(address, at -> parts.client().peer(at, parts.secret())));
      }
    }
    parts.names().execute(this::lookHintsUp);
    return peers;
  }

  private Set<NodeAddress> someOf(Set<NodeAddress> addresses) {
    List<NodeAddress> mixed = new ArrayList<>(addresses);
    if (!mixed.isEmpty()) {
      Collections.rotate(mixed, parts.world().random().nextInt(mixed.size()));
    }
    return new LinkedHashSet<>(mixed.subList(0, Math.min(mixed.size(), ASKED_WHEN_KNOWN)));
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
    for (SiblingLink link : List.copyOf(links.values())) {
      Member now = siblings.get(link.member().id());
      if (now == null || !now.address().equals(link.member().address())) {
        links.remove(link.member().id());
        link.close();
      }
    }
    for (Member member : siblings.values()) {
      if (!closed) {
        links.computeIfAbsent(member.id(), id -> link(member));
      }
    }
    referred.values().removeIf(link -> closeIfSuperseded(link));
    parts.sourcesChanged().run();
    joining.viewChanged();
  }

  private boolean closeIfSuperseded(SiblingLink link) {
    boolean superseded = links.containsKey(link.member().id());
    if (superseded) {
      link.close();
    }
    return superseded;
  }

  private SiblingLink link(Member member) {
    return SiblingLink.to(
        member, parts.self(), parts.client(), parts.secret(), parts.known(), parts.world());
  }

  List<BlockSource> sources() {
    List<BlockSource> sources = new ArrayList<>(links.size());
    links.values().forEach(link -> sources.add(link.source()));
    referred.values().forEach(link -> sources.add(link.source()));
    return sources;
  }

  /** The node to which a parent referred: it may be in the parent's view before it is in ours. */
  Optional<BlockSource> referred(NodeId to, NodeAddress at) {
    SiblingLink known = links.get(to);
    if (known != null || closed || to.equals(parts.self())) {
      return Optional.ofNullable(known).map(SiblingLink::source);
    }
    if (referred.size() >= MAX_REFERRED) {
      referred.values().forEach(SiblingLink::close);
      referred.clear();
    }
    Member member =
        new Member(to, org.p2pd.spp.NodeFacts.Role.CACHE, at, parts.endpoint().get().port());
    return Optional.of(referred.computeIfAbsent(to, id -> link(member)).source());
  }

  /** Siblings that can be asked for news. */
  List<Peer> peers() {
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
              view.ifPresent(seen -> seen.others().forEach(m -> members.add(Entries.of(m))));
              groups.self(Groups.Which.OF_PARENT).ifPresent(m -> members.add(Entries.of(m)));
              List<String> parents = parentAddresses();
              return new GroupMembers(
                  group, parents.subList(0, Math.min(parents.size(), 16)), Entries.atMost(members));
            });
  }

  /** What is wrong with the group, with what to do. */
  List<String> problems() {
    long passed = parts.world().ticker().read() - begunNanos;
    if (passed < FORMING.toNanos() || closed) {
      return List.of();
    }
    Optional<String> broken = groups.problem();
    if (broken.isPresent()) {
      return List.of(broken.get());
    }
    Optional<GroupView> view = groups.view(Groups.Which.OF_PARENT);
    if (view.isEmpty() || !parts.upstream().isFirstUsable()) {
      return List.of(); // what is wrong then is said of the parent
    }
    if (view.get().contains(view.get().group())) {
      return List.of();
    }
    String parent = plain(firstParent().address());
    String remedy =
        "see that its cluster port (the one after its HTTP port, or its --cluster-port) can be"
            + " reached from here and this node's from there, and that both have the same secret";
    return List.of(
        view.get().others().isEmpty()
            ? "this cache is alone: parent "
                + parent
                + " answers but is not in its group; "
                + remedy
            : "parent " + parent + " answers but is not in the group of its caches; " + remedy);
  }

  @Override
  public void close() {
    closed = true;
    joining.close();
    links.values().forEach(SiblingLink::close);
    referred.values().forEach(SiblingLink::close);
    links.clear();
    referred.clear();
  }
}
