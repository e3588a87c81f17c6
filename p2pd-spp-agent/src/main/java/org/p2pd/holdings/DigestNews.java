package org.p2pd.holdings;

/**
 * News of which editions a node holds something of.
 *
 * @param anew what was known before is void
 * @param more the rest is to be had at once
 * @param next the cursor after it, opaque to who asked
 */
public record DigestNews(boolean anew, boolean more, String next, DigestRecords records) {

  /**
   * Whether it says something to who stood at that cursor: the last part of an answer may say that
   * there is no more.
   */
  public boolean isNewsAfter(String cursor) {
    return records.count() > 0 || !next.equals(cursor);
  }
}
