package org.p2pd.fetch;

import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.p2pd.model.BlockSize;

/** Memory for bytes on their way from a file to a viewer. Thread-safe; no one waits in it. */
final class ReadBuffers {

  /** The most that is read at once, in bytes. */
  static final int MAX_BYTES = 256 * 1024;

  private final Slab slab;
  private final Queue<CacheStream> waiters = new ConcurrentLinkedQueue<>();

  ReadBuffers(Slab slab, Mailbox mailbox) {
    this.slab = slab;
    slab.whenReleased(
        () -> {
          if (!waiters.isEmpty()) {
            mailbox.post(new FetchEvent.MemoryFreed(this));
          }
        });
  }

  /**
   * Memory for {@code bytes} or, if that much is not free, for at least one leaf; if there is none
   * either, the stream is signalled when some was given back.
   */
  Optional<Slab.Piece> take(int bytes, CacheStream stream) {
    Optional<Slab.Piece> piece = tryTake(bytes);
    if (piece.isPresent()) {
      return piece;
    }
    waiters.add(stream);
    return tryTake(bytes); // what was given back meanwhile was signalled to no one
  }

  private Optional<Slab.Piece> tryTake(int bytes) {
    Optional<Slab.Piece> piece = slab.take(Share.READING, bytes);
    return piece.isPresent() || bytes <= BlockSize.LEAF_BYTES
        ? piece
        : slab.take(Share.READING, BlockSize.LEAF_BYTES);
  }

  void giveBack(Slab.Piece piece) {
    piece.release();
    wake();
  }

  /** Lets those who wait try again; what they lack may have been in the blocks' hands. */
  void wake() {
    for (CacheStream waiter = waiters.poll(); waiter != null; waiter = waiters.poll()) {
      waiter.signal();
    }
  }
}
