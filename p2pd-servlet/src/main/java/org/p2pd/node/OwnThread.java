package org.p2pd.node;

import com.google.common.util.concurrent.Uninterruptibles;
import org.jspecify.annotations.Nullable;

/**
 * Runs one step of the node's life in a container on a thread that ends with it.
 *
 * <p>Libraries remember things in the thread that first calls them (JNA does when it binds C
 * functions). A container's thread outlives this application, and what it remembers would keep the
 * application's classes; a thread that has ended keeps nothing.
 */
final class OwnThread {

  private OwnThread() {}

  /** What is run. */
  @FunctionalInterface
  interface Step<T, E extends Exception> {
    T run() throws E;
  }

  /** Runs it to its end, and gives or throws what it gave or threw. */
  static <T, E extends Exception> T call(String name, Step<T, E> step) throws E {
    Outcome<T, E> outcome = new Outcome<>(step);
    Thread thread = new Thread(outcome, name);
    thread.start();
    // Interrupting whoever waits stops nothing: the step holds files and locks that it must settle.
    Uninterruptibles.joinUninterruptibly(thread);
    return outcome.get();
  }

  /** Written by the step's thread, read after that has ended. */
  private static final class Outcome<T, E extends Exception> implements Runnable {
    private final Step<T, E> step;
    private @Nullable T result;
    private @Nullable Throwable failure;

    private Outcome(Step<T, E> step) {
      this.step = step;
    }

    @Override
    @SuppressWarnings("CatchingUnchecked")
    public void run() {
      try {
        result = step.run();
      } catch (Exception | Error e) {
        failure = e; // thrown again where the step was asked for
      }
    }

    /** What the step throws is an E or unchecked. */
    @SuppressWarnings({"unchecked", "NullAway"}) // without a failure the step has given its result
    private T get() throws E {
      if (failure instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      if (failure instanceof Error error) {
        throw error;
      }
      if (failure != null) {
        throw (E) failure;
      }
      return result;
    }
  }
}
