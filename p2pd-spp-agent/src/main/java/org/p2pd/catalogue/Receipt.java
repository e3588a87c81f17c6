package org.p2pd.catalogue;

/** What came of batches that a node sent. */
public sealed interface Receipt {

  /** Some were new. Ask again, at once, with {@link Replica#cursor}. */
  record Taken(int batches) implements Receipt {}

  /** All were known. */
  record Known() implements Receipt {}

  /**
   * Something lies before them that this node lacks. Ask again, at once, with {@link
   * Replica#cursor}; a node that answers so twice in a row is not asked for some time.
   */
  record Gap() implements Receipt {}

  /** One was refused, and all behind it. Ask that node again after 10 s at the earliest. */
  record Refused(Reason reason, String detail) implements Receipt {}

  /** Why batches are refused. */
  enum Reason {
    /** Not what docs/spp-catalogue.md says. */
    MALFORMED,
    BAD_SIGNATURE,
    /** Signed by a key that is not believed: {@link Replica#authorityState}. */
    OTHER_AUTHORITY,
    /** Continues another history of the same epoch. The authority heals it when it hears. */
    FORKED,
    /** It could not be written to disk; nothing changed. */
    NOT_STORED
  }
}
