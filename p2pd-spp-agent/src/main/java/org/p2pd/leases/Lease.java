package org.p2pd.leases;

import java.time.Duration;

/**
 * What one child was sent in one answer and is counted on to pass on. It is over when nothing was
 * heard of it for as long as it lasts, or of the child, and {@link #LONGEST} after it began in any
 * case. Owned by its {@link Claim}.
 */
final class Lease {

  /** However well the child gets on. */
  static final Duration LONGEST = Duration.ofSeconds(60);

  private final long lengthNanos;
  private final long endNanos;

  /** What of it has not yet been said to be held or gone. */
  long leaves;

  /** When it began, or the answer was last seen to go on. */
  private long movedNanos;

  Lease(long leaves, Duration length, long nowNanos) {
    this.leaves = leaves;
    this.lengthNanos = length.toNanos();
    this.endNanos = nowNanos + LONGEST.toNanos();
    this.movedNanos = nowNanos;
  }

  /** The child takes what it is sent. */
  void moved(long nowNanos) {
    movedNanos = nowNanos;
  }

  /** How long it lasts if nothing more is heard; 0 or less if it is over. */
  long leftNanos(Child child, long nowNanos) {
    long quietNanos = Math.min(nowNanos - movedNanos, child.quietNanos(nowNanos));
    return Math.min(lengthNanos - quietNanos, endNanos - nowNanos);
  }

  @Override
  public String toString() {
    return "%x for %s".formatted(leaves, Duration.ofNanos(lengthNanos));
  }
}
