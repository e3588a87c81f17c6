package org.p2pd.content;

/** For whom bytes are read. */
public enum Reader {
  /** A viewer believes what it gets: only verified or trusted bytes. */
  VIEWER,
  /** A node verifies what it gets: a server may send it a file's bytes as they lie on disk. */
  PEER
}
