package org.p2pd.content;

/** Why a reading cannot go on. */
public enum ContentFailure {
  /** Not held here, and not to be fetched: not allowed, or no source that has it answers. */
  UNAVAILABLE,
  /** Its file is here, but the system does not let it be read: its owner has to mend that. */
  UNREADABLE,
  /** The title changed and no one holds the rest of this edition. */
  EDITION_GONE,
  /** The admission limit is reached: try again in a moment. */
  BUSY,
  /** The node is shutting down. */
  CLOSING,
  /** The reading was closed by its owner. */
  CLOSED
}
