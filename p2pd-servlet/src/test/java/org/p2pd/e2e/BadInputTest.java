package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.NodeSetup;
import org.p2pd.e2e.lab.Privileges;
import org.p2pd.e2e.lab.RawHttp;
import org.p2pd.e2e.lab.Tool;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/** What is wrong is answered with the status or the words that help, and everything goes on. */
@Tag("e2e")
class BadInputTest {

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

  @Nested
  class AtStart {

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "-p M --pubic X        | --public",
          "-p M -P 99999         | -P",
          "-p M -P eighty        | -P",
          "-p M -c C             | -p",
          "-i                    | -p",
          "-c C -n -N            | -S",
          "-c C -S h -b 100K     | -b",
          "-c C -S h -C lots     | -C",
          "-p M -m MD5           | MD5",
          "-p M -N 10.0.0.0/99   | 10.0.0.0/99",
          "-p M -T               | SPP",
          "-p M -Z               | -Z",
        })
    void anUnknownOrContradictoryOptionIsNamed(String words, String named) {
      NodeSetup setup = lab.cacheOf("refused", "unused").unbound();
      for (String option : List.of("-c", "-n", "-N", "-S")) {
        setup.without(option);
      }
      for (String word : words.split(" ", -1)) {
        setup.option(
            switch (word) {
              case "M" -> media.toString();
              case "C" -> lab.directory("refused-cache").toString();
              default -> word;
            });
      }
      refused(setup, named);
    }

    @Test
    void aMissingMediaDirectoryIsNamed() {
      Path missing = media.resolveSibling("no-such-directory");
      refused(lab.server("missing", missing), missing.toString());
    }

    @Test
    void anUnwritableCacheDirectoryIsNamed() throws IOException {
      NodeSetup setup = lab.cacheOf("unwritable", "127.0.0.1:1");
      Path directory = lab.directory("unwritable-cache");
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-x------"));
      refused(setup.wrappedIn(Privileges.obeyingPermissions()), directory.toString());
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void aPortInUseIsNamed() throws IOException {
      try (ServerSocket taken = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
        refused(
            lab.server("taken", media).at("127.0.0.1", taken.getLocalPort()),
            Integer.toString(taken.getLocalPort()));
      }
    }

    @Test
    void aDirectoryInUseIsNamedWithItsUser() {
      NodeSetup second = lab.cacheOf("second", "127.0.0.1:1").without("-c");
      Path directory = cache.state().getParent();
      Tool.Result result = refused(second.option("-c", directory.toString()), directory.toString());
      assertThat(result.errors() + result.output()).contains(Long.toString(cache.pid()));
    }

    private static Tool.Result refused(NodeSetup setup, String named) {
      Tool.Result result = setup.runToEnd();
      assertThat(result.exit()).as(result.toString()).isNotZero();
      assertThat(result.errors() + result.output()).contains(named).doesNotContain("\tat ");
      return result;
    }
  }

  @Nested
  class AParent {

    @Test
    void thatIsUnreachableMakesTheCacheSaySoAndAnswer503() {
      Node alone = lab.cacheOf("alone", lab.address(8080) + ":8080").start();
      assertThat(viewer.get(alone, "/fine.mp4").status()).isEqualTo(503);
      assertThat(alone.awaitHealth("DEGRADED")).contains("127.");
      alone.stop();
    }

    @Test
    void thatIsNoP2pdMakesTheCacheSaySo() throws IOException {
      try (NotP2pd web = new NotP2pd()) {
        Node misled = lab.cacheOf("misled", "127.0.0.1:" + web.port()).start();
        assertThat(viewer.get(misled, "/fine.mp4").status()).isEqualTo(503);
        assertThat(misled.awaitHealth("DEGRADED")).contains("127.0.0.1:" + web.port());
        misled.stop();
      }
    }

    @Test
    void withAnotherSecretIsSaidWithTheCommandThatMendsIt() {
      Path secret = Media.write(lab.directory("secrets").resolve("wrong"), wrongSecret());
      Node stranger =
          lab.cache("stranger", server).option("--secret-file", secret.toString()).start();
      assertThat(viewer.get(stranger, "/fine.mp4").status()).isEqualTo(503);
      assertThat(stranger.awaitHealth("DEGRADED")).contains("secret");
      stranger.stop();
    }

    @Test
    void thatDoesNotShareIsSaid() {
      Node selfish = lab.server("selfish", media).without("-i").start();
      Node refused = lab.cache("refused-child", selfish).start();
      assertThat(refused.awaitHealth("DEGRADED")).contains("-i");
      refused.stop();
      selfish.stop();
    }

    private static byte[] wrongSecret() {
      return "b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldC1vdGhlci0\n"
          .getBytes(StandardCharsets.US_ASCII);
    }
  }

  @Nested
  class ARequest {

    @Test
    void forAnotherHostIs421AndSaysWhichAreServed() throws IOException {
      Node named = lab.cache("named", server).option("-A", "cdn.example.com").start();
      Waiting.until(
          "it is served under its name",
          () ->
              RawHttp.ask(named, "GET /fine.mp4 HTTP/1.1", "Host: CDN.Example.com:8080").status()
                  == 200);
      RawHttp.Answer other = RawHttp.ask(named, "GET /fine.mp4 HTTP/1.1", "Host: example.org");
      assertThat(other.status()).isEqualTo(421);
      assertThat(other.body()).contains("cdn.example.com").contains("-A");
      named.stop();
    }

    @Test
    void ofAClientWhoIsNotAcceptedIs403() {
      Node closed =
          lab.cache("closed", server).without("-N").option("-N", "198.51.100.0/24").start();
      Waiting.until(
          "it knows and refuses", () -> viewer.get(closed, "/fine.mp4").status() == 403);
      closed.stop();
    }

    @Test
    void ofAClientForWhomNothingIsFetchedIs504UnlessItIsHeld() {
      Node holdsOnly = lab.cache("holds-only", server).without("-n").start();
      holdsOnly.awaitTitle("/fine.mp4");
      assertThat(viewer.get(holdsOnly, "/fine.mp4").status()).isEqualTo(504);
      holdsOnly.stop();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "/../secret.txt",
          "/..%2fsecret.txt",
          "/%2e%2e/secret.txt",
          "/%2e%2e%2fsecret.txt",
          "/x/../../secret.txt",
          "/..;/secret.txt",
          "/..%5csecret.txt",
          "/..\\secret.txt",
          "/%252e%252e/secret.txt",
          "/%c0%ae%c0%ae/secret.txt",
          "//secret.txt",
          "/./../secret.txt",
          "/fine.mp4/../../secret.txt",
          "/fine.mp4%00.txt",
          "/%",
          "/%zz",
          "/%ff%fe.mp4",
          "/.p2pd/../../secret.txt",
        })
    void thatLeavesTheDirectoryFindsNothing(String target) throws IOException {
      for (Node node : List.of(server, cache)) {
        RawHttp.Answer answer = RawHttp.ask(node, "GET " + target + " HTTP/1.1");
        assertThat(answer.status()).as(node + target).isIn(400, 404);
        assertThat(answer.body()).doesNotContain(lab.directory("").toString());
      }
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "bytes=                        | 416",
          "bytes=a-b                     | 416",
          "bytes=5-2                     | 416",
          "bytes=-                       | 416",
          "bytes=--1                     | 416",
          "bytes=300000-                 | 416",
          "bytes=-0                      | 416",
          "bytes=0-0,5-2                 | 416",
          "lines=1-2                     | 200",
          "bytes=0-99999999999999999999999999 | 206",
          "bytes=-99999999999999999999999999  | 206",
          "bytes=99999999999999999999999999-  | 416",
        })
    void withAnAbsurdRange(String range, int status) throws IOException {
      for (Node node : List.of(server, cache)) {
        RawHttp.Answer answer =
            RawHttp.ask(node, "GET /fine.mp4 HTTP/1.1", "Range: " + range.strip());
        assertThat(answer.status()).as(node + " " + range).isEqualTo(status);
      }
    }

    @Test
    void withTooManyRangesIs416AndWithManyIsBounded() throws IOException {
      assertThat(RawHttp.ask(cache, "GET /fine.mp4 HTTP/1.1", "Range: " + ranges(65)).status())
          .isEqualTo(416);
      RawHttp.Answer many =
          RawHttp.ask(cache, "GET /fine.mp4 HTTP/1.1", "Range: " + ranges(64));
      assertThat(many.status()).isEqualTo(206);
      assertThat(many.head().header("Content-Type")).startsWith("multipart/byteranges");
      RawHttp.Answer overlapping =
          RawHttp.ask(
              cache, "GET /fine.mp4 HTTP/1.1", "Range: bytes=0-" + ",0-".repeat(60));
      assertThat(overlapping.body().length()).isLessThan(2 * CONTENT.length);
    }

    @Test
    void withAnOversizedHeadIsRefused() throws IOException {
      for (Node node : List.of(server, cache)) {
        assertThat(refusal(node, "GET /fine.mp4 HTTP/1.1", "X-Big: " + "x".repeat(100_000)))
            .isIn(400, 431);
        assertThat(refusal(node, "GET /" + "x".repeat(100_000) + " HTTP/1.1"))
            .isIn(400, 404, 414, 431);
      }
    }

    @Test
    void withABodyDoesNotHoldTheNode() throws IOException {
      for (Node node : List.of(server, cache)) {
        assertThat(refusal(node, "GET /fine.mp4 HTTP/1.1", "Content-Length: 100000000"))
            .isIn(400, 413);
        assertThat(refusal(node, "POST /fine.mp4 HTTP/1.1", "Content-Length: 100000000"))
            .isIn(405, 413);
        assertThat(refusal(node, "GET /fine.mp4 HTTP/1.1", "Transfer-Encoding: chunked"))
            .isIn(400, 413);
      }
    }

    @ParameterizedTest
    @CsvSource({"POST,405", "PUT,405", "DELETE,405", "PATCH,405", "TRACE,405", "OPTIONS,204",
      "BREW,501"})
    void ofAnotherMethod(String method, int status) throws IOException {
      for (Node node : List.of(server, cache)) {
        RawHttp.Answer answer = RawHttp.ask(node, method + " /fine.mp4 HTTP/1.1");
        assertThat(answer.status()).as(method).isEqualTo(status);
        if (status == 405) {
          assertThat(answer.head().header("Allow")).contains("GET", "HEAD", "OPTIONS");
        }
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/.p2pd/status", "/.p2pd/metrics"})
    void forAdministrationWithoutItsTokenIsRefused(String path) {
      for (Node node : List.of(server, cache)) {
        assertThat(viewer.get(node, path).status()).isIn(401, 403);
        assertThat(viewer.get(node, path, "Authorization", "Bearer wrong").status())
            .isIn(401, 403);
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"/.spp/v1/node", "/.spp/v1/catalogue?after=0&wait=0", "/.spp/v1/holdings"})
    void forSppWithoutASessionIsRefused(String target) throws IOException {
      for (Node node : List.of(server, cache)) {
        assertThat(RawHttp.ask(node, "GET " + target + " HTTP/1.1").status()).isIn(400, 401, 403);
        assertThat(RawHttp.ask(node, "GET " + target + " HTTP/1.1", "Via: 1.1 x").status())
            .isEqualTo(403);
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "/org/p2pd/launcher/Launcher.class",
          "/WEB-INF/web.xml",
          "/META-INF/MANIFEST.MF",
          "/WEB-INF/lib/"
        })
    void forThePartsOfTheWarItselfFindsNothing(String target) throws IOException {
      assertThat(RawHttp.ask(cache, "GET " + target + " HTTP/1.1").status()).isEqualTo(404);
    }

    private static int refusal(Node node, String... lines) throws IOException {
      try (RawHttp connection = new RawHttp(node)) {
        connection.send(lines);
        return connection.head().status();
      }
    }

    private static String ranges(int count) {
      StringBuilder ranges = new StringBuilder("bytes=0-0");
      for (int i = 1; i < count; i++) {
        ranges.append(',').append(i * 1000).append('-').append(i * 1000);
      }
      return ranges.toString();
    }
  }

  @Nested
  class Trouble {

    @Test
    void aTitleThatVanishesInMidResponseEndsItAndIsThenUnknown() throws IOException {
      byte[] content = Media.bytes(64 * Media.MIB, 7);
      Media.write(media.resolve("vanishing.mp4"), content);
      cache.awaitTitle("/vanishing.mp4");
      try (RawHttp connection = new RawHttp(cache)) {
        connection.send("GET /vanishing.mp4 HTTP/1.1");
        connection.head();
        connection.exactly(Media.MIB);
        Files.delete(media.resolve("vanishing.mp4"));
        byte[] rest = connection.untilClosed(content.length - Media.MIB);
        assertThat(java.util.Arrays.mismatch(
                rest, 0, rest.length, content, Media.MIB, Media.MIB + rest.length))
            .isEqualTo(-1);
      }
      cache.awaitStatus("/vanishing.mp4", 404);
    }

    @Test
    @EnabledIf(
        value = "org.p2pd.e2e.lab.Privileges#mayMount",
        disabledReason = "needs root and mount namespaces")
    void aFullDiskCostsNoViewerAByte() {
      Path file = Media.random(media.resolve("larger-than-the-disk.mp4"), 64L * Media.MIB, 8);
      NodeSetup setup = lab.cache("full", server).option("-C", "1G");
      Path directory = lab.directory("full-cache");
      Node full =
          setup
              .wrappedIn(
                  Privileges.inOwnMounts("mount -t tmpfs -o size=24m tmpfs '" + directory + "'"))
              .start();
      Waiting.until(
          "it knows the title",
          () -> viewer.head(full, "/larger-than-the-disk.mp4").status() == 200);
      for (int i = 0; i < 2; i++) {
        assertThat(viewer.download(full, "/larger-than-the-disk.mp4").sha256())
            .isEqualTo(Media.sha256(file));
      }
      full.stop();
    }

    @Test
    void anUnreadableFileIsNamedWithTheCommandThatMendsIt() throws IOException {
      Path locked = lab.directory("locked");
      Path file = Media.write(locked.resolve("locked.mp4"), CONTENT);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
      Media.write(locked.resolve("open.mp4"), CONTENT);
      Node strict =
          lab.server("strict", locked).wrappedIn(Privileges.obeyingPermissions()).start();
      strict.awaitTitle("/open.mp4");
      strict.awaitLog("locked.mp4");
      strict.awaitLog("chmod");
      assertThat(viewer.get(strict, "/locked.mp4").status()).isIn(404, 503);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
      strict.awaitTitle("/locked.mp4");
      strict.stop();
    }
  }

  /** A web server that answers everything with a page. */
  private static final class NotP2pd implements AutoCloseable {
    private final com.sun.net.httpserver.HttpServer web;

    private NotP2pd() throws IOException {
      web =
          com.sun.net.httpserver.HttpServer.create(
              new java.net.InetSocketAddress("127.0.0.1", 0), 0);
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
