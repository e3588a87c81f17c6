package org.p2pd.cluster.sockets;

import com.google.common.base.Ticker;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads in which handshakes wait for the other side: bounded in all, and so that one of the
 * others cannot have them all. While more wait for a thread, nobody keeps one for long. Idle
 * threads end. Thread-safe.
 */
final class Handshakes {

  static final int THREADS = 8;

  /** How long one may take while others wait. */
  static final Duration LONG_ENOUGH = Duration.ofSeconds(1);

  private static final int IDLE_SECONDS = 5;

  private final int mostOfOne;
  private final Ticker ticker;
  private final ThreadPoolExecutor threads;
  private final Map<Object, Integer> pending = new ConcurrentHashMap<>();
  private final Set<Running> running = ConcurrentHashMap.newKeySet();

  /** One that has a thread. */
  private static final class Running {
    final long sinceNanos;
    final Runnable giveUp;

    Running(long sinceNanos, Runnable giveUp) {
      this.sinceNanos = sinceNanos;
      this.giveUp = giveUp;
    }
  }

  /**
   * @param mostOfOne the most handshakes with one other, those that wait for a thread too
   * @param mostWaiting the most that wait for a thread
   */
  Handshakes(String threadName, int mostOfOne, int mostWaiting, Ticker ticker) {
    this.mostOfOne = mostOfOne;
    this.ticker = ticker;
    threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(mostWaiting),
            new ThreadFactoryBuilder().setNameFormat(threadName + "-%d").setDaemon(true).build());
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Runs it in one of the threads, soon.
   *
   * @param with what the other is counted as
   * @param giveUp makes the handshake end; must not wait
   * @return false if it is one too many; then it is not run
   */
  boolean begin(Object with, Runnable handshake, Runnable giveUp) {
    if (pending.merge(with, 1, Integer::sum) > mostOfOne) {
      ended(with);
      return false;
    }
    try {
      threads.execute(() -> run(with, handshake, giveUp));
      return true;
    } catch (RejectedExecutionException e) {
      ended(with);
      return false;
    }
  }

  private void run(Object with, Runnable handshake, Runnable giveUp) {
    Running one = new Running(ticker.read(), giveUp);
    running.add(one);
    try {
      handshake.run();
    } finally {
      running.remove(one);
      ended(with);
    }
  }

  private void ended(Object with) {
    pending.computeIfPresent(with, (unused, count) -> count == 1 ? null : count - 1);
  }

  /** Gives up those that have taken long, if others wait; called several times a second. */
  void makeRoom() {
    if (threads.getQueue().isEmpty()) {
      return;
    }
    long now = ticker.read();
    for (Running one : running) {
      if (now - one.sinceNanos >= LONG_ENOUGH.toNanos()) {
        one.giveUp.run();
      }
    }
  }

  /** Takes no more. Who ends it closes what its threads wait for. */
  void shutdown() {
    threads.shutdown();
  }

  boolean awaitEnd(long seconds) throws InterruptedException {
    return threads.awaitTermination(seconds, TimeUnit.SECONDS);
  }
}
