package org.p2pd.holdings;

/** What was touched last, in the order of versions, as far as it is remembered. */
interface Changes {

  /** The highest version there is, at least 1. */
  long version();

  /** Whether everything that was touched after that version is remembered. */
  boolean reaches(long since);

  /** Whether something was touched after that version. */
  boolean follows(long since);

  /** The version up to which one can be told who knows up to {@code since}; more if there is. */
  long upTo(long since);
}
