package org.p2pd.delivery;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that write to viewers what has just arrived from other nodes, as many as processors.
 * Each response has at most one task waiting here for each side that has news.
 */
final class Writers implements Executor, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Writers.class);

  private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

  private final AtomicInteger started = new AtomicInteger();

  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          Math.max(2, Runtime.getRuntime().availableProcessors()),
          task -> {
            Thread thread = new Thread(task, "p2pd-http-writer-" + started.incrementAndGet());
            thread.setDaemon(true);
            return thread;
          });

  @Override
  public void execute(Runnable task) {
    try {
      threads.execute(task);
    } catch (RejectedExecutionException e) {
      // Every response was told to stop before the threads end; this is news for an ended one.
      log.debug("News for a response after the end", e);
    }
  }

  /** Finishes what was handed over. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("Responses did not end within {}: does a disk hang?", STOP_LIMIT);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
