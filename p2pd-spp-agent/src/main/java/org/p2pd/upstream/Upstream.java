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
import org.p2pd.spp.client.SppClient;
import org.p2pd.spp.server.ProofSource;

/** A cache's parents: the first, which names the group, and its stand-ins. Thread-safe. */
public final class Upstream implements AutoCloseable {

  private final List<ParentLink> links;
  private final List<BlockSource> sources;
  private final ProofSource proofs;
  private final Wanted wanted;

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

  private Upstream(List<ParentLink> links, World world) {
    this.links = List.copyOf(links);
    this.sources = links.stream().map(ParentLink::source).toList();
    this.proofs = new ParentProofs(this.links);
    this.wanted = new Wanted(world.ticker());
  }

  /**
   * Links to parents, none of which is asked before {@link #begin}.
   *
   * @param parents at least one, the first one first
   */
  public static Upstream of(
      List<NodeAddress> parents, SppClient client, Secrets secrets, Replica replica, World world) {
    List<ParentLink> links = new ArrayList<>();
    for (NodeAddress parent : parents) {
      boolean first = links.isEmpty();
      links.add(
          new ParentLink(
              client.peer(
                  parent, first ? new FirstParentSecret(secrets) : new StandInSecret(secrets)),
              first,
              News.of(replica),
              world));
    }
    return new Upstream(links, world);
  }

  /** Begins to ask; called when this node itself answers. */
  public void begin() {
    links.forEach(ParentLink::begin);
  }

  /** The parents as sources of blocks; each knows whether it is usable now. */
  public List<BlockSource> sources() {
    return sources;
  }

  /** Where this node learns the proofs of what it fetches for its own children. */
  public ProofSource proofs() {
    return proofs;
  }

  /** What is wrong with parents, one sentence each, with what to do. */
  public List<String> problems() {
    return links.stream().map(ParentLink::problem).flatMap(Optional::stream).toList();
  }

  /** Tells the parents that count on it that this node does not hold bytes any more. */
  public void evicted(EditionId edition, ByteRange range) {
    links.forEach(link -> link.evicted(edition, range));
  }

  /** Tells the first parent that can be asked that a viewer wants a title that is not ready. */
  public void wanted(Title title) {
    Optional<ParentLink> usable = links.stream().filter(ParentLink::isUsable).findFirst();
    if (usable.isPresent() && wanted.isDue(title)) {
      usable.get().report(new Report.Wanted(title));
    }
  }

  @Override
  public void close() {
    links.forEach(ParentLink::close);
  }
}
