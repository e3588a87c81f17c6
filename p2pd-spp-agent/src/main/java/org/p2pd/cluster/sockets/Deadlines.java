package org.p2pd.cluster.sockets;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The thread that ends what takes too long. What it is given to do must not wait. Thread-safe. */
final class Deadlines {

  private final ScheduledThreadPoolExecutor clock =
      new ScheduledThreadPoolExecutor(
          1,
          new ThreadFactoryBuilder().setNameFormat("p2pd-cluster-clock").setDaemon(true).build());

  Deadlines() {
    clock.setRemoveOnCancelPolicy(true);
    clock.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * Does it when the time has passed, unless what is returned is run before. After the end it does
   * nothing.
   */
  Runnable within(Duration limit, Runnable otherwise) {
    try {
      ScheduledFuture<?> deadline =
          clock.schedule(otherwise, limit.toMillis(), TimeUnit.MILLISECONDS);
      return () -> deadline.cancel(false);
    } catch (RejectedExecutionException e) {
      return () -> {}; // whatever it would have ended is being ended with the port
    }
  }

  void every(Duration interval, Runnable look) {
    ScheduledFuture<?> unused =
        clock.scheduleWithFixedDelay(
            look, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
  }

  void shutdown() {
    clock.shutdown();
  }

  boolean awaitEnd(long seconds) throws InterruptedException {
    return clock.awaitTermination(seconds, TimeUnit.SECONDS);
  }
}
