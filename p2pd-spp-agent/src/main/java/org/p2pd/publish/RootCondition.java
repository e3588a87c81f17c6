package org.p2pd.publish;

/** How the public directory itself is. In all but the first nothing in it is believed. */
sealed interface RootCondition {

  /**
   * It can be read and has something in it.
   *
   * @param device its file system
   */
  record Fine(long device) implements RootCondition {}

  /** It can be read and has nothing in it, not even a directory: emptied, or nothing is mounted. */
  record Empty(long device) implements RootCondition {}

  /** It is missing, no directory, forbidden, or its disk fails. */
  record Unreadable(String reason) implements RootCondition {}
}
