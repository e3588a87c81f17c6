package org.p2pd.spp.client;

import java.nio.ByteBuffer;
import java.time.Duration;
import org.p2pd.tree.SpanProof;

/**
 * Hears the answer to a {@link BlockQuestion}: the proof, perhaps a lease, then for each block in
 * order its buffer, verified prefixes, the verified block; at last exactly one end. Calls never
 * overlap and come on the client's threads; only the end may come on the thread that cancelled.
 * Must not block, and may write to the local store.
 */
public interface BlockReceiver {

  /** The proof of what comes (the question's span or its first blocks) leads to the root. */
  void proof(SpanProof proof);

  /**
   * The asked node counts on this one to pass on what comes, for so long: whole seconds, 1 to 600.
   * Follows the proof, if it comes.
   */
  default void leased(Duration lease) {}

  /**
   * Where a block's bytes go: exactly the block's length remains; its position moves as they come.
   */
  ByteBuffer bufferFor(int block);

  /** The first bytes of the block are verified (play-head questions, first block). */
  void prefixVerified(int block, int bytes);

  void blockVerified(int block);

  void ended(BlockEnd end);
}
