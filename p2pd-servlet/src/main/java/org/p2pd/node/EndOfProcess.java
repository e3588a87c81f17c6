package org.p2pd.node;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns SIGTERM and SIGINT into an orderly end with code 0.
 *
 * <p>Both start the JVM's shutdown, in which our hook closes the node and then halts the process: a
 * JVM that ends by itself after a signal would report 143.
 */
final class EndOfProcess implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(EndOfProcess.class);

  private final AtomicReference<@Nullable AutoCloseable> node = new AtomicReference<>();
  private final CountDownLatch never = new CountDownLatch(1);
  private final Thread hook = new Thread(this::end, "p2pd-end");

  private EndOfProcess() {}

  /** From here on a signal ends the process like this. */
  static EndOfProcess onSignal() {
    EndOfProcess end = new EndOfProcess();
    Runtime.getRuntime().addShutdownHook(end.hook);
    return end;
  }

  /** What is closed before the process ends. */
  void closesFirst(AutoCloseable running) {
    node.set(running);
  }

  /** Waits for the signal; the process ends while this waits. */
  void await() {
    boolean ended = false;
    while (!ended) {
      try {
        never.await();
        ended = true;
      } catch (InterruptedException e) {
        // No one may interrupt the main thread of a node; only a signal ends it.
        Thread.interrupted();
      }
    }
  }

  private void end() {
    ExitCode code = ExitCode.OK;
    AutoCloseable running = node.getAndSet(null);
    try {
      if (running != null) {
        running.close();
      }
    } catch (Exception e) {
      log.error("the node did not end well", e);
      code = ExitCode.FAILED;
    }
    Runtime.getRuntime().halt(code.code());
  }

  /** The node did not start: the process ends with its own code. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The end has begun already, and is the hook's.
      await();
    }
  }
}
