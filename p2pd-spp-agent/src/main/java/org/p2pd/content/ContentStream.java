package org.p2pd.content;

import java.nio.ByteBuffer;

/**
 * One sequential reading of verified bytes that never makes a thread wait for another node.
 *
 * <p>Confined to its owner: {@link #next}, {@link #whenReady} and {@link #close} are called by one
 * thread at a time. The wake-up may come on any thread and must not do work: it hands over to the
 * owner's thread. How fast the owner takes bytes is what sizes the read-ahead.
 */
public interface ContentStream extends AutoCloseable {

  /** What {@link #next} found. */
  sealed interface Next {

    /**
     * Verified bytes, from the current position on. The buffer is readable until {@link #release}
     * and belongs to the stream; the owner releases it exactly once, and before it asks for more.
     */
    interface Bytes extends AutoCloseable {
      ByteBuffer data();

      void release();

      @Override
      default void close() {
        release();
      }
    }

    /** A part that is there. */
    record Available(Bytes bytes) implements Next {}

    /** Nothing is there yet: register with {@link #whenReady}. */
    record Pending() implements Next {}

    /** All of the range was handed out. */
    record End() implements Next {}

    /** It cannot go on; every later call says the same. */
    record Failed(ContentFailure failure, String detail) implements Next {}
  }

  /**
   * Takes the next bytes, at most {@code maxBytes} (at least 1). May read a local file; never waits
   * for a peer or for memory.
   */
  Next next(int maxBytes);

  /**
   * Runs {@code wake} once as soon as {@link #next} would not say Pending: at once (on this thread)
   * if that is so already. At most one wake-up is outstanding; after {@link #close} none comes. It
   * is a hint: now and then {@code next} says Pending once more.
   */
  void whenReady(Runnable wake);

  /** The position in the edition of the next byte. */
  long position();

  /** How many of the bytes handed out so far were held before they were asked for. */
  long heldBytes();

  /** Gives everything back; what nobody else wants is no longer fetched. Idempotent. */
  @Override
  void close();
}
