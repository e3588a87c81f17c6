package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/** A parent that is none is said in health and log, and the cache stays up. */
@Tag("e2e")
class BadParentTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final Viewer viewer = Viewer.shared();
  private static final byte[] CONTENT = Media.bytes(300_000, 1);
  private static Path media;
  private static Node server;
  private static Node cache;

  @BeforeAll
  static void start() {
    media = lab.directory("media");
    Media.write(media.resolve("fine.mp4"), CONTENT);
    Media.write(lab.directory("").resolve("secret.txt"), CONTENT);
    server = lab.server("server", media).start();
    cache = lab.cache("cache", server).start();
    cache.awaitTitle("/fine.mp4");
  }

  @AfterEach
  void nothingIsLostAndAllStayUp() {
    for (Node node : List.of(server, cache)) {
      assertThat(node.isRunning()).isTrue();
      assertThat(viewer.get(node, "/fine.mp4").body()).isEqualTo(CONTENT);
    }
  }

  @Test
  void thatIsUnreachableMakesTheCacheSaySoAndAnswer503() {
    Node alone = lab.cacheOf("alone", lab.address(8080) + ":8080").start();
    assertThat(viewer.get(alone, "/fine.mp4").status()).isEqualTo(503);
    assertThat(alone.awaitHealth("degraded")).contains("127.");
    alone.stop();
  }

  @Test
  void thatIsNoP2pdMakesTheCacheSaySo() throws IOException {
    try (NotP2pd web = new NotP2pd()) {
      Node misled = lab.cacheOf("misled", "127.0.0.1:" + web.port()).start();
      assertThat(viewer.get(misled, "/fine.mp4").status()).isEqualTo(503);
      assertThat(misled.awaitHealth("degraded")).contains("127.0.0.1:" + web.port());
      misled.stop();
    }
  }

  @Test
  void withAnotherSecretIsSaidWithTheCommandThatMendsIt() {
    Path secret = lab.directory("secrets").resolve("another");
    lab.p2pd("secret", secret.toString()).expectSuccess();
    Node stranger =
        lab.cache("stranger", server).option("--secret-file", secret.toString()).start();
    assertThat(viewer.get(stranger, "/fine.mp4").status()).isEqualTo(503);
    assertThat(stranger.awaitHealth("degraded")).contains("secret");
    stranger.stop();
  }

  @Test
  void thatDoesNotShareIsSaid() {
    Node selfish = lab.server("selfish", media).without("-i").start();
    Node refused = lab.cache("refused-child", selfish).start();
    Waiting.until("it says what to do", () -> refused.status().problems().contains("-i"));
    assertThat(refused.status().health()).isEqualTo("degraded");
    refused.stop();
    selfish.stop();
  }

  @Test
  void aMirrorThatIsNotThereIsSaidAndDoesNoHarm() {
    Node mirrored = lab.cache("mirrored", server).option("-l", lab.address(8080) + ":8080").start();
    mirrored.awaitTitle("/fine.mp4");
    assertThat(viewer.get(mirrored, "/fine.mp4").body()).isEqualTo(CONTENT);
    mirrored.awaitLog("check -l");
    mirrored.stop();
  }

  /** A web server that answers everything with a page. */
  private static final class NotP2pd implements AutoCloseable {
    private final HttpServer web;

    private NotP2pd() throws IOException {
      web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      web.createContext(
          "/",
          exchange -> {
            byte[] page = "<html>hello</html>".getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
          });
      web.start();
    }

    private int port() {
      return web.getAddress().getPort();
    }

    @Override
    public void close() {
      web.stop(0);
    }
  }
}
