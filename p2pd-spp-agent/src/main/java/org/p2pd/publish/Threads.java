package org.p2pd.publish;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends threads within a bound. */
final class Threads {

  private static final Logger log = LoggerFactory.getLogger(Threads.class);
  private static final long BOUND_SECONDS = 10;

  private Threads() {}

  /** Waits for a thread that was told to end; one that hangs in its disk is left behind. */
  static void join(Thread thread) {
    if (thread.equals(Thread.currentThread())) {
      return;
    }
    boolean interrupted = false;
    try {
      thread.join(TimeUnit.SECONDS.toMillis(BOUND_SECONDS));
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (thread.isAlive()) {
      log.warn("{} has not ended within {} s", thread.getName(), BOUND_SECONDS);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
