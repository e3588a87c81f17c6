package org.p2pd.upstream;

import com.google.common.base.Ticker;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiPredicate;
import java.util.random.RandomGenerator;
import org.p2pd.catalogue.Replica;
import org.p2pd.fetch.BlockSource;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;
import org.p2pd.model.Title;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.Report;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.client.Peer;
import org.p2pd.spp.client.SppClient;
import org.p2pd.spp.server.ProofSource;

/**
 * A cache's parents: the first, which names the group, and its stand-ins; and its mirrors.
 * Thread-safe.
 */
public final class Upstream implements AutoCloseable {

  private final List<ParentLink> links;
  private final List<MirrorLink> mirrors;
  private final Linker linker;
  private final ProofSource proofs;
  private final Wanted wanted;

  /** The first parent where it was seen last, while it does not answer where it was said to be. */
  private volatile Optional<ParentLink> moved = Optional.empty();

  private volatile boolean closed;

  /**
   * What links run on.
   *
   * @param self this node
   * @param loop one thread for all links, which never waits; not closed with them
   * @param work where news are verified and stored: threads that may use files
   * @param clock for people
   * @param listener hears when a parent becomes usable or ceases to be
   * @param held whether this node holds bytes, which parents count on that leased them to it
   */
  public record World(
      NodeId self,
      ScheduledExecutorService loop,
      Executor work,
      InstantSource clock,
      Ticker ticker,
      RandomGenerator random,
      LinkListener listener,
      BiPredicate<Edition, ByteRange> held) {}

  private Upstream(List<ParentLink> links, List<MirrorLink> mirrors, Linker linker, World world) {
    this.links = List.copyOf(links);
    this.mirrors = List.copyOf(mirrors);
    this.linker = linker;
    this.proofs = new ParentProofs(this::allParents);
    this.wanted = new Wanted(world.ticker());
  }

  /** Makes the link to the first parent where it has moved to. */
  private interface Linker {
    ParentLink to(NodeAddress address, NodeId expected);
  }

  /**
   * Links to parents and mirrors, none of which is asked before {@link #begin}.
   *
   * @param parents at least one, the first one first
   */
  public static Upstream of(
      List<NodeAddress> parents,
      List<NodeAddress> mirrors,
      SppClient client,
      Secrets secrets,
      Replica replica,
      World world) {
    News news = News.of(replica);
    List<ParentLink> links = new ArrayList<>();
    for (NodeAddress parent : parents) {
      boolean first = links.isEmpty();
      links.add(
          new ParentLink(
              client.peer(
                  parent, first ? new FirstParentSecret(secrets) : new StandInSecret(secrets)),
              first,
              Optional.empty(),
              news,
              world));
    }
    List<MirrorLink> mirrorLinks =
        mirrors.stream()
            .map(mirror -> new MirrorLink(client.peer(mirror, new StandInSecret(secrets)), world))
            .toList();
    Linker linker =
        (address, expected) ->
            new ParentLink(
                client.peer(address, new KnownSecret(secrets)),
                true,
                Optional.of(expected),
                news,
                world);
    return new Upstream(links, mirrorLinks, linker, world);
  }

  /** Begins to ask; called when this node itself answers. */
  public void begin() {
    links.forEach(ParentLink::begin);
    mirrors.forEach(MirrorLink::begin);
  }

  /** The parents and mirrors as sources of blocks; each knows whether it is usable now. */
  public List<BlockSource> sources() {
    List<BlockSource> sources = new ArrayList<>();
    // Where it was seen it is asked only while it does not answer where it was said to be.
    (links.get(0).isUsable() ? links : allParents()).forEach(link -> sources.add(link.source()));
    mirrors.forEach(link -> sources.add(link.source()));
    return sources;
  }

  private List<ParentLink> allParents() {
    Optional<ParentLink> elsewhere = moved;
    if (elsewhere.isEmpty()) {
      return links;
    }
    List<ParentLink> all = new ArrayList<>(links);
    all.add(1, elsewhere.get());
    return all;
  }

  /**
   * The first parent, which names the group: where the owner said it is, or where it was seen and
   * has proven who it is.
   */
  public Peer firstParent() {
    return moved
        .filter(link -> link.isUsable() && !links.get(0).isUsable())
        .orElse(links.get(0))
        .peer();
  }

  public List<Peer> standIns() {
    return links.stream().skip(1).map(ParentLink::peer).toList();
  }

  /** Where the parents were said to be, the first one first. */
  public List<NodeAddress> addresses() {
    return links.stream().map(ParentLink::address).toList();
  }

  /** Whether a parent, a stand-in or a mirror is known by that address: no sibling is there. */
  public boolean isAt(NodeAddress address) {
    return allParents().stream().anyMatch(link -> link.address().equals(address))
        || mirrors.stream().anyMatch(mirror -> mirror.address().equals(address));
  }

  public boolean isFirstUsable() {
    return links.get(0).isUsable() || moved.map(ParentLink::isUsable).orElse(false);
  }

  public boolean isAnyUsable() {
    return allParents().stream().anyMatch(ParentLink::isUsable);
  }

  /**
   * The first parent is seen in the group at that address; said again now and then. If it does not
   * answer where it was said to be, it has moved, and is asked there; it proves who it is.
   */
  public synchronized void seenAt(NodeId id, NodeAddress address) {
    ParentLink first = links.get(0);
    boolean needed = !first.address().equals(address) && !first.isUsable();
    boolean there = moved.map(link -> link.address().equals(address)).orElse(!needed);
    if (closed || (needed && there)) {
      return;
    }
    moved.ifPresent(ParentLink::close);
    moved = Optional.empty();
    if (!needed) {
      return;
    }
    ParentLink link = linker.to(address, id);
    moved = Optional.of(link);
    link.begin();
  }

  /** Where this node learns the proofs of what it fetches for its own children. */
  public ProofSource proofs() {
    return proofs;
  }

  /** What is wrong with parents, one sentence each, with what to do. */
  public List<String> problems() {
    if (moved.map(ParentLink::isUsable).orElse(false)) {
      return links.stream().skip(1).map(ParentLink::problem).flatMap(Optional::stream).toList();
    }
    return links.stream().map(ParentLink::problem).flatMap(Optional::stream).toList();
  }

  /** Tells the parents that count on it that this node does not hold bytes any more. */
  public void evicted(EditionId edition, ByteRange range) {
    allParents().forEach(link -> link.evicted(edition, range));
  }

  /** Tells the first parent that can be asked that a viewer wants a title that is not ready. */
  public void wanted(Title title) {
    Optional<ParentLink> usable = allParents().stream().filter(ParentLink::isUsable).findFirst();
    if (usable.isPresent() && wanted.isDue(title)) {
      usable.get().report(new Report.Wanted(title));
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    moved.ifPresent(ParentLink::close);
    mirrors.forEach(MirrorLink::close);
    links.forEach(ParentLink::close);
  }
}
