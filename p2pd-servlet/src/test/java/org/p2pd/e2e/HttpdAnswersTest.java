package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
class HttpdAnswersTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final String SITE = "www.example.com";
  private static final int PORT = 8080;
  private static final int TLS_PORT = 8443;
  private static final int LENGTH = 3 * Media.MIB + 12_345;
  private static final List<String> OF_THE_CONNECTION =
      List.of("date", "server", "connection", "keep-alive", "server-timing", "via");

  private static Node cache;
  private static Httpd oneOrigin;
  private static Httpd tls;
  private static String tag;
  private static String date;

  @BeforeAll
  static void start() throws IOException {
    Path media = lab.directory("media");
    Media.random(media.resolve("movie.mp4"), LENGTH, 1);
    Files.createFile(media.resolve("empty.mp4"));
    Files.writeString(media.resolve("page.html"), "<p>a page, more than a few words of it</p>");
    Files.writeString(media.resolve("style.css"), "p { color: green }\n".repeat(500));
    Files.writeString(media.resolve("list.m3u8"), "#EXTM3U\n");
    Files.createDirectories(media.resolve("a dir"));
    Media.random(media.resolve("a dir/ä;b+c%d&e=f.mp4"), 100_000, 2);
    Node server = lab.server("server", media).start();
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

  @Test
  void overHttpOnlyThereIsTheWayToTls() throws IOException {
    Answer answer = ask(tls.address(), PORT, "GET /media/movie.mp4 HTTP/1.1");
    assertThat(answer.status()).isEqualTo(301);
    assertThat(answer.field("location")).isEqualTo("https://" + SITE + "/media/movie.mp4");
  }

  private static String[] request(String line) {
    List<String> lines = new ArrayList<>(List.of(line.split(" \\| ")));
    lines.set(0, lines.get(0) + " HTTP/1.1");
    lines.replaceAll(l -> l.replace("TAG", tag).replace("DATE", date));
    lines.replaceAll(HttpdAnswersTest::manyRanges);
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
}
