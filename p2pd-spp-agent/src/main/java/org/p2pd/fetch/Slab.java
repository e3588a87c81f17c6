package org.p2pd.fetch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.p2pd.memory.Chunks;

/**
 * The memory for blocks in flight: {@code -M} bytes off the heap, never more, in shares. Pieces lie
 * in {@link Chunks}. Thread-safe.
 */
final class Slab implements AutoCloseable {

  /** The least memory that gives every share room for at least one block of 1 MiB. */
  static final long MIN_BYTES = 8L * Chunks.CHUNK_BYTES;

  @GuardedBy("this")
  private final MemoryBudget budget;

  @GuardedBy("this")
  private final Chunks chunks;

  private volatile Runnable released = () -> {};

  /**
   * @param limitBytes at least {@link #MIN_BYTES}; rounded down to whole MiB
   */
  Slab(long limitBytes) {
    this(new Chunks(limitBytes), limitBytes);
  }

  Slab(long limitBytes, Chunks.Source source) {
    this(new Chunks(limitBytes, source), limitBytes);
  }

  private Slab(Chunks chunks, long limitBytes) {
    if (limitBytes < MIN_BYTES) {
      throw new IllegalArgumentException(
          "memory for blocks (-M) must be at least 8 MiB, not " + limitBytes + " bytes");
    }
    this.chunks = chunks;
    budget = new MemoryBudget(chunks.limitBytes());
  }

  /**
   * Runs {@code then} whenever a piece was given back, whoever did it and whatever he has locked.
   */
  void whenReleased(Runnable then) {
    released = then;
  }

  /** A piece of at least that many bytes (1 to 1 MiB), unless the share or the slab is used up. */
  synchronized Optional<Piece> take(Share share, int bytes) {
    if (budget.free(share) < Chunks.chargeBytes(bytes)) {
      return Optional.empty();
    }
    Optional<Chunks.Piece> memory = chunks.take(bytes);
    budget.lowerLimit(chunks.limitBytes()); // Java may just have refused: all shares get smaller
    if (memory.isPresent() && !budget.tryCharge(share, memory.get().lengthBytes())) {
      throw new IllegalStateException("the budget changed its mind");
    }
    return memory.map(piece -> new Piece(piece, share));
  }

  /** What a piece for that many bytes is charged. */
  static int chargeBytes(int bytes) {
    return Chunks.chargeBytes(bytes);
  }

  synchronized long limitBytes() {
    return budget.limitBytes();
  }

  synchronized long freeBytes(Share share) {
    return budget.free(share);
  }

  synchronized long usedBytes() {
    return budget.usedBytes();
  }

  synchronized long usedBytes(Share share) {
    return budget.used(share);
  }

  synchronized long peakBytes() {
    return budget.peakBytes();
  }

  /** Gives out nothing more; the memory goes with the last piece that is still in use. */
  @Override
  public synchronized void close() {
    chunks.close();
  }

  /** Some of the memory, until it is given back. */
  final class Piece {
    private final Chunks.Piece memory;

    @GuardedBy("Slab.this")
    private @Nullable Share share;

    Piece(Chunks.Piece memory, Share share) {
      this.memory = memory;
      this.share = share;
    }

    /** A buffer of its own over {@code length} of its bytes. */
    ByteBuffer buffer(int offset, int length) {
      return memory.buffer(offset, length);
    }

    int lengthBytes() {
      return memory.lengthBytes();
    }

    /** Charges the piece to another share, if that has room. */
    boolean moveTo(Share to) {
      synchronized (Slab.this) {
        if (share == null || !budget.tryMove(share, to, lengthBytes())) {
          return false;
        }
        share = to;
        return true;
      }
    }

    /** Gives it back, exactly once; nothing may touch its buffers any more. */
    void release() {
      synchronized (Slab.this) {
        if (share == null) {
          throw new IllegalStateException("a piece of memory was given back twice");
        }
        budget.discharge(share, lengthBytes());
        share = null;
        chunks.giveBack(memory);
      }
      released.run();
    }
  }
}
