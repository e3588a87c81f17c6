package org.p2pd.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.content.ContentStream;
import org.p2pd.content.Fetching;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.content.Urgency;
import org.p2pd.model.ByteRange;
import org.p2pd.spp.TestContent;
import org.p2pd.spp.TestEdition;

class DrainTest {

  private static final Duration LONG = Duration.ofMinutes(10);

  private final TestEdition video = TestEdition.random(200_000, 1);
  private final List<String> done = new CopyOnWriteArrayList<>();
  private @TempDir Path directory;
  private CountedContent content;

  @BeforeEach
  void hold() {
    TestContent held = new TestContent(directory);
    held.add(video);
    content = new CountedContent(held);
  }

  private Drain drain(Supplier<CompletableFuture<Void>> leave) {
    return new Drain(() -> done.add("disclaimed"), leave, content, () -> done.add("refused"));
  }

  private CompletableFuture<Void> leaving(CompletableFuture<Void> future) {
    done.add("leaving");
    return future;
  }

  private static Thread start(Drain drain, Duration bound) {
    Thread thread = new Thread(() -> drain.within(bound), "test-drain");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static void awaitWaiting(Thread thread) {
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(2))
        .until(() -> thread.getState() == Thread.State.TIMED_WAITING);
  }

  @Test
  void goesOnWhenTheGroupsWereLeft() throws Exception {
    CompletableFuture<Void> left = new CompletableFuture<>();
    Thread draining = start(drain(() -> leaving(left)), LONG);
    awaitWaiting(draining);
    assertThat(done).containsExactly("disclaimed", "leaving");
    left.complete(null);
    draining.join();
    assertThat(done).containsExactly("disclaimed", "leaving", "refused");
  }

  @Test
  void waitsForReadingsAfterTheGroupsWereLeft() throws Exception {
    ContentStream reading =
        content.open(
            new ReadRequest(
                video.edition,
                new ByteRange(0, 9),
                Reader.VIEWER,
                Urgency.PLAY_HEAD,
                Fetching.MISSING));
    Thread draining = start(drain(() -> leaving(CompletableFuture.completedFuture(null))), LONG);
    awaitWaiting(draining);
    assertThat(done).containsExactly("disclaimed", "leaving");
    reading.close();
    draining.join();
    assertThat(done).containsExactly("disclaimed", "leaving", "refused");
  }

  @Test
  void doesNotWaitForLeavingBeyondItsBounds() {
    assertThat(Drain.LONGEST_LEAVING).isEqualTo(Duration.ofSeconds(2));
    drain(() -> leaving(new CompletableFuture<>())).within(Duration.ZERO);
    assertThat(done).containsExactly("disclaimed", "leaving", "refused");
  }

  @Test
  void goesOnWhenAStepFails() {
    drain(
            () -> {
              throw new IllegalStateException("a test's failure");
            })
        .within(LONG);
    drain(() -> CompletableFuture.failedFuture(new IllegalStateException("another one")))
        .within(LONG);
    new Drain(
            () -> {
              throw new IllegalStateException("a third one");
            },
            () -> leaving(CompletableFuture.completedFuture(null)),
            content,
            () -> done.add("refused"))
        .within(LONG);
    assertThat(done)
        .containsExactly("disclaimed", "refused", "disclaimed", "refused", "leaving", "refused");
  }
}
