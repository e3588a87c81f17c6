package org.p2pd.delivery;

import java.time.Duration;

/**
 * How much is written to a viewer at once: much to one that drains fast (each write costs a turn of
 * the container's poller), little to one that does not (what the socket refuses is copied to the
 * heap). Confined to its response.
 */
final class WriteSize {

  static final int MIN_BYTES = 16 * 1024;
  static final int MAX_BYTES = 256 * 1024;

  /** Drained sooner than this: write more. */
  static final Duration FAST = Duration.ofMillis(5);

  /** Drained later than this: write less. */
  static final Duration SLOW = Duration.ofMillis(200);

  /** What is written before anything is known: a crowd begins, and most of it is slow. */
  static final int START_BYTES = MIN_BYTES;

  private int bytes = START_BYTES;

  int bytes() {
    return bytes;
  }

  /** A write of that many bytes was drained after that time. */
  void drained(int writtenBytes, long nanos) {
    if (nanos > SLOW.toNanos()) {
      bytes = Math.max(MIN_BYTES, bytes / 2);
    } else if (nanos < FAST.toNanos() && writtenBytes >= bytes) {
      bytes = Math.min(MAX_BYTES, bytes * 2);
    }
  }
}
