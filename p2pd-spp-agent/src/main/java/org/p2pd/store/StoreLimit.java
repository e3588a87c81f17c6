package org.p2pd.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Files;
import java.util.OptionalLong;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How much the store may take, and what other things in its directory leave of that. */
final class StoreLimit {

  private static final Logger log = LoggerFactory.getLogger(StoreLimit.class);
  private static final long MIB = 1L << 20;
  private static final int FAN_OUT = 256;

  static final long LEAST_EXTENT_BYTES = 64 * MIB;
  static final long MOST_EXTENT_BYTES = 64L << 30;
  private static final int EXTENTS = 16;

  private final StoreParts parts;

  /** What was counted last, and what grew since. */
  @GuardedBy("this")
  private long others;

  /** What has grown since a count began: that count may have missed it. */
  @GuardedBy("this")
  private long grown;

  @GuardedBy("this")
  private boolean known;

  StoreLimit(StoreParts parts) {
    this.parts = parts;
  }

  /** The extent size of a store that is made for such a limit. */
  static long extentBytes(long limitBytes) {
    long wanted = Math.max(1, limitBytes / EXTENTS);
    return Math.max(LEAST_EXTENT_BYTES, Math.min(MOST_EXTENT_BYTES, Long.highestOneBit(wanted)));
  }

  /** The default limit: 90 % of (free + held). */
  static long ninetyPercent(StorePaths paths, long heldBytes) throws IOException {
    return (Files.getFileStore(paths.root()).getUsableSpace() + heldBytes) / 10 * 9;
  }

  /**
   * The smallest limit with which one region of any edition can be kept.
   *
   * @param othersBytes what lies in the directory beside the store
   */
  static long smallest(long extentBytes, BlockSize blockSize, long othersBytes) {
    ExtentShape extent = new ExtentShape(Edition.MAX_LENGTH_BYTES, extentBytes, 0, blockSize);
    long edition =
        Charges.DIRECTORY
            + 10 * Charges.ENTRY
            + Charges.wholeFile(64)
            + Charges.tree(HashPlace.treeFileBytes(Edition.MAX_LENGTH_BYTES))
            + HashPlace.TIERS * Charges.PAGE
            + Charges.extent(extent)
            + Charges.bytes(BlockSize.REGION_BYTES);
    long bytes = Charges.GROUND + FAN_OUT * Charges.DIRECTORY + othersBytes + edition;
    return (bytes + MIB - 1) / MIB * MIB;
  }

  /** Sets the limit, when all that is there was found. */
  void set() throws IOException {
    OptionalLong told = parts.config().limitBytes();
    parts.ledger().found(Charges.GROUND);
    countOthers();
    long limit =
        told.isPresent()
            ? told.getAsLong()
            : ninetyPercent(parts.paths(), parts.ledger().balance().used());
    parts.ledger().setLimit(limit);
    synchronized (this) {
      known = true;
    }
    log.info(
        "{} may take {} MiB, and takes {} MiB",
        parts.paths().root(),
        limit / MIB,
        parts.ledger().balance().used() / MIB);
  }

  /** Counts what lies in the directory beside the store. */
  void countOthers() throws IOException {
    synchronized (this) {
      grown = 0;
    }
    long counted = StoreWalk.others(parts.paths());
    synchronized (this) {
      parts.ledger().found(counted + grown - others);
      others = counted + grown;
    }
  }

  /** Whether there is a limit yet: what grows before is found when it is set. */
  synchronized boolean isKnown() {
    return known;
  }

  /**
   * Others have written what they said they would.
   *
   * @param reserved whether it was reserved before
   */
  synchronized void grew(long bytes, boolean reserved) {
    if (reserved) {
      parts.ledger().use(bytes);
    } else {
      parts.ledger().found(bytes);
    }
    others += bytes;
    grown += bytes;
  }
}
