package org.p2pd.e2e.lab;

import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Looks at what a cache takes of the disk all the while, and remembers the most. */
public final class DiskWatch implements AutoCloseable {

  private static final int INTERVAL_MILLIS = 50;

  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
  private final AtomicLong most = new AtomicLong();
  private final AtomicLong samples = new AtomicLong();
  private final Future<?> looking;

  public DiskWatch(Path directory, Node node) {
    looking =
        thread.scheduleWithFixedDelay(
            () -> {
              most.accumulateAndGet(Disk.usedBytes(directory, node), Math::max);
              samples.incrementAndGet();
            },
            0,
            INTERVAL_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  /** The most that was seen; fails if it could not look. */
  public long mostBytes() {
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
