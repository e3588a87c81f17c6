package org.p2pd.leases;

import java.time.Duration;

/** Times as they are told to others: in whole seconds, within bounds. */
final class Seconds {

  private static final long NANOS = Duration.ofSeconds(1).toNanos();

  private Seconds() {}

  /** At least so long, in whole seconds, unless a bound says otherwise. */
  static Duration atLeast(long nanos, long shortestSeconds, long longestSeconds) {
    long seconds = Math.floorDiv(nanos + NANOS - 1, NANOS);
    return Duration.ofSeconds(Math.max(shortestSeconds, Math.min(seconds, longestSeconds)));
  }
}
