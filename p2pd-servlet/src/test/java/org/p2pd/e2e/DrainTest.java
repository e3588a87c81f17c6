package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.RawHttp;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/** SIGTERM: who is being served is served to the end, who comes is told to turn elsewhere. */
@Tag("e2e")
class DrainTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final int LENGTH = 64 * Media.MIB;
  private static final Viewer viewer = Viewer.shared();

  @Test
  void aViewerOfHeldBytesFinishesAndOthersAreTurnedAway() throws Exception {
    Path media = lab.directory("held-media");
    Path file = Media.random(media.resolve("long.mp4"), LENGTH, 1);
    Node server = lab.server("held-server", media).start();
    Node cache = lab.cache("held-cache", server).option("--drain", "5m").start();
    cache.awaitTitle("/long.mp4");
    viewer.download(cache, "/long.mp4");
    try (RawHttp connection = new RawHttp(cache)) {
      connection.send("GET /long.mp4 HTTP/1.1");
      assertThat(connection.head().header("Cache-Status")).isEqualTo("p2pd; hit");
      assertThat(connection.exactly(Media.MIB)).isEqualTo(Media.read(file, 0, Media.MIB));
      cache.askToStop();
      awaitDraining(cache);
      assertTurnedAway(cache, "/long.mp4");
      connection.expectRestOf(file, Media.MIB);
    }
    assertThat(cache.awaitExit()).isZero();
  }

  @Test
  void aServersViewerFinishesAndMeanwhileItsCachesAreServed() throws Exception {
    Path media = lab.directory("streamed-media");
    Path file = Media.random(media.resolve("long.mp4"), LENGTH, 2);
    Path cold = Media.random(media.resolve("cold.mp4"), 5 * Media.MIB, 3);
    Node server = lab.server("streamed-server", media).option("-N").option("--drain", "5m").start();
    Node cache = lab.cache("streamed-cache", server).start();
    cache.awaitTitle("/cold.mp4");
    server.awaitTitle("/long.mp4");
    try (RawHttp connection = new RawHttp(server)) {
      connection.send("GET /long.mp4 HTTP/1.1");
      connection.head();
      connection.exactly(Media.MIB);
      server.askToStop();
      awaitDraining(server);
      assertTurnedAway(server, "/cold.mp4");
      assertThat(viewer.download(cache, "/cold.mp4").sha256()).isEqualTo(Media.sha256(cold));
      connection.expectRestOf(file, Media.MIB);
    }
    assertThat(server.awaitExit()).isZero();
  }

  private static void awaitDraining(Node node) {
    Waiting.until(
        node + " tells load balancers",
        () -> {
          Viewer.Answer health = viewer.get(node, "/.p2pd/health");
          return health.status() == 503 && health.text().contains("draining");
        });
  }

  private static void assertTurnedAway(Node node, String title) {
    Viewer.Answer answer = viewer.get(node, title);
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("Retry-After")).isNotEmpty();
    assertThat(answer.text()).contains("shutting down");
  }
}
