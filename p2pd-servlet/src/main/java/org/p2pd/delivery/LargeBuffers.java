package org.p2pd.delivery;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The right of a few long responses at a time to a large response buffer.
 *
 * <p>What is written in one piece that fits the container's response buffer, and then flushed, goes
 * to the socket on this thread; anything else waits for a turn of the container's poller. This
 * halves the processor time of a byte (docs/design/007-delivery.md has the figures) but costs heap,
 * so only so many have it; the others are served as well, only dearer.
 */
final class LargeBuffers {

  /**
   * The size of a large buffer. Tomcat keeps buffers of up to 128 KiB with recycled responses, for
   * ever; larger ones it drops, which is wanted here.
   */
  static final int BYTES = 132 * 1024;

  /** The shortest body for which a large buffer is worth its allocation. */
  static final int WORTH_BYTES = 512 * 1024;

  /** How many at a time: about 4 MiB in all. */
  static final int LIMIT = 32;

  private final AtomicInteger free = new AtomicInteger(LIMIT);

  /** Whether the response may have one; then it is given back at its end. */
  boolean take(long bodyBytes) {
    return bodyBytes >= WORTH_BYTES && free.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
  }

  void giveBack() {
    free.incrementAndGet();
  }

  int free() {
    return free.get();
  }
}
