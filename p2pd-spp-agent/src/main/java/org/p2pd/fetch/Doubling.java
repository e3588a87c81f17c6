package org.p2pd.fetch;

import java.time.Duration;

/** A time that is twice as long each time, up to a longest. */
record Doubling(Duration first, Duration longest) {

  /** Enough for every longest, and no overflow. */
  private static final int MOST_TIMES = 20;

  /**
   * How long it is, in nanoseconds.
   *
   * @param times for which time, from 1
   */
  long nanos(int times) {
    Duration doubled = first.multipliedBy(1L << Math.min(times - 1, MOST_TIMES));
    return Math.min(doubled.toNanos(), longest.toNanos());
  }
}
