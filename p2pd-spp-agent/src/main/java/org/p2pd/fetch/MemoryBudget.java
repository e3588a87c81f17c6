package org.p2pd.fetch;

import java.util.List;

/**
 * Counts the memory for blocks by {@link Share}, exactly. Not thread-safe: its {@link Slab} guards
 * it.
 */
final class MemoryBudget {

  /** The nested shares, the innermost first. */
  private static final List<Share> NESTED =
      List.of(Share.KEPT, Share.WARMING, Share.RELAY, Share.READ_AHEAD, Share.PLAY_HEAD);

  private long limitBytes;
  private final long[] used = new long[NESTED.size() + 1];
  private long total;
  private long peak;

  MemoryBudget(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  long limitBytes() {
    return limitBytes;
  }

  /** There is less than was thought: shares that use more than theirs get nothing until they do. */
  void lowerLimit(long bytes) {
    limitBytes = Math.min(limitBytes, bytes);
  }

  /** How many bytes could be charged to a share now; negative if it has too many. */
  long free(Share share) {
    if (share == Share.READING) {
      return share.limitBytes(limitBytes) - used[share.rank()];
    }
    long free = Long.MAX_VALUE;
    long nested = 0;
    for (Share nesting : NESTED) {
      nested += used[nesting.rank()];
      if (nesting.rank() <= share.rank()) {
        free = Math.min(free, nesting.limitBytes(limitBytes) - nested);
      }
    }
    return free;
  }

  boolean tryCharge(Share share, int bytes) {
    if (free(share) < bytes) {
      return false;
    }
    used[share.rank()] += bytes;
    total += bytes;
    if (total > limitBytes) {
      throw new IllegalStateException("memory " + total + " of " + limitBytes + " bytes");
    }
    peak = Math.max(peak, total);
    return true;
  }

  void discharge(Share share, int bytes) {
    used[share.rank()] -= bytes;
    total -= bytes;
    if (used[share.rank()] < 0) {
      throw new IllegalStateException("more given back than was taken of " + share);
    }
  }

  /** Charges to {@code to} what was charged to {@code from}, if there is room in it. */
  boolean tryMove(Share from, Share to, int bytes) {
    used[from.rank()] -= bytes;
    boolean fits = free(to) >= bytes;
    used[(fits ? to : from).rank()] += bytes;
    return fits;
  }

  long used(Share share) {
    return used[share.rank()];
  }

  long usedBytes() {
    return total;
  }

  long peakBytes() {
    return peak;
  }
}
