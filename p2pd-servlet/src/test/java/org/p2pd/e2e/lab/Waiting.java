package org.p2pd.e2e.lab;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;

/** Waiting for something to become so, generously: the machine may be busy. */
public final class Waiting {

  /** Longer than anything takes that works. */
  public static final Duration GENEROUS = Duration.ofSeconds(90);

  private static final Duration QUIET = Duration.ofMillis(500);
  private static final Duration POLL = Duration.ofMillis(40);

  private Waiting() {}

  /** Until the condition is true; what it throws counts as "not yet". */
  public static void until(String what, Callable<Boolean> condition) {
    until(what, GENEROUS, condition);
  }

  public static void until(String what, Duration limit, Callable<Boolean> condition) {
    Awaitility.await(what)
        .atMost(limit)
        .pollInterval(POLL)
        .pollDelay(Duration.ZERO)
        .ignoreExceptions()
        .until(condition);
  }

  /** Until the assertions hold. */
  public static void untilAsserted(String what, ThrowingRunnable assertions) {
    Awaitility.await(what)
        .atMost(GENEROUS)
        .pollInterval(POLL)
        .pollDelay(Duration.ZERO)
        .ignoreExceptions()
        .untilAsserted(assertions);
  }

  /** The number, once it has stayed the same for half a second. */
  public static long unchanging(String what, LongSupplier number) {
    AtomicLong last = new AtomicLong(number.getAsLong());
    AtomicLong since = new AtomicLong(System.nanoTime());
    until(
        what + " no longer changes",
        () -> {
          long now = number.getAsLong();
          if (last.getAndSet(now) != now) {
            since.set(System.nanoTime());
          }
          return System.nanoTime() - since.get() > QUIET.toNanos();
        });
    return last.get();
  }

  /** Lets time go by where its passing is what is tested, such as a viewer's pause. */
  public static void pass(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    Awaitility.await("the end of a pause of " + time)
        .atMost(time.plusSeconds(60))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> System.nanoTime() >= end);
  }
}
