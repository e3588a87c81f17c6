package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.RawHttp;
import org.p2pd.e2e.lab.Viewer;

/**
 * A server is killed: its caches go on with what they hold, and take it up again when it is back.
 */
@Tag("e2e")
class ServerDeathTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final int LENGTH = 6 * Media.MIB + 99;
  private static final Viewer viewer = Viewer.shared();
  private Path media;
  private Node server;
  private Node cache;
  private String held;
  private String cold;

  @BeforeEach
  void startAndFillHalf(TestInfo test) {
    String name = test.getTestMethod().orElseThrow().getName();
    media = lab.directory(name + "-media");
    held = Media.sha256(Media.random(media.resolve("held.mp4"), LENGTH, 1));
    Media.random(media.resolve("half.mp4"), LENGTH, 2);
    cold = Media.sha256(Media.random(media.resolve("cold.mp4"), LENGTH, 3));
    server = lab.server(name + "-server", media).start();
    cache = lab.cache(name + "-cache", server).start();
    cache.awaitTitle("/held.mp4");
    cache.awaitTitle("/half.mp4");
    cache.awaitTitle("/cold.mp4");
    assertThat(viewer.download(cache, "/held.mp4").sha256()).isEqualTo(held);
    assertThat(viewer.range(cache, "/half.mp4", 0, LENGTH / 2).status()).isEqualTo(206);
  }

  @Test
  void whatACacheHoldsPlaysAndTheRestIsAnsweredInTime() throws Exception {
    server.kill();
    assertHeldPlays();
    assertThat(viewer.get(cache, "/no-such.mp4").status()).isEqualTo(404);

    long start = System.nanoTime();
    assertThat(viewer.get(cache, "/cold.mp4").status()).isEqualTo(504);
    Duration waited = Duration.ofNanos(System.nanoTime() - start);
    lab.figure("504 after", waited.toString());
    assertThat(waited).isLessThan(Duration.ofSeconds(30));
    RawHttp.Answer beyond =
        RawHttp.ask(cache, "GET /half.mp4 HTTP/1.1", "Range: bytes=" + (LENGTH - 10) + "-");
    assertThat(beyond.status()).isEqualTo(504);
    assertThat(beyond.head().header("Cache-Control")).isEqualTo("no-store");
  }

  /** As everywhere: the title has not changed, it is only not to be had. */
  @Test
  void aCacheBelowACacheAnswersAsItsParentDoes() throws Exception {
    Node middle = lab.cache("below-middle", server).option("-i").start();
    Node bottom = lab.cache("below-bottom", middle).start();
    bottom.awaitTitle("/cold.mp4");
    assertThat(viewer.range(bottom, "/half.mp4", 0, 999_999).status()).isEqualTo(206);
    server.kill();
    for (String title : List.of("/cold.mp4", "/half.mp4")) {
      RawHttp.Answer beyond =
          RawHttp.ask(bottom, "GET " + title + " HTTP/1.1", "Range: bytes=" + (LENGTH - 10) + "-");
      assertThat(beyond.status()).as(title + ": " + beyond.body()).isEqualTo(504);
    }
    server.start();
    server.awaitTitle("/cold.mp4");
    assertThat(viewer.download(bottom, "/cold.mp4").sha256()).isEqualTo(cold);
  }

  @Test
  void serverBackAllIsAsBefore() {
    String entityTag = viewer.head(cache, "/held.mp4").header("ETag");
    server.kill();
    assertHeldPlays();
    server.start();
    server.awaitTitle("/cold.mp4");
    assertThat(viewer.download(cache, "/cold.mp4").sha256()).isEqualTo(cold);
    assertThat(viewer.head(cache, "/held.mp4").header("ETag")).isEqualTo(entityTag);
    Media.random(media.resolve("new.mp4"), 1000, 4);
    cache.awaitTitle("/new.mp4");
  }

  @Test
  void aCacheThatRestartsWithoutItsServerServesWhatItHolds() {
    server.kill();
    cache.stop();
    cache.start();
    assertHeldPlays();
    assertThat(viewer.get(cache, "/no-such.mp4").status()).isEqualTo(404);
  }

  @Test
  void aViewerInMidDownloadGetsTheRestWhenTheServerIsBackInTime() throws Exception {
    Path file = Media.random(media.resolve("long.mp4"), 96L * Media.MIB, 5);
    cache.awaitTitle("/long.mp4");
    try (RawHttp connection = new RawHttp(cache)) {
      connection.send("GET /long.mp4 HTTP/1.1");
      connection.head();
      byte[] begun = connection.exactly(Media.MIB);
      server.kill();
      server.start();
      connection.expectRestOf(file, Media.MIB);
      assertThat(begun).isEqualTo(Media.read(file, 0, Media.MIB));
    }
  }

  private void assertHeldPlays() {
    assertThat(viewer.download(cache, "/held.mp4").sha256()).isEqualTo(held);
    assertThat(viewer.range(cache, "/held.mp4", 4_000_000, 4_999_999).body())
        .isEqualTo(Media.read(media.resolve("held.mp4"), 4_000_000, 1_000_000));
    Viewer.Answer half = viewer.range(cache, "/half.mp4", 1_000_000, 2_000_000);
    assertThat(half.status()).isEqualTo(206);
    assertThat(half.body()).isEqualTo(Media.read(media.resolve("half.mp4"), 1_000_000, 1_000_001));
  }
}
