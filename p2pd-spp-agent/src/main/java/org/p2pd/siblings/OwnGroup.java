package org.p2pd.siblings;

import com.google.errorprone.annotations.concurrent.GuardedBy;
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
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.Member;
import org.p2pd.cluster.Reach;
import org.p2pd.cluster.RememberedPeers;
import org.p2pd.fetch.BlockSource;
import org.p2pd.holdings.KnownHoldings;
import org.p2pd.model.NodeId;
import org.p2pd.spp.GroupMembers;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.Referral;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.client.Peer;
import org.p2pd.spp.client.SecretHolder;
import org.p2pd.spp.client.SppClient;
import org.p2pd.upstream.Upstream;

/**
 * A cache's part in the group of its first parent: joining it, a link to each sibling in view, and
 * the words for a person about how it stands. Thread-safe.
 */
final class OwnGroup implements Joining.World, AutoCloseable {

  /** So many are asked at a time by a node that knows some of its group. */
  private static final int ASKED_WHEN_KNOWN = 3;

  /** So many are asked at a time by one that knows nobody; the others next time. */
  private static final int ASKED_WHEN_ALONE = 64;

  /** A group takes this long to form before anything is said about it. */
  private static final Duration FORMING = Duration.ofSeconds(20);

  /** What it is made of. */
  record Parts(
      NodeId self,
      Hints hints,
      Upstream upstream,
      SppClient client,
      SecretHolder secret,
      KnownHoldings known,
      HoldingsLink.World world,
      RememberedPeers remembered,
      OwnHost host,
      Runnable sourcesChanged) {}

  private final Parts parts;
  private final Groups groups;
  private final FirstParent firstParent;
  private final Joining joining;

  private final SiblingLinks links;

  /** This node has left, and finishes what it has begun. */
  private volatile boolean left;

  /** Since when the parent answers and is not in view. */
  @GuardedBy("this")
  private Optional<Long> apartSinceNanos = Optional.empty();

  /** Confined to the thread that finds the group. */
  private final Map<NodeAddress, Peer> acquaintances = new LinkedHashMap<>();

  private volatile long begunNanos;

  OwnGroup(Parts parts, Groups groups, FirstParent firstParent) {
    this.parts = parts;
    this.groups = groups;
    this.firstParent = firstParent;
    this.links = new SiblingLinks(this::link, parts.world().ticker());
    this.joining = new Joining(this, firstParent, groups, parts.world().loop());
  }

  void begin() {
    begunNanos = parts.world().ticker().read();
    parts.hints().refresh();
    joining.begin();
  }

  // ---- who may know the group -----------------------------------------------------------------

  @Override
  public Peer firstParent() {
    return parts.upstream().firstParent();
  }

  @Override
  public List<Peer> others() {
    Set<NodeAddress> all = new LinkedHashSet<>(parts.hints().refresh());
    String own = ownHost();
    parts.remembered().members().stream()
        .map(Member::address)
        .filter(address -> Reach.admits(address.host(), own))
        .forEach(all::add);
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

  // ---- who is in view -------------------------------------------------------------------------

  void changed(GroupView view) {
    parts.remembered().saw(view);
    Map<NodeId, Sibling> siblings = new LinkedHashMap<>();
    for (Member member : view.others()) {
      if (member.id().equals(view.group())) {
        parts.upstream().seenAt(member.id(), member.address());
      } else if (!parts.upstream().isAt(member.address())) {
        siblings.put(member.id(), Sibling.of(member));
      }
    }
    links.lead(siblings.values());
    parts.sourcesChanged().run();
    joining.viewChanged();
  }

  private SiblingLink link(Sibling sibling) {
    return SiblingLink.to(
        sibling, parts.self(), parts.client(), parts.secret(), parts.known(), parts.world());
  }

  SiblingLinks links() {
    return links;
  }

  /** The node to which a parent referred: it may be in the parent's view before it is in ours. */
  Optional<BlockSource> referred(Referral referral) {
    String host = referral.at().host();
    if (referral.to().equals(parts.self())
        || parts.upstream().isAt(referral.at())
        || !Member.isHost(host)
        || !Reach.admits(host, ownHost())) {
      return Optional.empty();
    }
    return links.referred(Sibling.of(referral));
  }

  /** How others reach this node; before it has joined, like its parent. */
  private String ownHost() {
    return groups
        .self(Groups.Which.OF_PARENT)
        .map(self -> self.address().host())
        .orElseGet(() -> firstParent().address().host());
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
    return firstParent
        .id()
        .map(
            group -> {
              List<GroupMembers.Entry> members = new ArrayList<>();
              groups.self(Groups.Which.OF_PARENT).ifPresent(m -> members.add(Entries.of(m)));
              groups
                  .view(Groups.Which.OF_PARENT)
                  .filter(view -> view.group().equals(group))
                  .ifPresent(view -> view.others().forEach(m -> members.add(Entries.of(m))));
              List<String> parents = parentAddresses();
              return new GroupMembers(
                  group,
                  parents.subList(0, Math.min(parents.size(), SppLimits.MAX_PARENTS)),
                  Entries.atMost(members));
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
    if (links.tick()) {
      parts.sourcesChanged().run();
    }
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
    if (left) {
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
    left = true;
    links.leaveAsTheyAre();
    joining.close();
  }

  @Override
  public void close() {
    left = true;
    joining.close();
    links.close();
  }
}
