package org.p2pd.fetch;

import java.time.Duration;

/**
 * What fetching is told.
 *
 * @param memoryLimitBytes memory for blocks, off the heap, never exceeded ({@code -M}); at least 8
 *     MiB, rounded down to whole MiB
 * @param silence how long a source may send nothing before its spans are given up, although no
 *     other has them; a fifth of it where another one has
 * @param parentBelowBytesPerSecond a parent helps siblings that hold a title, but have all to do
 *     that they can, while they bring less than this together ({@code --parent-below})
 */
public record FetchConfig(
    long memoryLimitBytes, Duration silence, double parentBelowBytesPerSecond) {

  /** The usual patience with a silent source. */
  public static final Duration DEFAULT_SILENCE = Duration.ofSeconds(5);

  /** 500 Mbit/s. */
  public static final double DEFAULT_PARENT_BELOW = 62_500_000;

  public FetchConfig {
    if (memoryLimitBytes < Slab.MIN_BYTES
        || silence.isNegative()
        || silence.isZero()
        || parentBelowBytesPerSecond < 0) {
      throw new IllegalArgumentException(
          "fetching with " + memoryLimitBytes + " bytes of memory, silence " + silence);
    }
  }

  public FetchConfig(long memoryLimitBytes) {
    this(memoryLimitBytes, DEFAULT_SILENCE, DEFAULT_PARENT_BELOW);
  }
}
