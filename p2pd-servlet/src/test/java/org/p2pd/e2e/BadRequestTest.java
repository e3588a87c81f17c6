package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.RawHttp;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/** A request that is wrong is answered with the status and the words that help. */
@Tag("e2e")
class BadRequestTest {

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
    Node closed = lab.cache("closed", server).without("-N").option("-N", "198.51.100.0/24").start();
    Waiting.until("it knows and refuses", () -> viewer.get(closed, "/fine.mp4").status() == 403);
    closed.stop();
  }

  @Test
  void ofAClientForWhomNothingIsFetchedIs504() {
    Node holdsOnly = lab.cache("holds-only", server).without("-n").start();
    holdsOnly.awaitStatus("/fine.mp4", 504);
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
    RawHttp.Answer many = RawHttp.ask(cache, "GET /fine.mp4 HTTP/1.1", "Range: " + ranges(64));
    assertThat(many.status()).isEqualTo(206);
    assertThat(many.head().header("Content-Type")).startsWith("multipart/byteranges");
    RawHttp.Answer overlapping =
        RawHttp.ask(cache, "GET /fine.mp4 HTTP/1.1", "Range: bytes=0-" + ",0-".repeat(60));
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
  @CsvSource({
    "POST,405",
    "PUT,405",
    "DELETE,405",
    "PATCH,405",
    "TRACE,405",
    "OPTIONS,204",
    "BREW,501"
  })
  void ofAnotherMethod(String method, int status) throws IOException {
    for (Node node : List.of(server, cache)) {
      RawHttp.Answer answer = RawHttp.ask(node, method + " /fine.mp4 HTTP/1.1");
      assertThat(answer.status()).as(method).isEqualTo(status);
      if (status == 405 && !method.equals("TRACE")) { // Tomcat itself refuses TRACE
        assertThat(answer.head().header("Allow")).contains("GET", "HEAD", "OPTIONS");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/.p2pd/status", "/.p2pd/metrics"})
  void forAdministrationWithoutItsTokenIsRefused(String path) {
    for (Node node : List.of(server, cache)) {
      assertThat(viewer.get(node, path).status()).isIn(401, 403);
      assertThat(viewer.get(node, path, "Authorization", "Bearer wrong").status()).isIn(401, 403);
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
