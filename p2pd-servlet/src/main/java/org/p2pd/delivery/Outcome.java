package org.p2pd.delivery;

/** How a response ended. */
public enum Outcome {
  /** All of it was handed to the container. */
  COMPLETE,
  /** The other side closed the connection. */
  LEFT,
  /** The other side stopped reading for longer than it may. */
  STALLED,
  /** No byte became available for longer than may be. */
  STARVED,
  /** The reading failed: the bytes are no longer to be had. */
  FAILED,
  /** This node stops. */
  STOPPED
}
