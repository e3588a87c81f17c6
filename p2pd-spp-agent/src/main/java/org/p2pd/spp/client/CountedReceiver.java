package org.p2pd.spp.client;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.p2pd.tree.SpanProof;

/** Counts a receiver's question down when it ends. */
record CountedReceiver(BlockReceiver receiver, AtomicInteger underWay) implements BlockReceiver {

  @Override
  public void proof(SpanProof proof) {
    receiver.proof(proof);
  }

  @Override
  public void leased(Duration lease) {
    receiver.leased(lease);
  }

  @Override
  public ByteBuffer bufferFor(int block) {
    return receiver.bufferFor(block);
  }

  @Override
  public void prefixVerified(int block, int bytes) {
    receiver.prefixVerified(block, bytes);
  }

  @Override
  public void blockVerified(int block) {
    receiver.blockVerified(block);
  }

  @Override
  public void ended(BlockEnd end) {
    underWay.decrementAndGet();
    receiver.ended(end);
  }
}
