package org.p2pd.fetch;

import java.time.Duration;
import java.util.Arrays;

/**
 * How long a source usually takes for the first block of a play-head question, and when it is late:
 * beyond the 95th percentile of its last {@value #SAMPLES} answers. (Dean and Barroso, The Tail at
 * Scale, 2013: a request that is repeated only then costs a few percent and cuts the tail.)
 * Confined to the fetch loop.
 */
final class UsualTime {

  private static final int SAMPLES = 32;

  /** With fewer than so many nothing is known. */
  private static final int ENOUGH = 8;

  private static final double PERCENTILE = 0.95;
  private static final long UNKNOWN_NANOS = Duration.ofMillis(250).toNanos();
  private static final long LEAST_NANOS = Duration.ofMillis(50).toNanos();
  private static final long MOST_NANOS = Duration.ofSeconds(1).toNanos();

  private final long[] nanos = new long[SAMPLES];
  private int count;

  void add(long tookNanos) {
    nanos[count++ % SAMPLES] = tookNanos;
  }

  /** From when on it is late, in nanoseconds after the question. */
  long lateAfterNanos() {
    if (count < ENOUGH) {
      return UNKNOWN_NANOS;
    }
    long[] sorted = Arrays.copyOf(nanos, Math.min(count, SAMPLES));
    Arrays.sort(sorted);
    long usual = sorted[(int) Math.ceil(PERCENTILE * sorted.length) - 1];
    return Math.max(LEAST_NANOS, Math.min(MOST_NANOS, usual));
  }
}
