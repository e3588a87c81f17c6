package org.p2pd.fetch;

import org.p2pd.model.BlockSize;

/**
 * How far ahead of a reading to ask. Pure.
 *
 * <p>As far as the viewer gets while an answer is under way, twice, plus half a second against
 * hiccups, plus a minimum. A viewer that is faster than the source is measured at the source's
 * rate; since the window is more than what that rate needs, it grows with each round until the
 * source is the limit.
 */
final class ReadAhead {

  static final long MAX_BYTES = 16L * 1024 * 1024;

  /** A range up to this size is asked for at once: nobody names it who does not want it. */
  static final long WHOLE_RANGE_BYTES = BlockSize.REGION_BYTES;

  private static final long MIN_BYTES = 256 * 1024;
  private static final double MARGIN_SECONDS = 0.5;

  /** What waits in memory for its viewer is dear: less margin, a lower bound. */
  private static final long PASSING_MAX_BYTES = 4L * 1024 * 1024;

  private static final double PASSING_MARGIN_SECONDS = 0.25;

  private ReadAhead() {}

  /** Before the viewer has taken anything: a short range whole, else only the block asked for. */
  static long first(long remainingBytes) {
    return remainingBytes <= WHOLE_RANGE_BYTES ? remainingBytes : 1;
  }

  /**
   * The bytes to have asked for from the reading position on.
   *
   * @param bytesPerSecond how fast the viewer takes them
   * @param latencySeconds from a question to its answer's first byte
   * @param blockBytes the size of blocks there
   */
  static long window(double bytesPerSecond, double latencySeconds, int blockBytes) {
    double ahead = bytesPerSecond * (2 * latencySeconds + MARGIN_SECONDS);
    return Math.min(MAX_BYTES, (long) ahead + Math.max(MIN_BYTES, 2L * blockBytes));
  }

  /** The same where blocks cannot be kept, so that a slow viewer holds little memory. */
  static long passingWindow(double bytesPerSecond, double latencySeconds, int blockBytes) {
    double ahead = bytesPerSecond * (2 * latencySeconds + PASSING_MARGIN_SECONDS);
    return Math.min(PASSING_MAX_BYTES, (long) ahead + blockBytes);
  }
}
