package org.p2pd.catalogue;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Runs the journal's flushes a little later. */
interface FlushTimer extends AutoCloseable {

  /** Runs the task once after that delay; not at all if the timer is closed before. */
  void after(Duration delay, Runnable task);

  @Override
  void close();

  /** A timer with one thread, {@code p2pd-catalogue}. */
  static FlushTimer onOwnThread() {
    ScheduledExecutorService thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread named = new Thread(task, "p2pd-catalogue");
              named.setDaemon(true);
              return named;
            });
    return new FlushTimer() {
      @Override
      public void after(Duration delay, Runnable task) {
        var unused = thread.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
      }

      @Override
      public void close() {
        thread.shutdownNow();
        try {
          if (!thread.awaitTermination(10, TimeUnit.SECONDS)) {
            throw new IllegalStateException("p2pd-catalogue did not end within 10 s");
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    };
  }
}
