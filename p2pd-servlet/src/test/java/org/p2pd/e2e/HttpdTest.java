package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.e2e.lab.Httpd;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.RawHttp;
import org.p2pd.e2e.lab.Waiting;

/**
 * What Apache httpd does in front of a node, with the configuration that is shipped: what it lets
 * nobody have, whose address it tells, and how a long film goes through it.
 */
@Tag("e2e")
class HttpdTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final String SITE = "www.example.com";
  private static final int PORT = 8080;

  private static Path media;
  private static Node server;
  private static Node cache;
  private static Httpd httpd;

  @BeforeAll
  static void start() throws IOException {
    media = lab.directory("media");
    Media.random(media.resolve("movie.mp4"), Media.MIB, 1);
    server = lab.server("server", media).start();
    cache =
        lab.cache("cache", server)
            .option("-A", SITE)
            .option("--trusted-proxy", "127.0.0.1/8")
            .start();
    Waiting.until("the cache has the film", () -> direct("HEAD /movie.mp4 HTTP/1.1") == 200);
    Files.writeString(lab.directory("pages").resolve("index.html"), "the site's own page");
    httpd = inFrontOf(cache.authority());
  }

  private static Httpd inFrontOf(String node) {
    return new Httpd(lab, "one-origin.conf", PORT)
        .modules("proxy", "proxy_http")
        .define("P2PD_SITE", SITE)
        .define("P2PD_PAGES", lab.directory("pages").toString())
        .define("P2PD_NODE", node)
        .start();
  }

  private static int direct(String... lines) throws IOException {
    return status(new Socket(), cache.address(), lines);
  }

  private static int through(Httpd httpd, String... lines) throws IOException {
    return status(new Socket(), httpd.address(), lines);
  }

  /** The status for a viewer at that address. */
  private static int from(String viewer, Httpd httpd, String... lines) throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(viewer, 0));
    return status(socket, httpd.address(), lines);
  }

  private static int status(Socket socket, String address, String... lines) throws IOException {
    try (RawHttp http = new RawHttp(socket, address, PORT, SITE)) {
      http.send(lines);
      return http.head().status();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/x/../../secret",
        "/movie.mp4%00",
        "/%zz",
        "/%",
        "/%ff.mp4",
        "/a%2Fb.mp4",
        "/a dir",
      })
  void whatIsNoPathIsRefusedByOneOfThem(String target) throws IOException {
    try (RawHttp http = new RawHttp(new Socket(), httpd.address(), PORT, SITE)) {
      http.send("GET /media" + target + " HTTP/1.1");
      RawHttp.Head head = http.head();
      assertThat(head.status()).isIn(400, 403, 404);
      if (head.status() == 403) {
        assertThat(head.header("Content-Type")).as("Apache's own").startsWith("text/html");
      }
    }
    assertThat(direct("GET " + target + " HTTP/1.1")).isIn(400, 404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/.spp/v1/node",
        "/.p2pd/health",
        "/.p2pd/status",
        "//.p2pd/status",
        "/.%702pd/status",
        "/%2ep2pd/status",
        "/x/..%2f.p2pd/status",
        "/./.p2pd/status",
      })
  void whatNodesHaveAmongThemselvesIsRefusedAtTheOuterDoor(String target) throws IOException {
    assertThat(through(httpd, "GET /media" + target + " HTTP/1.1")).isIn(400, 403, 404);
    assertThat(through(httpd, "GET " + target + " HTTP/1.1")).isIn(400, 403, 404);
  }

  @Test
  void whatNodesHaveAmongThemselvesIsRefusedByP2pdTooWhateverTheProxyLetsThrough()
      throws IOException {
    for (String trace : List.of("Via: 1.1 proxy", "X-Forwarded-For: 127.0.0.1")) {
      for (String target : List.of("/.p2pd/health", "/.p2pd/status", "/.spp/v1/node")) {
        assertThat(direct("GET " + target + " HTTP/1.1", trace))
            .as(target + " " + trace)
            .isEqualTo(403);
      }
    }
  }

  @Test
  void pagesAreTheSitesOwn() throws IOException {
    assertThat(through(httpd, "GET / HTTP/1.1")).isEqualTo(200);
    assertThat(through(httpd, "GET /movie.mp4 HTTP/1.1")).isEqualTo(404);
  }

  @Test
  void aViewersAddressIsKnownBehindItAndCannotBeChosen() throws IOException {
    String stranger = lab.address(PORT);
    Node untold = lab.cache("untold", server).without("-N").option("-N", "127.0.0.1").start();
    Node told =
        lab.cache("told", server)
            .without("-N")
            .option("-N", "127.0.0.1")
            .option("--trusted-proxy", "127.0.0.1")
            .start();
    Httpd beforeUntold = inFrontOf(untold.authority());
    Httpd beforeTold = inFrontOf(told.authority());
    for (Node node : List.of(untold, told)) {
      node.awaitTitle("/movie.mp4");
    }
    String film = "HEAD /media/movie.mp4 HTTP/1.1";
    // Apache asks from 127.0.0.1, for whom these nodes are: it must not be taken for the viewer.
    assertThat(from(stranger, beforeUntold, film)).isEqualTo(403);
    assertThat(from("127.0.0.1", beforeUntold, film)).isEqualTo(403);
    assertThat(from(stranger, beforeTold, film)).isEqualTo(403);
    assertThat(from("127.0.0.1", beforeTold, film)).isEqualTo(200);
    for (String lie : List.of("X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1")) {
      assertThat(from(stranger, beforeTold, film, lie)).as(lie).isEqualTo(403);
      assertThat(from(stranger, beforeUntold, film, lie)).as(lie).isEqualTo(403);
    }
    assertThat(from(stranger, beforeTold, film, "X-Real-IP: 127.0.0.1")).isEqualTo(403);
  }

  @Test
  void aLongFilmStreamsAndIsNotFinishedWhenTheNodeDies() throws Exception {
    Path film = Media.random(media.resolve("long.mp4"), 120 * Media.MIB, 7);
    Node node = lab.cache("dies", server).option("--trusted-proxy", "127.0.0.0/8").start();
    node.awaitTitle("/long.mp4");
    Httpd front = inFrontOf(node.authority());
    try (RawHttp viewer = new RawHttp(new Socket(), front.address(), PORT, SITE)) {
      viewer.send("GET /media/long.mp4 HTTP/1.1");
      RawHttp.Head head = viewer.head();
      assertThat(head.contentLength()).isEqualTo(120L * Media.MIB);
      byte[] begin = viewer.exactly(Media.MIB);
      assertThat(begin).isEqualTo(Media.read(film, 0, Media.MIB));
      // The viewer takes no more: neither does Apache, and p2pd has not sent the film away.
      long sent =
          Waiting.unchanging("what the cache fetched", () -> server.status().sentToNodesBytes());
      assertThat(sent).as("it was not all fetched ahead").isLessThan(110L * Media.MIB);
      node.kill();
      long more = viewer.untilClosed(120 * Media.MIB).length;
      assertThat(Media.MIB + more).as("cut, not padded").isLessThan(120L * Media.MIB);
    }
  }

  @Test
  void whenP2pdIsNotThereItSaysSo() throws IOException {
    Httpd alone = inFrontOf(lab.address(PORT) + ":" + PORT);
    assertThat(through(alone, "GET /media/movie.mp4 HTTP/1.1")).isEqualTo(503);
  }
}
