package org.p2pd.spp.server;

import com.google.common.base.Ticker;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.random.RandomGenerator;
import org.p2pd.catalogue.CatalogueFeed;
import org.p2pd.content.Content;
import org.p2pd.holdings.OwnHoldings;
import org.p2pd.identity.NodeKey;
import org.p2pd.spp.Introductions;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.Secrets;

/**
 * What an {@link SppNode} is made of.
 *
 * @param self who it is
 * @param trust how others become known to it
 * @param supply what it has for them
 * @param reports hears what children report
 * @param world time, threads and chance
 */
public record NodeParts(
    Self self, Trust trust, Supply supply, ReportListener reports, World world) {

  /**
   * Who the node is.
   *
   * @param share whether other nodes may have it as their parent
   * @param software such as {@code p2pd/1.0.0}
   */
  public record Self(NodeKey key, NodeFacts.Role role, boolean share, String software) {}

  /** How others become known. */
  public record Trust(Secrets secrets, Introductions introductions, DialBack dialBack) {}

  /**
   * What the node has for others.
   *
   * @param feed its catalogue, if it has one
   * @param holdings nothing on a node that does not tell what it holds: on a server
   * @param arbiter decides about its children's questions; none at a node that is nobody's parent,
   *     or does not know who of them is alive: then all of them are served
   * @param groups of which it can tell
   */
  public record Supply(
      Content content,
      Editions editions,
      ProofSource proofs,
      Optional<CatalogueFeed> feed,
      Optional<OwnHoldings> holdings,
      Optional<Arbiter> arbiter,
      GroupDirectory groups) {

    /** That of a node on its own: it has no holdings to tell, no arbiter, and no group. */
    public static Supply alone(
        Content content, Editions editions, ProofSource proofs, Optional<CatalogueFeed> feed) {
      return new Supply(
          content, editions, proofs, feed, Optional.empty(), Optional.empty(), GroupDirectory.NONE);
    }

    public Supply telling(OwnHoldings own) {
      return new Supply(content, editions, proofs, feed, Optional.of(own), arbiter, groups);
    }

    public Supply arbitrating(Arbiter by) {
      return new Supply(content, editions, proofs, feed, holdings, Optional.of(by), groups);
    }

    public Supply inGroups(GroupDirectory directory) {
      return new Supply(content, editions, proofs, feed, holdings, arbiter, directory);
    }
  }

  /**
   * Time, threads and chance.
   *
   * @param timers runs time limits
   * @param blocks where it is looked for the first bytes of what is fetched; may wait for the disk
   * @param news where those are answered who waited for news of the catalogue or of holdings; may
   *     read files
   * @param random good enough for keys
   */
  public record World(
      ScheduledExecutorService timers,
      Executor blocks,
      Executor news,
      Ticker ticker,
      RandomGenerator random) {}
}
