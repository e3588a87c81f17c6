package org.p2pd.publish;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.p2pd.memory.Chunks;

/**
 * All the memory that a server has for bytes of video ({@code -M}): off the heap, never more, and
 * what is not kept for hashing and proving is for blocks on their way to readers. Nobody waits for
 * it: who gets none is told when some was given back. Thread-safe.
 */
final class BufferPool {

  @GuardedBy("this")
  private final Chunks chunks;

  /** How much each waits for, who waits longest first. */
  @GuardedBy("this")
  private final Map<Runnable, Integer> waiting = new LinkedHashMap<>();

  BufferPool(long limitBytes) {
    this.chunks = new Chunks(limitBytes);
  }

  /** A piece of at least that many bytes (1 to 1 MiB). */
  synchronized Optional<Chunks.Piece> acquire(int bytes) {
    return chunks.take(bytes);
  }

  /**
   * Buffers of a MiB that never come back.
   *
   * @throws IOException if there are not so many; the message says what to do
   */
  synchronized List<ByteBuffer> keep(int count) throws IOException {
    List<ByteBuffer> kept = new ArrayList<>();
    while (kept.size() < count) {
      Optional<Chunks.Piece> piece = chunks.take(Chunks.CHUNK_BYTES);
      if (piece.isEmpty()) {
        throw new IOException(
            "Java gives less memory off the heap than -M says: start it with"
                + " -XX:MaxDirectMemorySize, or lower -M");
      }
      kept.add(piece.get().buffer(0, Chunks.CHUNK_BYTES));
    }
    return kept;
  }

  /** Takes a piece back, once. */
  void release(Chunks.Piece piece) {
    List<Runnable> next;
    synchronized (this) {
      chunks.giveBack(piece);
      next = next(piece.lengthBytes());
    }
    next.forEach(Runnable::run);
  }

  /** Runs once when so much can be had; at once if it can. */
  void whenReleased(int bytes, Runnable wake) {
    synchronized (this) {
      if (!chunks.has(bytes)) {
        waiting.put(wake, bytes);
        return;
      }
    }
    wake.run();
  }

  /** Takes back what was registered; if its turn had come already, others' comes instead. */
  void forget(int bytes, Runnable wake) {
    List<Runnable> next;
    synchronized (this) {
      next = waiting.remove(wake) == null ? next(bytes) : List.of();
    }
    next.forEach(Runnable::run);
  }

  synchronized long limitBytes() {
    return chunks.limitBytes();
  }

  synchronized long allocatedBytes() {
    return chunks.allocatedBytes();
  }

  /** Those whom so many bytes can serve, and at least one if it can have what it waits for. */
  @GuardedBy("this")
  private List<Runnable> next(int bytes) {
    List<Runnable> next = new ArrayList<>(1);
    int left = bytes;
    Iterator<Map.Entry<Runnable, Integer>> longestFirst = waiting.entrySet().iterator();
    while (left > 0 && longestFirst.hasNext()) {
      Map.Entry<Runnable, Integer> one = longestFirst.next();
      boolean fits = next.isEmpty() ? chunks.has(one.getValue()) : one.getValue() <= left;
      if (fits) {
        next.add(one.getKey());
        left -= Chunks.chargeBytes(one.getValue());
        longestFirst.remove();
      }
    }
    return next;
  }
}
