package org.p2pd.delivery;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeadlinesTest {

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 50);
  private final Deadlines deadlines = new Deadlines(now::get);

  @AfterEach
  void close() {
    deadlines.close();
  }

  private static class Counting implements Deadlines.Timed {
    final AtomicInteger told = new AtomicInteger();
    volatile long deadlineNanos;

    @Override
    public long deadlineNanos() {
      return deadlineNanos;
    }

    @Override
    public void deadlinePassed() {
      told.incrementAndGet();
    }

    @Override
    public void end() {
      told.addAndGet(1000);
    }
  }

  @Test
  void tellWhoIsLateAlsoWhenTheClockWrapsAround() {
    Counting late = new Counting();
    late.deadlineNanos = now.get() + 100; // beyond Long.MAX_VALUE
    Counting patient = new Counting();
    patient.deadlineNanos = now.get() + 200;
    deadlines.watch(late);
    deadlines.watch(patient);
    now.addAndGet(100);
    await().atMost(30, SECONDS).until(() -> late.told.get() > 0);
    assertThat(patient.told).hasValue(0);
  }

  @Test
  void oneThatFailsDoesNotHarmTheOthers() {
    Counting good = new Counting();
    good.deadlineNanos = now.get();
    Counting bad =
        new Counting() {
          @Override
          public void deadlinePassed() {
            super.deadlinePassed();
            throw new IllegalStateException("as the test says");
          }
        };
    bad.deadlineNanos = now.get();
    deadlines.watch(bad);
    deadlines.watch(good);
    await().atMost(30, SECONDS).until(() -> good.told.get() > 1 && bad.told.get() > 1);
  }

  @Test
  void whoIsForgottenHearsNothing() {
    Counting forgotten = new Counting();
    deadlines.watch(forgotten);
    deadlines.forget(forgotten);
    deadlines.endAll();
    assertThat(forgotten.told).hasValue(0);
    assertThat(deadlines.watchedCount()).isZero();
  }
}
