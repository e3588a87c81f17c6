package org.p2pd.e2e.lab;

import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Looks at a number all the while, such as a cache's disk space, and remembers the most. */
public final class Watch implements AutoCloseable {

  private static final int INTERVAL_MILLIS = 50;

  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
  private final AtomicLong most = new AtomicLong();
  private final AtomicLong samples = new AtomicLong();
  private final Future<?> looking;

  public Watch(LongSupplier number) {
    looking =
        thread.scheduleWithFixedDelay(
            () -> {
              most.accumulateAndGet(number.getAsLong(), Math::max);
              samples.incrementAndGet();
            },
            0,
            INTERVAL_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  /** The most that was seen; fails if it could not look. */
  public long most() {
    if (looking.isDone()) {
      throw new AssertionError("the watch ended: " + looking);
    }
    return most.get();
  }

  public long samples() {
    return samples.get();
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
