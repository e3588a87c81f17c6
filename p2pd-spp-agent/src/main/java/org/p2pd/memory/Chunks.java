package org.p2pd.memory;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.BlockSize;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * So many bytes off the heap, never more, in pieces.
 *
 * <p>They are allocated lazily in chunks of one MiB, and kept: what is given back is given out
 * again. A chunk is 64 units of 16 KiB, one bit each, and gives out aligned pieces of 1, 2, 4 … 64
 * units. The lowest chunk with room gives first, so that unused chunks stay unallocated. Blocks of
 * one size fill chunks without a gap; with mixed sizes a large piece may have to wait for small
 * ones although enough is free in all. Not thread-safe: its owner guards it.
 */
public final class Chunks {

  /** All memory is counted in these. */
  public static final int UNIT_BYTES = BlockSize.LEAF_BYTES;

  /** The largest piece. */
  public static final int CHUNK_BYTES = BlockSize.REGION_BYTES;

  private static final Logger LOG = LoggerFactory.getLogger(Chunks.class);

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

  /** Where memory comes from: Java, or a test. */
  @FunctionalInterface
  public interface Source {
    /**
     * So many bytes off the heap.
     *
     * @throws OutOfMemoryError if there are none
     */
    ByteBuffer allocate(int bytes);
  }

  private final Source source;
  private final long[] freeUnits;
  private final @Nullable ByteBuffer[] chunks;

  /** How many chunks there may be: fewer than the limit once the JVM has refused one. */
  private int chunkLimit;

  /** No chunk below this one has a free unit. */
  private int firstFree;

  private int allocated;
  private boolean closed;

  /**
   * @param limitBytes rounded down to whole MiB
   */
  public Chunks(long limitBytes) {
    this(limitBytes, ByteBuffer::allocateDirect);
  }

  /**
   * @param limitBytes rounded down to whole MiB
   */
  public Chunks(long limitBytes, Source source) {
    this.source = source;
    chunkLimit = Math.toIntExact(limitBytes / CHUNK_BYTES);
    freeUnits = new long[chunkLimit];
    Arrays.fill(freeUnits, -1L);
    chunks = new ByteBuffer[chunkLimit];
  }

  /** Some of the memory, from {@link #take} until it is given back. */
  public static final class Piece {
    private final ByteBuffer memory;
    private final int chunk;
    private final int unit;
    private final int log;

    private Piece(ByteBuffer memory, int chunk, int unit, int log) {
      this.memory = memory;
      this.chunk = chunk;
      this.unit = unit;
      this.log = log;
    }

    /** A buffer of its own over {@code length} of its bytes. */
    public ByteBuffer buffer(int offset, int length) {
      return memory.slice(offset, length);
    }

    public int lengthBytes() {
      return UNIT_BYTES << log;
    }
  }

  /** A piece of at least that many bytes (1 to 1 MiB), unless no chunk has room for it. */
  public Optional<Piece> take(int bytes) {
    int log = pieceLog(bytes);
    int chunk = closed ? chunkLimit : chunkFor(log);
    if (chunk == chunkLimit) {
      return Optional.empty();
    }
    ByteBuffer memory = chunks[chunk] == null ? allocate(chunk) : chunks[chunk];
    if (memory == null) {
      return Optional.empty();
    }
    int unit = Long.numberOfTrailingZeros(starts(freeUnits[chunk], log));
    freeUnits[chunk] &= ~units(unit, log);
    while (firstFree < chunkLimit && freeUnits[firstFree] == 0) {
      firstFree++;
    }
    ByteBuffer slice = memory.slice(unit * UNIT_BYTES, UNIT_BYTES << log);
    return Optional.of(new Piece(slice, chunk, unit, log));
  }

  /** Whether {@link #take} has such a piece now, as far as is known before Java is asked for it. */
  public boolean has(int bytes) {
    return !closed && chunkFor(pieceLog(bytes)) < chunkLimit;
  }

  /** Takes a piece back that was not given back yet; nothing may touch its buffers any more. */
  public void giveBack(Piece piece) {
    freeUnits[piece.chunk] |= units(piece.unit, piece.log);
    firstFree = Math.min(firstFree, piece.chunk);
  }

  /** The first chunk with room, or the number of chunks. */
  private int chunkFor(int log) {
    int chunk = firstFree;
    while (chunk < chunkLimit && starts(freeUnits[chunk], log) == 0) {
      chunk++;
    }
    return chunk;
  }

  /** What a piece for that many bytes takes. */
  public static int chargeBytes(int bytes) {
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

  private @Nullable ByteBuffer allocate(int chunk) {
    try {
      ByteBuffer memory = source.allocate(CHUNK_BYTES);
      chunks[chunk] = memory;
      allocated++;
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

  /** How much there may be at most, in whole MiB: less than was asked for if Java refuses. */
  public long limitBytes() {
    return (long) chunkLimit * CHUNK_BYTES;
  }

  /** How much was asked of Java so far. */
  public long allocatedBytes() {
    return (long) allocated * CHUNK_BYTES;
  }

  /** Gives out nothing more; the memory goes with the last piece that is still in use. */
  public void close() {
    closed = true;
    Arrays.fill(chunks, null);
  }
}
