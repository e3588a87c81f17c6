package org.p2pd.store;

import java.nio.ByteBuffer;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.tree.TreeHasher;

/**
 * Buffers of 1 MiB, off the heap, in which blocks are verified: few, so that the memory they take
 * is bounded. Who finds none waits for another local verification, never for a peer. Nobody takes
 * two.
 */
final class ScratchPool {

  private final Semaphore permits;
  private final Deque<Scratch> idle = new ConcurrentLinkedDeque<>();

  /** One buffer and the hashers to go with it; confined to the borrower. */
  final class Scratch implements AutoCloseable {
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BlockSize.REGION_BYTES);
    private @Nullable ByteBuffer part;
    private final Map<DigestAlgorithm, TreeHasher> hashers = new EnumMap<>(DigestAlgorithm.class);

    /** For a block: the first bytes of the buffer, cleared. */
    ByteBuffer block(int bytes) {
      return buffer.clear().limit(bytes);
    }

    /** For a part of another block, while {@link #block} is in use. */
    ByteBuffer part(int bytes) {
      if (part == null) {
        part = ByteBuffer.allocateDirect(BlockSize.REGION_BYTES / 2);
      }
      return part.clear().limit(bytes);
    }

    TreeHasher hasher(DigestAlgorithm digest) {
      return hashers.computeIfAbsent(digest, TreeHasher::new);
    }

    @Override
    public void close() {
      idle.push(this);
      permits.release();
    }
  }

  ScratchPool(int most) {
    this.permits = new Semaphore(most);
  }

  Scratch borrow() {
    permits.acquireUninterruptibly();
    Scratch scratch = idle.poll();
    return scratch == null ? new Scratch() : scratch;
  }
}
