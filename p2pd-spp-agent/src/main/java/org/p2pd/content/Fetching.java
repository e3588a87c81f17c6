package org.p2pd.content;

/** What a reading does about bytes that are not held. */
public enum Fetching {
  /** It fails. */
  NOTHING,
  /**
   * It takes what is on its way to this node, from one that is no sibling of it, and fails at what
   * is not: so nobody waits for a node that waits for him.
   */
  ARRIVING,
  /** It has them fetched. */
  MISSING
}
