package org.p2pd.store;

import java.io.IOException;
import java.time.Duration;
import org.p2pd.store.ExtentFiles.Slots;
import org.p2pd.store.Records.Seal;
import org.roaringbitmap.RoaringBitmap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Seals quiet extents all of whose held blocks are trusted, so that they are trusted in the next
 * life, too. Called by one thread at a time.
 */
final class Sealer {

  /** Quiet is an extent without a room for so long. */
  static final Duration QUIET = Duration.ofSeconds(2);

  private static final Logger log = LoggerFactory.getLogger(Sealer.class);

  private final StoreParts parts;
  private final ExtentTrust trust;

  Sealer(StoreParts parts) {
    this.parts = parts;
    this.trust = new ExtentTrust(parts);
  }

  /** Seals what is quiet; its data is forced to disk first. */
  void sealQuiet(StoredEdition stored) {
    long now = parts.now();
    for (Extent extent : stored.extents(e -> isReady(e) && now - e.quietSince >= QUIET.toNanos())) {
      trySeal(stored, extent, true);
    }
  }

  /** Seals what no one writes, for the rest of this boot. */
  void sealAll(StoredEdition stored) {
    for (Extent extent : stored.extents(Sealer::isReady)) {
      trySeal(stored, extent, false);
    }
  }

  private static boolean isReady(Extent extent) {
    return extent.created
        && !extent.sealed
        && extent.rooms == 0
        && extent.files instanceof SparseFiles
        && !extent.held.isEmpty()
        && extent.trusted.equals(extent.held);
  }

  private void trySeal(StoredEdition stored, Extent extent, boolean durable) {
    try {
      seal(stored, extent, durable);
    } catch (IOException e) {
      // Unsealed only costs verifying after the next start.
      log.warn("cannot seal {}: {}", extent.files.data(), e.toString());
    }
  }

  private void seal(StoredEdition stored, Extent extent, boolean durable) throws IOException {
    long changes;
    RoaringBitmap held;
    synchronized (stored) {
      changes = extent.changes;
      held = extent.held.clone();
      extent.readers++; // keeps it from being evicted
    }
    try {
      if (durable) {
        extent.files.force();
      }
      Slots slots = extent.files.readSlots();
      synchronized (stored) {
        FileStamp stamp = trust.confirm(stored, extent) ? extent.stamp : null;
        if (stamp == null || extent.changes != changes || !isReady(extent)) {
          return;
        }
        if (!slots.held().equals(held)) {
          mendSlots(extent, slots.held(), held);
          return;
        }
        extent.files.writeSeal(new Seal(durable, stamp, parts.bootId(), slots.digest()));
        extent.sealed = true;
        extent.sealOnDisk = true;
      }
    } finally {
      stored.giveBack(extent);
    }
  }

  /** Someone set or cleared slots: what we know is right, and is written again. */
  private void mendSlots(Extent extent, RoaringBitmap onDisk, RoaringBitmap held)
      throws IOException {
    log.warn("the slots of {} were changed on disk, and are mended", extent.files.data());
    parts.counters().failedVerifications.increment();
    for (int block : RoaringBitmap.andNot(onDisk, held)) {
      extent.files.drop(block);
    }
    // The hash of a cleared slot is known only from the data: verifying it writes the slot anew.
    for (int block : RoaringBitmap.andNot(held, onDisk)) {
      extent.distrust(block);
    }
  }
}
