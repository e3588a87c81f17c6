package org.p2pd.publish;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The publishing thread: does what it is told, one thing after the other, and what is due by time.
 */
final class PublishLoop implements Executor, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PublishLoop.class);

  private final BlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
  private final Runnable tick;
  private final LongSupplier untilNextNanos;
  private final Runnable atEnd;
  private final Thread thread;
  private volatile boolean closed;

  /**
   * @param tick does what is due
   * @param untilNextNanos until something is due
   * @param atEnd closes what this thread alone may touch
   */
  PublishLoop(Runnable tick, LongSupplier untilNextNanos, Runnable atEnd) {
    this.tick = tick;
    this.untilNextNanos = untilNextNanos;
    this.atEnd = atEnd;
    this.thread = new Thread(this::run, "p2pd-publish");
    this.thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** To be done soon, on the publishing thread; after {@link #close} nothing is. */
  @Override
  public void execute(Runnable work) {
    if (!closed) {
      queue.add(work);
    }
  }

  private void run() {
    try {
      while (!closed) {
        Runnable work = queue.poll(untilNextNanos.getAsLong(), TimeUnit.NANOSECONDS);
        if (!closed) {
          attempt(work);
          attempt(tick);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      attempt(atEnd);
    }
  }

  private static void attempt(@Nullable Runnable work) {
    if (work == null) {
      return;
    }
    try {
      work.run();
    } catch (RuntimeException e) {
      // One title's trouble must not end the publishing of all others; the next scan looks again.
      log.error("publishing went wrong and goes on", e);
    }
  }

  @Override
  public void close() {
    closed = true;
    queue.add(() -> {});
    Threads.join(thread);
  }
}
