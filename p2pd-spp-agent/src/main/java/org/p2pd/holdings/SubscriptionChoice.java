package org.p2pd.holdings;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;

/**
 * Whom to ask about which blocks they hold of which edition. Pure.
 *
 * <p>Who holds all of an edition needs not be asked. Of those that hold a part, each asker takes
 * the few that score highest for asker, holder and edition together: so all askers of one edition
 * are spread over all its holders, without a word between them.
 */
public final class SubscriptionChoice {

  /** The most editions about which a node asks others block by block. */
  public static final int MOST_EDITIONS = 32;

  /** The most holders that it asks about one of them. */
  public static final int MOST_HOLDERS = 8;

  /** In so many blocks at most an edition is asked about, if blocks of 1 MiB allow it. */
  static final int MOST_BLOCKS = 1 << 20;

  /** An edition, and who holds a part of it. */
  public record Candidate(Edition edition, Collection<NodeId> partialHolders) {}

  private SubscriptionChoice() {}

  /**
   * Chooses.
   *
   * @param candidates the most important edition first; those that nobody holds in part do not
   *     count
   * @return what to ask each holder about; holders that are asked nothing are not in it
   */
  public static Map<NodeId, List<Edition>> choose(NodeId asker, Iterable<Candidate> candidates) {
    Map<NodeId, List<Edition>> chosen = new HashMap<>();
    int editions = 0;
    for (Candidate candidate : candidates) {
      if (candidate.partialHolders().isEmpty()) {
        continue;
      }
      if (editions++ == MOST_EDITIONS) {
        break;
      }
      candidate.partialHolders().stream()
          .sorted(byScore(asker, candidate.edition().id()))
          .limit(MOST_HOLDERS)
          .forEach(
              holder ->
                  chosen.computeIfAbsent(holder, h -> new ArrayList<>()).add(candidate.edition()));
    }
    return chosen;
  }

  /** Highest score first; node ids decide between equals. */
  private static Comparator<NodeId> byScore(NodeId asker, EditionId edition) {
    return Comparator.<NodeId>comparingLong(holder -> score(asker, holder, edition))
        .reversed()
        .thenComparing(NodeId::toString);
  }

  /** As good as random for each three; the same on every node and in every life. */
  static long score(NodeId asker, NodeId holder, EditionId edition) {
    long mixed = mix(asker.hash().firstLong());
    mixed = mix(mixed + holder.hash().firstLong());
    return mix(mixed + edition.hash().firstLong());
  }

  /**
   * The finish of MurmurHash3 for 64 bits: every bit of the input moves every bit that comes out.
   */
  private static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 33)) * 0xff51afd7ed558ccdL;
    z = (z ^ (z >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return z ^ (z >>> 33);
  }

  /** The block size in which a node of that block size asks about an edition. */
  public static BlockSize blockSize(Edition edition, BlockSize own) {
    BlockSize size = own;
    while (size.bytes() < BlockSize.REGION_BYTES
        && size.blockCount(edition.lengthBytes()) > MOST_BLOCKS) {
      size = new BlockSize(2 * size.bytes());
    }
    return size;
  }
}
