package org.p2pd.store;

import java.io.IOException;
import org.p2pd.store.HashPages.PageAt;
import org.p2pd.tree.TreeNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the files of extents, and forgets extents. Works under the monitor of the edition. */
final class ExtentLife {

  private static final Logger log = LoggerFactory.getLogger(ExtentLife.class);

  private final StoreParts parts;

  ExtentLife(StoreParts parts) {
    this.parts = parts;
  }

  /**
   * Makes the files of an extent that is about to be written, and those of the edition.
   *
   * @return false if the extent was discarded meanwhile
   */
  boolean create(StoredEdition stored, Extent extent) throws IOException {
    synchronized (stored) {
      LoadedEdition now = stored.loadedNow();
      if (now.extents.get(extent.shape.index()) != extent) {
        return false;
      }
      now.home.create(now.edition);
      if (!extent.created) {
        extent.begun = true;
        extent.files.create();
        extent.created = true;
        if (extent.files instanceof SparseFiles) {
          extent.settle();
        }
      }
      return true;
    }
  }

  /** The extent's files were deleted under us: nothing of it is held, and it is discarded. */
  void lost(StoredEdition stored, Extent extent) {
    synchronized (stored) {
      LoadedEdition now = stored.loadedNow();
      if (now.extents.get(extent.shape.index()) != extent) {
        return;
      }
      log.warn("{} is gone: what it held will be fetched again", extent.files.data());
      stored.lost(extent.shape.range(), extent.heldBytes());
      parts.files().forget(extent.files.data());
      extent.held.clear();
      extent.trustNothing();
      extent.created = false;
      now.home.lookAgain();
      if (extent.rooms == 0) {
        discard(stored, extent);
      }
    }
  }

  /** A file was not found: the extent is lost with its own, not with the edition's tree alone. */
  void missing(StoredEdition stored, Extent extent) {
    synchronized (stored) {
      if (extent.created && extent.files.exist()) {
        stored.loadedNow().home.lookAgain();
        return;
      }
      lost(stored, extent);
    }
  }

  /** Forgets an extent in which nothing was written. */
  void discard(StoredEdition stored, Extent extent) {
    synchronized (stored) {
      LoadedEdition now = stored.loadedNow();
      if (!now.extents.remove(extent.shape.index(), extent)) {
        return;
      }
      now.home.freeEntries(ENTRIES);
      if (extent.begun) {
        try {
          extent.files.delete();
        } catch (IOException e) {
          // Stays counted; the next start removes it.
          log.warn("cannot delete {}: {}", extent.files.data(), e.toString());
          return;
        }
      }
      parts.ledger().free(extent.charge);
    }
  }

  /** Whether a page may be written: it is paid for, or can be paid for now, or is there already. */
  boolean mayWrite(StoredEdition stored, PageAt at, TreeNode node) {
    synchronized (stored) {
      LoadedEdition now = stored.loadedNow();
      HashPlace place = HashPlace.of(node);
      if (place.tier() >= HashPlace.FIRST_TREE_TIER) {
        return now.home.hasTree()
            && (now.home.isPaid(at) || now.pages.exists(at) || pay(() -> now.home.payForPage(at)));
      }
      Extent extent = stored.extentAt(place.start()).orElse(null);
      return extent != null
          && (extent.paidPages.contains(at.number())
              || now.pages.exists(at)
              || pay(() -> extent.payForPage(at)));
    }
  }

  private boolean pay(Runnable note) {
    if (!parts.ledger().reserve(Charges.PAGE)) {
      return false;
    }
    parts.ledger().use(Charges.PAGE);
    note.run();
    return true;
  }

  /** Names that an extent has in its directory. */
  static final int ENTRIES = 2;
}
