package org.p2pd.spp.client;

/** Why another node could not be asked, or its answer not be used. */
public enum Trouble {
  /** No connection, no answer in time, or the connection broke. */
  UNREACHABLE,
  /** Something answers there, but it does not speak SPP/1. */
  NOT_A_NODE,
  /** The two nodes have different secrets. */
  WRONG_SECRET,
  /** This node has no secret, and that one did not hand one over. */
  NO_SECRET,
  /** A proxy stands between, or changes what is said. */
  NOT_DIRECT,
  /** The address is this node's own. */
  ONESELF,
  /** The node cannot answer now, but may later. */
  NOT_NOW,
  /** This client was closed. */
  CLOSED
}
