package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/** A library of 100,000 titles: published, known everywhere, and there again after a restart. */
@Tag("e2e")
@Tag("long")
class ManyTitlesTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final int TITLES = 100_000;
  private static final int FOLDERS = 1_000;

  /**
   * The first 206 of a restarted node has to come within 15 s, of two processors. How much of them
   * it gets is not its own doing: so it is their time that counts, and nothing may be waited for.
   */
  private static final Duration PROCESSOR_TIME = Duration.ofSeconds(2 * 15);

  private static final Duration BUSY_MACHINE = Duration.ofSeconds(60);
  private static final int BUSIEST_MACHINE = 20;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final Duration PUBLISHING = Duration.ofMinutes(10);
  private static final int COMPARED = 200;
  private static final Viewer viewer = Viewer.shared();

  @Test
  @Timeout(30 * 60)
  void areServedSoonAfterBothNodesWereKilled() throws IOException {
    Path media = lab.directory("media");
    IntStream.range(0, TITLES).parallel().forEach(i -> Media.write(file(media, i), content(i)));

    Node server = lab.server("server", media).prepare();
    Duration published = timed(() -> startAndAwaitAll(server));
    lab.figure("published, from process start", published + ", " + perSecond(published));
    Node cache = lab.cache("cache", server).prepare();
    Duration synced = timed(() -> startAndAwaitAll(cache));
    lab.figure("first sync of a cache, from process start", synced + ", " + perSecond(synced));
    assertEqual(cache, media, 0);
    reportHeap(server, "after publishing");
    reportHeap(cache, "after its first sync");

    cache.kill();
    server.kill();
    restart(cache, 0, "a title that it holds, its server dead");
    cache.awaitServing();
    assertThat(cache.status().titles()).isEqualTo(TITLES);
    assertThat(viewer.head(cache, "/none/such.mp4").status()).isEqualTo(404);

    restart(server, 1, "a title");
    server.awaitServing();
    assertThat(server.status().titles()).isEqualTo(TITLES);
    Media.write(media.resolve("new.mp4"), content(TITLES));
    lab.figure(
        "restarted server: a new file is published", timed(() -> server.awaitTitle("/new.mp4")));
    cache.awaitTitle("/new.mp4");
    assertThat(server.status().counter("hashed_bytes_total"))
        .as("nothing but the new file is hashed again")
        .isEqualTo(content(TITLES).length);

    cache.kill();
    restart(cache, 2, "a title that it does not hold");
    cache.awaitServing();
    reportHeap(server, "after its restart");
    reportHeap(cache, "after its restart");
    long seed = System.nanoTime();
    new SplittableRandom(seed).ints(COMPARED, 0, TITLES).forEach(i -> assertEqual(cache, media, i));
    assertThat(cache.status().titles()).isEqualTo(TITLES + 1);
  }

  private static void startAndAwaitAll(Node node) {
    node.start();
    Waiting.until(node + " knows all titles", PUBLISHING, () -> node.status().titles() == TITLES);
  }

  /** Starts it again and waits for the first 206 of that title. */
  private static void restart(Node node, int title, String what) {
    Duration took =
        timed(
            () -> {
              node.begin();
              Waiting.until(
                  node + " serves " + title(title),
                  PATIENCE,
                  () -> viewer.range(node, title(title), 0, 99).status() == 206);
            });
    Duration worked = node.processorTime();
    lab.figure(
        node.name() + " restarted: first 206 of " + what,
        took + ", " + worked + " of processor time");
    assertThat(worked).as(node + " starts soon enough").isLessThan(PROCESSOR_TIME);
    Duration mostOfBoth =
        Collections.max(List.of(BUSY_MACHINE, worked.multipliedBy(BUSIEST_MACHINE)));
    assertThat(took).as(node + " waits for nothing").isLessThan(mostOfBoth);
  }

  private static void assertEqual(Node node, Path media, int i) {
    Viewer.Answer answer = viewer.get(node, title(i));
    assertThat(answer.status()).as(title(i)).isEqualTo(200);
    try {
      assertThat(answer.body()).as(title(i)).isEqualTo(Files.readAllBytes(file(media, i)));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(title(i), e);
    }
  }

  private static String title(int i) {
    return String.format(Locale.ROOT, "/series-%03d/episode-%06d.mp4", i % FOLDERS, i);
  }

  private static Path file(Path media, int i) {
    return media.resolve(title(i).substring(1));
  }

  /** No two are equal. */
  private static byte[] content(int i) {
    return Media.bytes(200 + i % 3_000, i);
  }

  private static Duration timed(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static String perSecond(Duration time) {
    return TITLES * 1_000L / time.toMillis() + " titles/s";
  }

  private static void reportHeap(Node node, String when) {
    lab.figure(node.name() + "'s live heap " + when, node.liveHeapBytes() / Media.MIB + " MiB");
  }
}
