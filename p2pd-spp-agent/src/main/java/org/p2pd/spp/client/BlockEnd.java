package org.p2pd.spp.client;

import java.time.Duration;
import org.p2pd.spp.Referral;

/** How a {@link BlockQuestion} ended. */
public sealed interface BlockEnd {

  /** All blocks of the answer's proof came. */
  record Delivered() implements BlockEnd {}

  /** The node does not have them. No blame. */
  record NotHeld() implements BlockEnd {}

  /**
   * Another node has them, or is receiving them: a sibling, to be asked as one, and believed after
   * a session with it that has that id.
   */
  record Referred(Referral referral) implements BlockEnd {}

  /**
   * The node has too much to do, or is about to stop: it is not to be asked anything for a while.
   */
  record Busy(Duration retryAfter) implements BlockEnd {}

  /** These blocks are not to be had there now; others may be. */
  record Later(Duration retryAfter) implements BlockEnd {}

  /** The node itself sent a proof, leaves or bytes that do not verify. */
  record Mismatch(String detail) implements BlockEnd {}

  record Refused(String detail) implements BlockEnd {}

  /** Connection lost, timed out, or an answer that nobody vouches for. */
  record Lost(String detail) implements BlockEnd {}

  record Cancelled() implements BlockEnd {}
}
