package org.p2pd.spp.client;

import org.jspecify.annotations.Nullable;
import org.p2pd.tree.SpanProof;

/** What came of a question for a proof without bytes. */
public sealed interface ProofReply {

  /**
   * A proof that leads to the root.
   *
   * @param leaves the first block's leaf hashes, checked; null unless asked for a play head
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not shared
  record Proven(SpanProof proof, byte @Nullable [] leaves) implements ProofReply {}

  /**
   * None.
   *
   * @param status of an answer whose MAC is right; 0 if there was none
   */
  record NotProven(int status, String detail) implements ProofReply {}
}
