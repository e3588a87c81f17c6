package org.p2pd.catalogue;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pages of a checkpoint on their way to being complete, in the directory's part file. Confined
 * to the replica's lock.
 */
final class Gathering {

  private static final Logger LOG = LoggerFactory.getLogger(Gathering.class);

  enum Outcome {
    ADDED,
    COMPLETE,
    STALE,
    GAP
  }

  private final LogDirectory directory;
  private @Nullable CatalogueLog part;
  private @Nullable BatchPlace last;

  Gathering(LogDirectory directory) {
    this.directory = directory;
  }

  /** Adds a page if it is the next one; the first page of another checkpoint begins anew. */
  Outcome add(Batch page) throws IOException {
    BatchPlace place = page.place();
    BatchPlace before = last;
    int next = before != null && before.sameCheckpoint(place) ? before.page() + 1 : 0;
    boolean same = next > 0;
    if (place.page() != next) {
      return same && place.page() < next ? Outcome.STALE : Outcome.GAP;
    }
    try {
      if (!same) {
        drop();
        part = directory.newPart();
      }
      if (part == null) {
        throw new IllegalStateException("page " + place.page() + " without a part");
      }
      part.append(page, false);
    } catch (IOException e) {
      drop();
      throw e;
    }
    last = place;
    return place.page() + 1 == place.pages() ? Outcome.COMPLETE : Outcome.ADDED;
  }

  /** What to ask with for the next page; nothing when none is gathered. */
  Optional<Cursor> cursor() {
    BatchPlace place = last;
    return place == null
        ? Optional.empty()
        : Optional.of(new Cursor(place.end(), place.page() + 1));
  }

  /** Hands over the log with all pages. */
  CatalogueLog take() {
    CatalogueLog complete = part;
    if (complete == null || complete.index().isPartial()) {
      throw new IllegalStateException("a checkpoint that is not complete");
    }
    part = null;
    last = null;
    return complete;
  }

  /** Gives up what was gathered. */
  void drop() {
    CatalogueLog open = part;
    part = null;
    last = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // The part is overwritten by the next one.
        LOG.debug("closing {}: {}", open.file().path(), e.toString());
      }
    }
  }
}
