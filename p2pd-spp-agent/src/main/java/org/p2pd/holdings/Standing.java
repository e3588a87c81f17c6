package org.p2pd.holdings;

import java.util.List;
import java.util.Optional;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;

/**
 * Where an asker stands that waits for news.
 *
 * @param digest if it asks for the digest
 */
public record Standing(Optional<HoldingsCursor> digest, List<OfEdition> editions) {

  /** With one edition, whose blocks it counts in a size of its own. */
  public record OfEdition(Edition edition, BlockSize size, HoldingsCursor cursor) {}

  public Standing {
    editions = List.copyOf(editions);
  }
}
