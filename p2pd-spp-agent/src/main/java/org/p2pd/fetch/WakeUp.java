package org.p2pd.fetch;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream's wake-up: a signal that comes between looking and registering is not lost, and each
 * registration is run once. Thread-safe.
 */
final class WakeUp {

  private static final Logger LOG = LoggerFactory.getLogger(WakeUp.class);

  /** There was a signal since the last look. */
  private static final Object SIGNALLED = new Object();

  /** Nothing, {@link #SIGNALLED}, or the registered {@link Runnable}. */
  private final AtomicReference<@Nullable Object> state = new AtomicReference<>();

  /** Forgets a signal: its receiver is about to look. */
  void looking() {
    state.compareAndSet(SIGNALLED, null);
  }

  /** Something may have changed. */
  void signal() {
    if (state.getAndSet(SIGNALLED) instanceof Runnable wake) {
      run(wake);
    }
  }

  /** Runs {@code wake} at the next signal, or now if there was one since the last look. */
  void register(Runnable wake) {
    if (state.compareAndSet(null, wake)) {
      return;
    }
    if (!state.compareAndSet(SIGNALLED, SIGNALLED)) {
      throw new IllegalStateException("a wake-up is outstanding already");
    }
    run(wake);
  }

  /** No wake-up comes any more. */
  void forget() {
    state.set(SIGNALLED);
  }

  private static void run(Runnable wake) {
    try {
      wake.run();
    } catch (RuntimeException e) {
      // The waker has others to wake; the owner of this one has a fault.
      LOG.error("a reader failed to take note of its bytes", e);
    }
  }
}
