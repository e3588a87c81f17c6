package org.p2pd.content;

/** For whom bytes are read. */
public enum Reader {
  /** A viewer believes what it gets: only verified or trusted bytes. */
  VIEWER,
  /** A node verifies what it gets: held bytes may be sent as they lie on disk. */
  PEER
}
