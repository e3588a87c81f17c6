package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.Parallel;
import org.p2pd.e2e.lab.Viewer;

/** The parent sends what a cache lacks, once, and nothing that it holds. */
@Tag("e2e")
class WarmAndColdTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final int LENGTH = 48 * Media.MIB + 1000;
  private static final Viewer viewer = Viewer.shared();
  private static Path media;
  private static Node server;
  private static Node cache;

  @BeforeAll
  static void start() {
    media = lab.directory("media");
    server = lab.server("server", media).start();
    cache = lab.cache("cache", server).start();
  }

  @Test
  void coldWithTenViewersTheParentSendsTheFileOnce() {
    String sha256 = publish("/ten.mp4");
    long before = server.sentToNodesBytes();
    assertThat(
            Parallel.forAll(
                Collections.nCopies(10, cache), c -> viewer.download(c, "/ten.mp4").sha256()))
        .containsOnly(sha256);
    assertThat(server.sentToNodesBytes() - before).isBetween((long) LENGTH, LENGTH + LENGTH / 100L);
  }

  @Test
  void warmTheParentSendsNothing() {
    String sha256 = publish("/warm.mp4");
    assertThat(viewer.download(cache, "/warm.mp4").sha256()).isEqualTo(sha256);
    long before = server.sentToNodesBytes();
    assertThat(
            Parallel.forAll(
                Collections.nCopies(5, cache), c -> viewer.download(c, "/warm.mp4").sha256()))
        .containsOnly(sha256);
    Viewer.Answer middle = viewer.range(cache, "/warm.mp4", LENGTH / 2, LENGTH - 1);
    assertThat(middle.header("Cache-Status")).contains("hit");
    assertThat(server.sentToNodesBytes()).isEqualTo(before);
  }

  @Test
  void oneByteCostsABlockAndNotAFile() {
    publish("/byte.mp4");
    long before = server.sentToNodesBytes();
    assertThat(viewer.range(cache, "/byte.mp4", 20_000_000, 20_000_000).body())
        .isEqualTo(Media.read(media.resolve("byte.mp4"), 20_000_000, 1));
    assertThat(server.sentToNodesBytes() - before).isBetween(1L, 2L * 64 * Media.KIB);
  }

  @Test
  void aViewerWhoLeavesStopsTheFetching() throws Exception {
    publish("/left.mp4");
    long before = server.sentToNodesBytes();
    try (var connection = new org.p2pd.e2e.lab.RawHttp(cache)) {
      connection.send("GET /left.mp4 HTTP/1.1");
      connection.exactly(100_000);
    }
    // Another title that is fetched whole tells that the fetching of this one has had its time.
    String sha256 = publish("/other.mp4");
    assertThat(viewer.download(cache, "/other.mp4").sha256()).isEqualTo(sha256);
    assertThat(server.sentToNodesBytes() - before - LENGTH).isLessThan(LENGTH * 3L / 4);
  }

  private static String publish(String title) {
    Path file = Media.random(media.resolve(title.substring(1)), LENGTH, title.hashCode());
    cache.awaitTitle(title);
    return Media.sha256(file);
  }
}
