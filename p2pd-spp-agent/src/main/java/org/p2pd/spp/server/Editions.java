package org.p2pd.spp.server;

import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.spp.SppError;

/**
 * Which editions this node knows: those that titles name, and those of which it holds something.
 */
@FunctionalInterface
public interface Editions {

  /** What is known of an edition. */
  sealed interface Found {

    record Known(Edition edition) implements Found {}

    /** Its title changed, and no one is known to hold it: 410. */
    record Gone() implements Found {}

    /** No title names it: 404. */
    record Unknown() implements Found {}

    /** This node has no whole catalogue yet: 503, never 404. */
    record NotSynced() implements Found {}

    /** What to tell an asker; of an edition that is known, nothing can be told so. */
    default SppError refusal() {
      if (this instanceof Gone) {
        return SppError.EDITION_GONE;
      }
      return this instanceof NotSynced ? SppError.NOT_SYNCED : SppError.UNKNOWN_EDITION;
    }
  }

  Found find(EditionId id);
}
