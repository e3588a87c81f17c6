package org.p2pd.fetch;

import java.time.Duration;

/**
 * What fetching is told.
 *
 * @param memoryLimitBytes memory for blocks, off the heap, never exceeded ({@code -M}); at least 8
 *     MiB, rounded down to whole MiB
 * @param silence how long a source may send nothing before its span is asked of another
 */
public record FetchConfig(long memoryLimitBytes, Duration silence) {

  /** The usual patience with a silent source. */
  public static final Duration DEFAULT_SILENCE = Duration.ofSeconds(5);

  public FetchConfig {
    if (memoryLimitBytes < Slab.MIN_BYTES || silence.isNegative() || silence.isZero()) {
      throw new IllegalArgumentException(
          "fetching with " + memoryLimitBytes + " bytes of memory, silence " + silence);
    }
  }

  public FetchConfig(long memoryLimitBytes) {
    this(memoryLimitBytes, DEFAULT_SILENCE);
  }
}
