package org.p2pd.cluster.sockets;

import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.net.InetAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads in which handshakes wait for the other side: bounded in all, and so that one address
 * cannot have them all. Idle threads end. Thread-safe.
 */
final class Handshakes {

  static final int THREADS = 16;

  /** The most handshakes with one address, those that wait for a thread too. */
  static final int MAX_OF_ADDRESS = 8;

  /** The most that wait for a thread. */
  static final int MAX_WAITING = 64;

  private static final int IDLE_SECONDS = 5;

  private final ThreadPoolExecutor threads;
  private final Map<InetAddress, Integer> pending = new ConcurrentHashMap<>();

  Handshakes(String threadName) {
    threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MAX_WAITING),
            new ThreadFactoryBuilder().setNameFormat(threadName + "-%d").setDaemon(true).build());
    threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Runs it in one of the threads, soon.
   *
   * @return false if it is one too many; then it is not run
   */
  boolean begin(InetAddress with, Runnable handshake) {
    if (pending.merge(with, 1, Integer::sum) > MAX_OF_ADDRESS) {
      ended(with);
      return false;
    }
    try {
      threads.execute(
          () -> {
            try {
              handshake.run();
            } finally {
              ended(with);
            }
          });
      return true;
    } catch (RejectedExecutionException e) {
      ended(with);
      return false;
    }
  }

  private void ended(InetAddress with) {
    pending.computeIfPresent(with, (unused, count) -> count == 1 ? null : count - 1);
  }

  /** Takes no more. Who ends it closes what its threads wait for. */
  void shutdown() {
    threads.shutdown();
  }

  boolean awaitEnd(long seconds) throws InterruptedException {
    return threads.awaitTermination(seconds, TimeUnit.SECONDS);
  }
}
