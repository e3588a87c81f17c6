package org.p2pd.delivery;

import java.time.Duration;

/**
 * How much is written to a viewer at once: much to one that drains fast (each write costs a turn of
 * the container's poller), little to one that does not (what the socket refuses is copied to the
 * heap). Confined to its response.
 */
final class WriteSize {

  static final int MIN_BYTES = 16 * 1024;

  /**
   * The most without a large buffer. In our Tomcat it fits the socket's own buffer, which is off
   * the heap; of more, what the socket refuses would take 64 KiB of heap and multiples of it.
   */
  static final int MAX_BYTES = 32 * 1024;

  /** Drained sooner than this: write more. */
  static final Duration FAST = Duration.ofMillis(5);

  /** Drained later than this: write less. */
  static final Duration SLOW = Duration.ofMillis(200);

  /** What is written before anything is known: a crowd begins, and most of it is slow. */
  static final int START_BYTES = MIN_BYTES;

  private final int maxBytes;
  private int bytes = START_BYTES;

  /** Never more than {@code maxBytes} at once. */
  WriteSize(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  int bytes() {
    return bytes;
  }

  /** A write of that many bytes was drained after that time. */
  void drained(int writtenBytes, long nanos) {
    if (nanos > SLOW.toNanos()) {
      bytes = Math.max(MIN_BYTES, bytes / 2);
    } else if (nanos < FAST.toNanos() && writtenBytes >= bytes) {
      bytes = Math.min(maxBytes, bytes * 2);
    }
  }
}
