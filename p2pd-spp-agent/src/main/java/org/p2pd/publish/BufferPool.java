package org.p2pd.publish;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Memory off the heap for blocks on their way to readers, within a limit. Nobody waits for it: who
 * gets none is told when some was given back. Thread-safe.
 */
final class BufferPool {

  private final long limitBytes;

  @GuardedBy("this")
  private final Map<Integer, Deque<ByteBuffer>> free = new HashMap<>();

  @GuardedBy("this")
  private final Set<Runnable> waiting = new LinkedHashSet<>();

  @GuardedBy("this")
  private long usedBytes;

  @GuardedBy("this")
  private long freeBytes;

  BufferPool(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /** A cleared buffer of that capacity, which is one of the few block sizes. */
  synchronized Optional<ByteBuffer> acquire(int bytes) {
    if (usedBytes + bytes > limitBytes) {
      return Optional.empty();
    }
    usedBytes += bytes;
    Deque<ByteBuffer> ofSize = free.get(bytes);
    if (ofSize != null && !ofSize.isEmpty()) {
      freeBytes -= bytes;
      return Optional.of(ofSize.removeFirst().clear());
    }
    if (usedBytes + freeBytes > limitBytes) {
      free.clear(); // of other sizes
      freeBytes = 0;
    }
    return Optional.of(ByteBuffer.allocateDirect(bytes));
  }

  void release(ByteBuffer buffer) {
    Optional<Runnable> next;
    synchronized (this) {
      free.computeIfAbsent(buffer.capacity(), b -> new ArrayDeque<>()).addFirst(buffer);
      freeBytes += buffer.capacity();
      usedBytes -= buffer.capacity();
      next = nextWaiting();
    }
    next.ifPresent(Runnable::run);
  }

  /** Runs once when memory was given back; at once if there is some. */
  void whenReleased(int bytes, Runnable wake) {
    synchronized (this) {
      if (usedBytes + bytes > limitBytes) {
        waiting.add(wake);
        return;
      }
    }
    wake.run();
  }

  /** Takes back what was registered; if its turn had come already, the next one's comes instead. */
  void forget(Runnable wake) {
    Optional<Runnable> next;
    synchronized (this) {
      next = waiting.remove(wake) ? Optional.empty() : nextWaiting();
    }
    next.ifPresent(Runnable::run);
  }

  @GuardedBy("this")
  private Optional<Runnable> nextWaiting() {
    Iterator<Runnable> first = waiting.iterator();
    if (!first.hasNext()) {
      return Optional.empty();
    }
    Runnable next = first.next();
    first.remove();
    return Optional.of(next);
  }
}
