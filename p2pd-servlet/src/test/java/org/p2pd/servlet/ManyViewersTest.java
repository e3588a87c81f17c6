package org.p2pd.servlet;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.servlet.FakeContent.Script;

/** Viewers of all tempers at once, while bytes come in jerks: no wrong byte, nothing leaked. */
class ManyViewersTest {

  private static final int TITLES = 8;
  private static final int LENGTH = 3_000_000;
  private static final int VIEWERS = 24;
  private static final int REQUESTS = 15;

  @RegisterExtension final TestNode node = new TestNode();
  @TempDir Path directory;

  @Test
  void eachGetsItsBytes() throws Exception {
    long seed = System.nanoTime();
    List<Script> coming = new ArrayList<>();
    for (int i = 0; i < TITLES; i++) {
      Script script = node.agent.content.add(LENGTH);
      node.agent.publish("/" + i + ".mp4", script);
      switch (i % 4) {
        case 0 -> script.held();
        case 1 -> script.heldIn(directory);
        default -> coming.add(script);
      }
    }
    node.port();
    ExecutorService viewers = Executors.newFixedThreadPool(VIEWERS + 1);
    AtomicBoolean done = new AtomicBoolean();
    Future<?> feeder = viewers.submit(() -> feed(coming, new Random(seed), done));
    List<Future<?>> futures = new ArrayList<>();
    for (int v = 0; v < VIEWERS; v++) {
      Random random = new Random(seed + v);
      futures.add(viewers.submit(() -> view(random)));
    }
    try {
      for (Future<?> future : futures) {
        future.get(120, TimeUnit.SECONDS);
      }
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("seed " + seed, e);
    } finally {
      done.set(true);
      feeder.get(60, TimeUnit.SECONDS);
      viewers.shutdownNow();
    }
    await().atMost(60, SECONDS).until(() -> node.agent.content.openStreams() == 0);
  }

  /** Lets bytes come, a little everywhere and again from the start, until the viewers are done. */
  private static void feed(List<Script> scripts, Random random, AtomicBoolean done) {
    while (!done.get()) {
      for (Script script : scripts) {
        script.available(0);
      }
      for (long until = 0; until < LENGTH && !done.get(); until += random.nextInt(60_000)) {
        for (Script script : scripts) {
          script.available(until);
        }
        Thread.onSpinWait();
      }
      scripts.forEach(script -> script.available(LENGTH));
      if (random.nextBoolean()) {
        java.util.concurrent.locks.LockSupport.parkNanos(random.nextInt(5_000_000));
      }
    }
    scripts.forEach(script -> script.available(LENGTH));
  }

  private Void view(Random random) throws IOException {
    RawHttp http = node.connect();
    for (int i = 0; i < REQUESTS; i++) {
      int first = random.nextInt(LENGTH);
      int length = 1 + random.nextInt(Math.min(LENGTH - first, 1 << random.nextInt(8, 22)));
      http.send(
          "GET /" + random.nextInt(TITLES) + ".mp4",
          "Range: bytes=" + first + "-" + (first + length - 1));
      RawHttp.Head head = http.head();
      assertThat(head.status()).isEqualTo(206);
      int wanted = random.nextInt(6) == 0 ? random.nextInt(length) : length;
      assertThat(http.exactly(wanted)).isEqualTo(FakeContent.bytes(first, wanted));
      if (wanted < length) {
        if (random.nextBoolean()) {
          http.reset();
        } else {
          http.close();
        }
        http = node.connect();
      }
    }
    http.close();
    return null;
  }
}
