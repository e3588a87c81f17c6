package org.p2pd.publish;

import java.nio.ByteBuffer;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import org.p2pd.model.BlockSize;

/**
 * Buffers of one leaf each, in which files are read to be hashed for a proof or looked at again.
 * Who finds none waits for another reading of a local file, never for a peer. Nobody takes two.
 * Thread-safe.
 */
final class ProofBuffers {

  private final Deque<ByteBuffer> idle = new ConcurrentLinkedDeque<>();
  private final Semaphore permits;

  /** One leaf's buffer; confined to the borrower. */
  final class Loan implements AutoCloseable {
    private final ByteBuffer buffer;

    private Loan(ByteBuffer buffer) {
      this.buffer = buffer;
    }

    /** The first bytes of the buffer, cleared. */
    ByteBuffer leaf(int bytes) {
      return buffer.clear().limit(bytes);
    }

    @Override
    public void close() {
      idle.push(buffer);
      permits.release();
    }
  }

  /**
   * @param memory is divided among those who borrow; at least one leaf
   */
  ProofBuffers(ByteBuffer memory) {
    int leaves = memory.capacity() / BlockSize.LEAF_BYTES;
    for (int i = 0; i < leaves; i++) {
      idle.add(memory.slice(i * BlockSize.LEAF_BYTES, BlockSize.LEAF_BYTES));
    }
    permits = new Semaphore(leaves);
  }

  Loan borrow() {
    permits.acquireUninterruptibly();
    return new Loan(idle.pop());
  }
}
