package org.p2pd.spp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LaneQueueTest {

  private static final int MANY = 100_000;

  private final LaneQueue queue = new LaneQueue(2);
  private final List<String> heard = new ArrayList<>();
  private final List<Runnable> ends = new ArrayList<>();

  private void submit(String name) {
    queue.submit(
        ended -> {
          heard.add(name);
          ends.add(ended);
        },
        failure -> heard.add(name + " failed"));
  }

  private void submitFailing(String name) {
    queue.submit(
        ended -> {
          throw new IllegalStateException(name);
        },
        failure -> heard.add(failure.getMessage() + " failed"));
  }

  @Test
  void letsSoManyGoOnAtATime() {
    submit("a");
    submit("b");
    submit("c");
    assertThat(heard).containsExactly("a", "b");
    ends.get(1).run();
    assertThat(heard).containsExactly("a", "b", "c");
  }

  @Test
  void givesThePlaceOfOneThatDoesNotBeginToTheNext() {
    for (int i = 0; i < 5; i++) {
      submitFailing("f" + i);
    }
    assertThat(heard).hasSize(5).contains("f0 failed", "f4 failed");
    submit("a");
    submit("b");
    submitFailing("later");
    submit("c");
    assertThat(heard).endsWith("a", "b");
    ends.get(0).run();
    assertThat(heard).endsWith("later failed", "c");
    submit("d");
    ends.get(2).run();
    assertThat(heard).endsWith("c", "d");
  }

  @Test
  void countsAnEndOnceHoweverOftenItIsTold() {
    submit("a");
    submit("b");
    submit("c");
    submit("d");
    ends.get(0).run();
    ends.get(0).run();
    assertThat(heard).containsExactly("a", "b", "c");
  }

  @Test
  void countsOneThatEndedAndThenFailedOnce() {
    for (int i = 0; i < 3; i++) {
      queue.submit(
          ended -> {
            ended.run();
            throw new IllegalStateException("both");
          },
          failure -> heard.add("failed"));
    }
    submit("a");
    submit("b");
    submit("c");
    assertThat(heard).containsExactly("failed", "failed", "failed", "a", "b");
  }

  @Test
  void goesOnWhenWhoIsToldFailsToo() {
    submit("a");
    submit("b");
    queue.submit(
        ended -> {
          throw new IllegalStateException("first");
        },
        failure -> {
          throw new IllegalStateException("second");
        });
    submit("c");
    ends.get(0).run();
    assertThat(heard).containsExactly("a", "b", "c");
  }

  @Test
  void goesThroughManyThatEndAtOnceWithoutDepth() {
    submit("a");
    submit("b");
    AtomicInteger begun = new AtomicInteger();
    for (int i = 0; i < MANY; i++) {
      queue.submit(
          ended -> {
            begun.incrementAndGet();
            ended.run();
          },
          failure -> {});
      queue.submit(
          ended -> {
            throw new IllegalStateException("not begun");
          },
          failure -> begun.incrementAndGet());
    }
    ends.get(0).run();
    assertThat(begun.get()).isEqualTo(2 * MANY);
  }

  @Test
  void losesNoPlaceWhenEndsComeFromOtherThreads() throws Exception {
    ExecutorService others = Executors.newFixedThreadPool(2);
    CountDownLatch all = new CountDownLatch(MANY);
    try {
      for (int i = 0; i < MANY; i++) {
        int number = i;
        queue.submit(
            ended -> {
              others.execute(
                  () -> {
                    ended.run();
                    all.countDown();
                  });
              if (number % 3 == 0) {
                throw new IllegalStateException("after it was handed over");
              }
            },
            failure -> {});
      }
      assertThat(all.await(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      others.shutdown();
    }
    submit("a");
    submit("b");
    submit("c");
    assertThat(heard).containsExactly("a", "b");
  }
}
