package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.e2e.lab.Httpd;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.RawHttp;
import org.p2pd.e2e.lab.TlsClient;
import org.p2pd.e2e.lab.Waiting;

/**
 * Behind Apache httpd, with the configuration that is shipped, a viewer gets the very answers that
 * p2pd gives: status, every field that is not the connection's own, every byte.
 */
@Tag("e2e")
class HttpdTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final String SITE = "www.example.com";
  private static final int PORT = 8080;
  private static final int TLS_PORT = 8443;
  private static final int LENGTH = 3 * Media.MIB + 12_345;
  private static final List<String> OF_THE_CONNECTION =
      List.of("date", "server", "connection", "keep-alive", "server-timing", "via");

  private static Path media;
  private static Node server;
  private static Node cache;
  private static Httpd oneOrigin;
  private static Httpd tls;
  private static String tag;
  private static String date;

  @BeforeAll
  static void start() throws IOException {
    media = lab.directory("media");
    Media.random(media.resolve("movie.mp4"), LENGTH, 1);
    Files.createFile(media.resolve("empty.mp4"));
    Files.writeString(media.resolve("page.html"), "<p>a page, more than a few words of it</p>");
    Files.writeString(media.resolve("style.css"), "p { color: green }\n".repeat(500));
    Files.writeString(media.resolve("list.m3u8"), "#EXTM3U\n");
    Files.createDirectories(media.resolve("a dir"));
    Media.random(media.resolve("a dir/ä;b+c%d&e=f.mp4"), 100_000, 2);
    server = lab.server("server", media).start();
    cache =
        lab.cache("cache", server)
            .option("-A", SITE)
            .option("--trusted-proxy", "127.0.0.1/8")
            .start();
    for (String title : List.of("/movie.mp4", "/empty.mp4", "/page.html", "/style.css")) {
      Waiting.until(
          "the cache has " + title, () -> direct("HEAD " + title + " HTTP/1.1").status() == 200);
    }
    tag = direct("HEAD /movie.mp4 HTTP/1.1").field("etag");
    date = direct("HEAD /movie.mp4 HTTP/1.1").field("last-modified");
    Path pages = lab.directory("pages");
    Files.writeString(pages.resolve("index.html"), "the site's own page");
    oneOrigin =
        new Httpd(lab, "one-origin.conf", PORT)
            .modules("proxy", "proxy_http")
            .define("P2PD_SITE", SITE)
            .define("P2PD_PAGES", pages.toString())
            .define("P2PD_NODE", cache.authority())
            .start();
    tls =
        new Httpd(lab, "tls.conf", PORT)
            .modules("proxy", "proxy_http")
            .certified(SITE, TLS_PORT)
            .define("P2PD_SITE", SITE)
            .define("P2PD_PAGES", pages.toString())
            .define("P2PD_NODE", cache.authority())
            .start();
  }

  /** An answer without what belongs to the connection. */
  private record Answer(int status, Map<String, String> fields, String body) {
    String field(String name) {
      return fields.getOrDefault(name, "");
    }

    Answer withoutText() {
      Map<String, String> others = new TreeMap<>(fields);
      others.remove("content-length");
      return new Answer(status, others, "");
    }
  }

  private static Answer direct(String... lines) throws IOException {
    return ask(cache.address(), cache.port(), lines);
  }

  private static Answer through(Httpd httpd, String... lines) throws IOException {
    return ask(httpd.address(), httpd.port(), moved(lines));
  }

  private static String[] moved(String... lines) {
    String[] moved = lines.clone();
    moved[0] = moved[0].replaceFirst(" /", " /media/");
    return moved;
  }

  private static Answer ask(String address, int port, String... lines) throws IOException {
    return ask(new Socket(), address, port, lines);
  }

  private static Answer overTls(String... lines) throws IOException {
    return ask(TlsClient.trustingAnyone(), tls.address(), TLS_PORT, moved(lines));
  }

  private static Answer ask(Socket socket, String address, int port, String... lines)
      throws IOException {
    try (RawHttp http = new RawHttp(socket, address, port, SITE)) {
      http.send(lines);
      RawHttp.Head head = http.head();
      boolean bodiless =
          lines[0].startsWith("HEAD") || head.status() == 204 || head.status() == 304;
      byte[] body = bodiless ? new byte[0] : http.body(head);
      Map<String, String> fields = new TreeMap<>(head.headers());
      OF_THE_CONNECTION.forEach(fields::remove);
      return new Answer(head.status(), fields, Media.sha256(body));
    }
  }

  /** Lines of a request, {@code |} between them; TAG and DATE stand for the film's own. */
  private static final String TABLE =
      """
      GET /movie.mp4
      HEAD /movie.mp4
      OPTIONS /movie.mp4
      GET /empty.mp4
      GET /empty.mp4 | Range: bytes=-5
      GET /empty.mp4 | Range: bytes=0-0
      GET /page.html
      HEAD /page.html
      GET /style.css
      GET /style.css | Accept-Encoding: gzip, br
      GET /list.m3u8
      GET /movie.mp4 | Accept-Encoding: gzip
      GET /movie.mp4?autoplay=1
      GET /a%20dir/%C3%A4;b+c%25d&e=f.mp4
      GET /a%20dir/%c3%a4%3Bb%2Bc%25d%26e%3Df.mp4
      GET /a%20dir/%C3%A4;b+c%25d&e=f.mp4 | Range: bytes=5-9
      GET /a%20dir
      GET /nothing.mp4
      HEAD /nothing.mp4
      GET /MOVIE.MP4
      GET /movie.mp4/
      GET /movie.mp4%20
      GET /movie.mp4;v=1
      GET /x%5Cy.mp4
      GET /.hidden
      GET /.well-known/x
      GET /a%20dir//x.mp4
      GET /movie.mp4 | Range: bytes=0-0
      GET /movie.mp4 | Range: bytes=0-99
      GET /movie.mp4 | Range: bytes=0-1048575
      GET /movie.mp4 | Range: bytes=1000000-2000000
      GET /movie.mp4 | Range: bytes=3000000-
      GET /movie.mp4 | Range: bytes=-1
      GET /movie.mp4 | Range: bytes=-100000
      GET /movie.mp4 | Range: bytes=0-
      GET /movie.mp4 | Range: bytes=0-99999999
      GET /movie.mp4 | Range: bytes=-99999999
      GET /movie.mp4 | Range: bytes=99999999-
      GET /movie.mp4 | Range: bytes=0-99999999999999999999999999
      GET /movie.mp4 | Range: bytes=99999999999999999999999999-
      GET /movie.mp4 | Range: bytes=
      GET /movie.mp4 | Range: bytes=-
      GET /movie.mp4 | Range: bytes=-0
      GET /movie.mp4 | Range: bytes=5-2
      GET /movie.mp4 | Range: bytes=a-b
      GET /movie.mp4 | Range: bytes=1
      GET /movie.mp4 | Range: bytes=0-0,5-2
      GET /movie.mp4 | Range: bytes 0-5
      GET /movie.mp4 | Range: lines=1-2
      GET /movie.mp4 | Range: bytes=0-9,20-29
      GET /movie.mp4 | Range: bytes=0-9,5-29
      GET /movie.mp4 | Range: bytes=20-29,0-9
      GET /movie.mp4 | Range: bytes=0-9,99999999-
      GET /movie.mp4 | Range: bytes=0-1,4-5,8-9,12-13,16-17,-3
      GET /movie.mp4 | Range: bytes=0-,0-,0-,0-
      GET /movie.mp4 | Range: bytes=0-0@65
      GET /movie.mp4 | Range: bytes=0-0@64
      GET /movie.mp4 | Range: bytes=0-9 | Range: bytes=20-29
      HEAD /movie.mp4 | Range: bytes=0-9
      GET /movie.mp4 | Range: bytes=0-9 | If-Range: TAG
      GET /movie.mp4 | Range: bytes=0-9 | If-Range: W/TAG
      GET /movie.mp4 | Range: bytes=0-9 | If-Range: "other"
      GET /movie.mp4 | Range: bytes=0-9 | If-Range: DATE
      GET /movie.mp4 | Range: bytes=0-9 | If-Range: Mon, 01 Jan 2001 00:00:00 GMT
      GET /movie.mp4 | If-None-Match: TAG
      GET /movie.mp4 | If-None-Match: W/TAG
      GET /movie.mp4 | If-None-Match: *
      GET /movie.mp4 | If-None-Match: "other"
      HEAD /movie.mp4 | If-None-Match: TAG
      GET /movie.mp4 | If-None-Match: TAG | Range: bytes=0-9
      GET /movie.mp4 | If-Modified-Since: DATE
      GET /movie.mp4 | If-Modified-Since: Mon, 01 Jan 2001 00:00:00 GMT
      GET /movie.mp4 | If-Modified-Since: yesterday
      GET /movie.mp4 | If-Match: TAG
      GET /movie.mp4 | If-Match: "other"
      GET /movie.mp4 | If-Match: *
      GET /movie.mp4 | If-Match: "other" | Range: bytes=0-9
      GET /movie.mp4 | If-Unmodified-Since: DATE
      GET /movie.mp4 | If-Unmodified-Since: Mon, 01 Jan 2001 00:00:00 GMT
      GET /movie.mp4 | Origin: https://other.example
      GET /movie.mp4 | Origin: https://other.example | Range: bytes=0-9
      GET /nothing.mp4 | Origin: https://other.example
      OPTIONS /movie.mp4 | Origin: https://o.example | Access-Control-Request-Method: GET | Access-Control-Request-Headers: range
      OPTIONS /nothing.mp4
      POST /movie.mp4
      PUT /movie.mp4
      DELETE /movie.mp4
      PATCH /movie.mp4
      PROPFIND /movie.mp4
      BREW /movie.mp4
      POST /nothing.mp4
      POST /movie.mp4 | Content-Length: 0
      GET /movie.mp4 | Host: example.org
      GET /movie.mp4 | Host: WWW.Example.Com:8080
      GET /movie.mp4 | Host: [::1]
      GET /nothing.mp4 | Host: example.org
      GET /movie.mp4 | Cache-Control: no-cache
      GET /movie.mp4 | Connection: close
      GET /movie.mp4 | TE: trailers
      GET /movie.mp4 | Cookie: a=b; c=d
      GET /movie.mp4 | User-Agent: VLC/3.0 LibVLC/3.0 | Icy-MetaData: 1 | Range: bytes=0-
      """;

  @TestFactory
  Stream<DynamicTest> answersAreTheSameAsWithoutIt() throws IOException {
    // All of it is held first, so that what tells of that is the same however often it was asked.
    for (String title : List.of("/movie.mp4", "/page.html", "/style.css", "/list.m3u8")) {
      direct("GET " + title + " HTTP/1.1");
    }
    direct("GET /a%20dir/%C3%A4;b+c%25d&e=f.mp4 HTTP/1.1");
    List<String> lines = TABLE.lines().toList();
    assertThat(lines).hasSizeGreaterThanOrEqualTo(80);
    return lines.stream().map(line -> DynamicTest.dynamicTest(line, () -> isTheSame(line)));
  }

  private static void isTheSame(String line) throws IOException {
    String[] request = request(line);
    Answer direct = direct(request);
    for (Answer behind : List.of(through(oneOrigin, request), overTls(request))) {
      if (direct.status() == 421) {
        // What p2pd says then names the proxy as a cause, too.
        assertThat(behind.withoutText()).isEqualTo(direct.withoutText());
      } else {
        assertThat(behind).isEqualTo(direct);
      }
    }
  }

  /** Apache's own ways that no setting changes, written down here so that they stay known. */
  @Test
  void twoThingsDiffer() throws IOException {
    Answer length = through(oneOrigin, "HEAD /empty.mp4 HTTP/1.1");
    assertThat(length.status()).isEqualTo(200);
    assertThat(length.fields()).as("a length of 0 is not told").doesNotContainKey("content-length");
    assertThat(through(oneOrigin, "GET //movie.mp4 HTTP/1.1").status())
        .as("slashes behind the prefix are one")
        .isEqualTo(200);
  }

  private static String[] request(String line) {
    List<String> lines = new ArrayList<>(List.of(line.split(" \\| ")));
    lines.set(0, lines.get(0) + " HTTP/1.1");
    lines.replaceAll(l -> l.replace("TAG", tag).replace("DATE", date));
    lines.replaceAll(HttpdTest::manyRanges);
    return lines.toArray(String[]::new);
  }

  /** {@code bytes=0-0@65}: so many ranges, far from each other. */
  private static String manyRanges(String line) {
    int at = line.indexOf("=0-0@");
    if (at < 0) {
      return line;
    }
    StringBuilder ranges = new StringBuilder("Range: bytes=0-0");
    for (int i = 1; i < Integer.parseInt(line.substring(at + 5)); i++) {
      ranges.append(',').append(1000 * i).append('-').append(1000 * i);
    }
    return ranges.toString();
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
    Answer answer = through(oneOrigin, "GET " + target + " HTTP/1.1");
    assertThat(answer.status()).isIn(400, 403, 404);
    assertThat(direct("GET " + target + " HTTP/1.1").status()).isIn(400, 404);
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
    Answer answer = through(oneOrigin, "GET " + target + " HTTP/1.1");
    assertThat(answer.status()).isIn(400, 403, 404);
    if (answer.status() == 403) {
      assertThat(answer.field("content-type")).as("Apache's own").startsWith("text/html");
    }
    assertThat(ask(oneOrigin.address(), PORT, "GET " + target + " HTTP/1.1").status())
        .isIn(400, 403, 404);
  }

  @Test
  void whatNodesHaveAmongThemselvesIsRefusedByP2pdTooWhateverTheProxyLetsThrough()
      throws IOException {
    for (String trace : List.of("Via: 1.1 proxy", "X-Forwarded-For: 127.0.0.1")) {
      for (String target : List.of("/.p2pd/health", "/.p2pd/status", "/.spp/v1/node")) {
        assertThat(direct("GET " + target + " HTTP/1.1", trace).status())
            .as(target + " " + trace)
            .isEqualTo(403);
      }
    }
  }

  @Test
  void overHttpOnlyThereIsTheWayToTls() throws IOException {
    Answer answer = ask(tls.address(), PORT, "GET /media/movie.mp4 HTTP/1.1");
    assertThat(answer.status()).isEqualTo(301);
    assertThat(answer.field("location")).isEqualTo("https://" + SITE + "/media/movie.mp4");
  }

  @Test
  void pagesAreTheSitesOwn() throws IOException {
    assertThat(ask(oneOrigin.address(), PORT, "GET / HTTP/1.1").status()).isEqualTo(200);
    assertThat(ask(oneOrigin.address(), PORT, "GET /movie.mp4 HTTP/1.1").status()).isEqualTo(404);
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
    Httpd beforeUntold = inFrontOf(untold);
    Httpd beforeTold = inFrontOf(told);
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

  /** The status for a viewer at that address. */
  private static int from(String viewer, Httpd httpd, String... lines) throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(viewer, 0));
    try (RawHttp http = new RawHttp(socket, httpd.address(), httpd.port(), SITE)) {
      http.send(lines);
      return http.head().status();
    }
  }

  private static Httpd inFrontOf(Node node) {
    return new Httpd(lab, "one-origin.conf", PORT)
        .modules("proxy", "proxy_http")
        .define("P2PD_SITE", SITE)
        .define("P2PD_PAGES", lab.directory("pages").toString())
        .define("P2PD_NODE", node.authority())
        .start();
  }

  @Test
  void aLongFilmStreamsAndIsNotFinishedWhenTheNodeDies() throws Exception {
    Path film = Media.random(media.resolve("long.mp4"), 120 * Media.MIB, 7);
    Node node = lab.cache("dies", server).option("--trusted-proxy", "127.0.0.0/8").start();
    node.awaitTitle("/long.mp4");
    Httpd httpd = inFrontOf(node);
    try (RawHttp viewer = new RawHttp(new Socket(), httpd.address(), PORT, SITE)) {
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
    Httpd alone =
        new Httpd(lab, "one-origin.conf", PORT)
            .modules("proxy", "proxy_http")
            .define("P2PD_SITE", SITE)
            .define("P2PD_PAGES", lab.directory("pages").toString())
            .define("P2PD_NODE", lab.address(PORT) + ":" + PORT)
            .start();
    assertThat(through(alone, "GET /movie.mp4 HTTP/1.1").status()).isEqualTo(503);
  }
}
