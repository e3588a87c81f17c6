package org.p2pd.store;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.Hash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether what lies in an extent's file is still what was verified there. Works under the monitor
 * of the edition; the rules are in the package documentation.
 */
final class ExtentTrust {

  private static final Logger log = LoggerFactory.getLogger(ExtentTrust.class);

  private final StoreParts parts;
  private final ExtentLife life;

  ExtentTrust(StoreParts parts) {
    this.parts = parts;
    this.life = new ExtentLife(parts);
  }

  /** Compares the stamp, after a read or for a plan: false if the file must not be believed. */
  boolean confirm(StoredEdition stored, Extent extent) {
    synchronized (stored) {
      try {
        boolean confirmed = extent.confirmTrust();
        if (!confirmed) {
          log.warn(
              "{} was changed by someone else: its blocks are verified again before they are served",
              extent.files.data());
        }
        return confirmed;
      } catch (NoSuchFileException e) {
        life.lost(stored, extent);
        return false;
      } catch (IOException e) {
        log.warn("{} cannot be looked at: {}", extent.files.data(), e.toString());
        extent.trustNothing();
        return false;
      }
    }
  }

  /**
   * Whether what was trusted before a read was so until after it. The stamp alone does not tell:
   * someone else may have compared it meanwhile, distrusted the file and taken its new one.
   */
  boolean confirm(StoredEdition stored, Extent extent, Extent.Trusted before) {
    synchronized (stored) {
      return confirm(stored, extent) && extent.trustsSince(before);
    }
  }

  /** The stamp under which blocks that are verified now will be trusted; none while we write. */
  Optional<FileStamp> stamp(StoredEdition stored, Extent extent) {
    synchronized (stored) {
      if (extent.writers > 0) {
        return Optional.empty();
      }
      confirm(stored, extent);
      return Optional.ofNullable(extent.stamp);
    }
  }

  /** A block was verified after the stamp was taken: trusted, if that is still the stamp. */
  void trust(StoredEdition stored, Extent extent, int block, @Nullable FileStamp before) {
    synchronized (stored) {
      boolean sameStamp = before != null && before.equals(extent.stamp) && extent.writers == 0;
      if (sameStamp && extent.held.contains(block) && confirm(stored, extent)) {
        extent.trusted.add(block);
      }
    }
  }

  /** Before the first write of a room: looks whether the file is as we left it, and unseals. */
  void unseal(StoredEdition stored, Extent extent) throws IOException {
    synchronized (stored) {
      if (!extent.trusted.isEmpty()) {
        confirm(stored, extent);
      }
      removeSeal(extent);
    }
  }

  /** After a writer has left: if it was the last, the file is from now on as we left it. */
  void settle(StoredEdition stored, Extent extent) {
    synchronized (stored) {
      extent.quietSince = parts.now();
      if (extent.writers > 0) {
        return;
      }
      try {
        extent.settle();
      } catch (IOException e) {
        extent.stamp = null;
        extent.trustNothing();
        log.warn("{} cannot be looked at: {}", extent.files.data(), e.toString());
      }
    }
  }

  /** Mends the slot of a block, or drops the block. */
  void rewriteSlot(StoredEdition stored, Extent extent, int block, Optional<Hash> right)
      throws IOException {
    synchronized (stored) {
      if (right.isEmpty() && extent.held.checkedRemove(block)) {
        extent.distrust(block);
        stored.lost(extent.rangeOf(block), extent.shape.blockLength(block));
      }
      extent.changes++;
      removeSeal(extent);
      if (right.isPresent()) {
        extent.files.setSlot(block, right.get());
      } else {
        extent.files.drop(block);
      }
    }
  }

  private static void removeSeal(Extent extent) throws IOException {
    extent.sealed = false;
    if (extent.sealOnDisk) {
      extent.files.removeSeal();
      extent.sealOnDisk = false;
    }
  }
}
