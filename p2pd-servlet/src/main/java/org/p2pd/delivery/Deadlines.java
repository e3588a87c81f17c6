package org.p2pd.delivery;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The deadlines of all responses under way, looked at ten times a second by one thread.
 *
 * <p>A response moves its deadline with every byte, so moving it must cost nothing: it is a field
 * of its own that the sweep reads. Ten thousand of them take a sweep about 0.1 ms.
 */
final class Deadlines implements AutoCloseable {

  /** How late a deadline may be noticed. */
  static final long GRAIN_MILLIS = 100;

  private static final long LOOK_NANOS = Duration.ofMillis(10).toNanos();
  private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(Deadlines.class);

  /** Something that may not take for ever. */
  interface Timed {
    /** When it is to be told, in the ticker's nanoseconds. */
    long deadlineNanos();

    /** Told on the timer's thread, again with each sweep until it is removed or has moved on. */
    void deadlinePassed();

    /** Told when there is no more time for anyone. */
    void end();
  }

  private final LongSupplier ticker;
  private final Set<Timed> watched = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          sweep -> {
            Thread thread = new Thread(sweep, "p2pd-http-timer");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param ticker nanoseconds, as {@link System#nanoTime}
   */
  Deadlines(LongSupplier ticker) {
    this.ticker = ticker;
    var unused =
        timer.scheduleWithFixedDelay(
            this::sweep, GRAIN_MILLIS, GRAIN_MILLIS, TimeUnit.MILLISECONDS);
  }

  long now() {
    return ticker.getAsLong();
  }

  void watch(Timed timed) {
    watched.add(timed);
  }

  void forget(Timed timed) {
    watched.remove(timed);
  }

  int watchedCount() {
    return watched.size();
  }

  /** Waits until nothing is watched, within the bound. */
  void awaitNone(Duration bound) {
    long start = System.nanoTime();
    while (!watched.isEmpty() && System.nanoTime() - start < bound.toNanos()) {
      // At the end only: that nobody waits for it keeps the end of each response free of a lock.
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  private void sweep() {
    long now = ticker.getAsLong();
    for (Timed timed : watched) {
      try {
        if (now - timed.deadlineNanos() >= 0) {
          timed.deadlinePassed();
        }
      } catch (RuntimeException e) {
        // The others must not suffer: a task that throws is never run again.
        log.warn("A response's deadline could not be told: it may stay open", e);
      }
    }
  }

  /** Tells all that they are to end. */
  void endAll() {
    watched.forEach(Timed::end);
  }

  @Override
  public void close() {
    timer.shutdown();
    try {
      if (!timer.awaitTermination(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("The thread of the responses' deadlines did not end within {}", STOP_LIMIT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
