package org.p2pd.fetch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.BlockSize;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory for blocks in flight: {@code -M} bytes off the heap, never more.
 *
 * <p>It is allocated lazily in chunks of one MiB. A chunk is 64 units of 16 KiB, one bit each, and
 * gives out aligned pieces of 1, 2, 4 … 64 units. The lowest chunk with room gives first, so that
 * unused chunks stay unallocated. Blocks of one size fill chunks without a gap; with mixed sizes a
 * large piece may have to wait for small ones although the budget would allow it. Thread-safe.
 */
final class Slab implements AutoCloseable {

  /** The least memory that gives every share room for at least one block of 1 MiB. */
  static final long MIN_BYTES = 8L * BlockSize.REGION_BYTES;

  private static final Logger LOG = LoggerFactory.getLogger(Slab.class);
  private static final int UNIT_BYTES = BlockSize.LEAF_BYTES;
  private static final int CHUNK_BYTES = BlockSize.REGION_BYTES;

  /** By the logarithm of a piece's units: where such pieces may begin. */
  private static final long[] ALIGNED = {
    -1L,
    0x5555555555555555L,
    0x1111111111111111L,
    0x0101010101010101L,
    0x0001000100010001L,
    0x0000000100000001L,
    1L
  };

  @GuardedBy("this")
  private final MemoryBudget budget;

  @GuardedBy("this")
  private final long[] freeUnits;

  @GuardedBy("this")
  private final @Nullable ByteBuffer[] chunks;

  /** How many chunks there may be: fewer than the limit once the JVM has refused one. */
  @GuardedBy("this")
  private int chunkLimit;

  /** No chunk below this one has a free unit. */
  @GuardedBy("this")
  private int firstFree;

  @GuardedBy("this")
  private boolean closed;

  /**
   * @param limitBytes at least {@link #MIN_BYTES}; rounded down to whole MiB
   */
  Slab(long limitBytes) {
    if (limitBytes < MIN_BYTES) {
      throw new IllegalArgumentException(
          "memory for blocks (-M) must be at least 8 MiB, not " + limitBytes + " bytes");
    }
    chunkLimit = Math.toIntExact(limitBytes / CHUNK_BYTES);
    budget = new MemoryBudget((long) chunkLimit * CHUNK_BYTES);
    freeUnits = new long[chunkLimit];
    java.util.Arrays.fill(freeUnits, -1L);
    chunks = new ByteBuffer[chunkLimit];
  }

  /** A piece of at least that many bytes (1 to 1 MiB), unless the share or the slab is used up. */
  synchronized Optional<Piece> take(Share share, int bytes) {
    int log = pieceLog(bytes);
    if (closed || budget.free(share) < (long) UNIT_BYTES << log) {
      return Optional.empty();
    }
    for (int chunk = firstFree; chunk < chunkLimit; chunk++) {
      long starts = starts(freeUnits[chunk], log);
      if (starts == 0) {
        continue;
      }
      ByteBuffer memory = chunks[chunk] == null ? allocate(chunk) : chunks[chunk];
      if (memory == null) {
        return Optional.empty();
      }
      int unit = Long.numberOfTrailingZeros(starts);
      freeUnits[chunk] &= ~units(unit, log);
      while (firstFree < chunkLimit && freeUnits[firstFree] == 0) {
        firstFree++;
      }
      if (!budget.tryCharge(share, UNIT_BYTES << log)) {
        throw new IllegalStateException("the budget changed its mind");
      }
      return Optional.of(
          new Piece(memory.slice(unit * UNIT_BYTES, UNIT_BYTES << log), share, chunk, unit, log));
    }
    return Optional.empty();
  }

  /** What a piece for that many bytes is charged. */
  static int chargeBytes(int bytes) {
    return UNIT_BYTES << pieceLog(bytes);
  }

  private static int pieceLog(int bytes) {
    if (bytes < 1 || bytes > CHUNK_BYTES) {
      throw new IllegalArgumentException("a piece of " + bytes + " bytes");
    }
    int units = (bytes + UNIT_BYTES - 1) / UNIT_BYTES;
    return Integer.SIZE - Integer.numberOfLeadingZeros(units - 1);
  }

  private static long starts(long free, int log) {
    long runs = free;
    for (int have = 0; have < log; have++) {
      runs &= runs >>> (1 << have);
    }
    return runs & ALIGNED[log];
  }

  private static long units(int unit, int log) {
    return (log == 6 ? -1L : (1L << (1 << log)) - 1) << unit;
  }

  @GuardedBy("this")
  private @Nullable ByteBuffer allocate(int chunk) {
    try {
      ByteBuffer memory = ByteBuffer.allocateDirect(CHUNK_BYTES);
      chunks[chunk] = memory;
      return memory;
    } catch (OutOfMemoryError e) {
      // The JVM's own limit is lower than -M: live with what it gave. Asking again is slow.
      chunkLimit = chunk;
      LOG.warn(
          "Java gives only {} MiB of the memory for blocks (-M {} MiB): start it with"
              + " -XX:MaxDirectMemorySize={}m or lower -M",
          chunk,
          chunks.length,
          chunks.length + 64);
      return null;
    }
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
    closed = true;
    java.util.Arrays.fill(chunks, null);
  }

  /** Some of the memory, until it is given back. */
  final class Piece {
    private final ByteBuffer memory;
    private final int chunk;
    private final int unit;
    private final int log;

    @GuardedBy("Slab.this")
    private @Nullable Share share;

    Piece(ByteBuffer memory, Share share, int chunk, int unit, int log) {
      this.memory = memory;
      this.share = share;
      this.chunk = chunk;
      this.unit = unit;
      this.log = log;
    }

    /** A buffer of its own over {@code length} of its bytes. */
    ByteBuffer buffer(int offset, int length) {
      return memory.slice(offset, length);
    }

    int lengthBytes() {
      return UNIT_BYTES << log;
    }

    /** Charges the piece to another share, if that has room. */
    boolean moveTo(Share to) {
      synchronized (Slab.this) {
        if (share == null || !budget.tryMove(share, to, UNIT_BYTES << log)) {
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
        budget.discharge(share, UNIT_BYTES << log);
        share = null;
        freeUnits[chunk] |= units(unit, log);
        firstFree = Math.min(firstFree, chunk);
      }
    }
  }
}
