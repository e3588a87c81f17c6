package org.p2pd.holdings;

import java.util.List;

/**
 * News of which blocks of one edition a node holds.
 *
 * @param anew what was known before is void: what no run mentions is not held
 * @param more the rest is to be had at once
 * @param next the cursor after it, opaque to who asked
 * @param runs in ascending order, none touching what another one says
 */
public record BlockNews(boolean anew, boolean more, String next, List<BlockRun> runs) {

  public BlockNews {
    runs = List.copyOf(runs);
  }

  /**
   * Whether it says something to who stood at that cursor: the last part of an answer may say that
   * there is no more.
   */
  public boolean isNewsAfter(String cursor) {
    return !runs.isEmpty() || !next.equals(cursor);
  }
}
