package org.p2pd.holdings;

/**
 * Consecutive blocks that are all held, or of which none is.
 *
 * @param first number of the first one
 * @param count at least one
 */
public record BlockRun(boolean held, int first, int count) {

  public BlockRun {
    if (first < 0 || count < 1 || first > Integer.MAX_VALUE - count) {
      throw new IllegalArgumentException(count + " blocks from " + first);
    }
  }

  /** The number after the last one. */
  public int end() {
    return first + count;
  }
}
