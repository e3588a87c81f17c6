package org.p2pd.spp;

import java.util.BitSet;

/**
 * Which of the counters near the highest one a session has carried (docs/spp.md section 3.2).
 *
 * <p>Confined to its session's lock.
 */
public final class ReplayWindow {

  /** How many counters, the highest included, are told apart. */
  public static final int SIZE = 1_024;

  private final BitSet seen = new BitSet(SIZE);
  private long highest;

  /** Records a counter (1 to 2^53 − 1); false if it was seen or lies below the window. */
  public boolean accept(long counter) {
    if (counter < 1 || counter > SppLimits.MAX_COUNTER || counter <= highest - SIZE) {
      return false;
    }
    if (counter > highest) {
      forgetBetween(highest, counter);
      highest = counter;
    } else if (seen.get(slot(counter))) {
      return false;
    }
    seen.set(slot(counter));
    return true;
  }

  /** Frees the slots that the counters above {@code from} up to {@code to} take over. */
  private void forgetBetween(long from, long to) {
    if (to - from >= SIZE) {
      seen.clear();
      return;
    }
    for (long counter = from + 1; counter <= to; counter++) {
      seen.clear(slot(counter));
    }
  }

  private static int slot(long counter) {
    return (int) (counter % SIZE);
  }
}
