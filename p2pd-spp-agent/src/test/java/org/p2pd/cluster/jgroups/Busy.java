package org.p2pd.cluster.jgroups;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Keeps all cores busy. */
final class Busy implements AutoCloseable {

  private final CountDownLatch end = new CountDownLatch(1);

  Busy(int threads) {
    for (int i = 0; i < threads; i++) {
      new Thread(this::turn, "busy-" + i).start();
    }
  }

  private void turn() {
    while (end.getCount() > 0) {
      Thread.onSpinWait();
    }
  }

  /** Goes on for that long. */
  void await(Duration time) throws InterruptedException {
    boolean unused = end.await(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    end.countDown();
  }
}
