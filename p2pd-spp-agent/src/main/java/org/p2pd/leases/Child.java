package org.p2pd.leases;

import java.time.Duration;
import org.p2pd.model.NodeId;

/** What a parent knows of one of its children. Owned by its {@link LeaseTable}. */
final class Child {

  private static final long SHORTEST_LEASE_SECONDS = 2;

  /**
   * Without a word from the child, and without its taking anything: one that only looks at the
   * heads of answers is believed no longer.
   */
  private static final long LONGEST_LEASE_SECONDS = 10;

  /** What a child is taken to receive that has not said; a slow line's. */
  private static final long UNKNOWN_RATE = 128 * 1024;

  /** Who says that it receives less is taken to receive that much. */
  private static final long LOWEST_RATE = 16 * 1024;

  /** Ten gigabits a second. Who says that it receives more has said nothing. */
  private static final long HIGHEST_RATE = 1_250_000_000;

  /** How many times as long as it should take a child is counted on. */
  private static final int PATIENCE = 2;

  final NodeId id;

  /** How many regions there are of which it was sent something. */
  int claims;

  /** Larger the later it was referred to; 0 if it never was. */
  long referral;

  /** What it said that it receives from the parent, in bytes a second; 0 if it has not said. */
  private long rate;

  /** When it should have received all that was sent to it so far. */
  private long busyUntilNanos;

  /** When it last said that it holds something that it was sent. */
  private long heardNanos;

  Child(NodeId id, long nowNanos) {
    this.id = id;
    this.busyUntilNanos = nowNanos;
    this.heardNanos = nowNanos;
  }

  void receives(long bytesPerSecond) {
    rate = bytesPerSecond > HIGHEST_RATE ? 0 : Math.max(bytesPerSecond, LOWEST_RATE);
  }

  void heard(long nowNanos) {
    heardNanos = nowNanos;
  }

  /** For how long it has not said that it holds something; its first question counts too. */
  long quietNanos(long nowNanos) {
    return nowNanos - heardNanos;
  }

  /** Whether both rates are known, and its own is less than half of the other. */
  boolean isClearlySlowerThan(Child other) {
    return rate > 0 && rate < other.rate - rate;
  }

  /**
   * How long it may take over so many more bytes: they queue behind what was sent to it before.
   *
   * @return whole seconds
   */
  Duration lease(long bytes, long nowNanos) {
    double nanos = bytes * 1e9 / (rate > 0 ? rate : UNKNOWN_RATE);
    long queued = Math.max(0, busyUntilNanos - nowNanos);
    long until = (long) Math.min(queued + nanos, LONGEST_LEASE_SECONDS * 1e9);
    busyUntilNanos = nowNanos + until;
    return Seconds.atLeast(PATIENCE * until, SHORTEST_LEASE_SECONDS, LONGEST_LEASE_SECONDS);
  }

  @Override
  public String toString() {
    return id.toString();
  }
}
