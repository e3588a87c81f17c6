package org.p2pd.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.agent.Health;
import org.p2pd.catalogue.Titles;
import org.p2pd.http.HostName;
import org.p2pd.http.Subnet;

/** Names, access and administration in a real Tomcat. */
class VideoFilterTest {

  @RegisterExtension final TestNode node = new TestNode();
  @TempDir Path directory;

  private void publish(String path) {
    node.agent.publish(path, node.agent.content.add(100_000).held());
  }

  @Nested
  class Names {

    @ParameterizedTest
    @CsvSource(
        quoteCharacter = '`',
        value = {
          "/a+b.mp4, /a+b.mp4",
          "/100%.mp4, /100%25.mp4",
          "/a b.mp4, /a%20b.mp4",
          "/it's.mp4, /it's.mp4",
          "/\"q\".mp4, /%22q%22.mp4",
          "/é.mp4, /%C3%A9.mp4",
          "/映画.mp4, /%E6%98%A0%E7%94%BB.mp4",
          "/a;b.mp4, /a;b.mp4",
          "/s/e 1/x.mp4, /s/e%201/x.mp4",
          "/page.html, /page.html",
        })
    void ofAllKindsWork(String title, String target) throws IOException {
      publish(title);
      assertThat(node.ask("GET " + target).body()).isEqualTo(FakeContent.bytes(0, 100_000));
      assertThat(node.ask("GET " + target + "?x=y&z").status()).isEqualTo(200);
      assertThat(node.ask("GET http://localhost" + target).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "/x/../a.mp4",
          "/./a.mp4",
          "//a.mp4",
          "/a.mp4/",
          "/x/..%2fa.mp4",
          "/%2e/a.mp4",
          "/%61.mp4%00",
          "/a.mp4;x",
          "/a%252emp4",
          "/A.mp4",
          "/%c1%a1.mp4"
        })
    void thatAreNotItReachNothing(String target) throws IOException {
      publish("/a.mp4");
      assertThat(node.ask("GET " + target).status()).isIn(400, 404);
    }
  }

  @Nested
  class Chain {

    @Test
    void whatTheApplicationHasIsItsOwn() throws IOException {
      assertThat(node.ask("GET /page.html").text()).isEqualTo("a page of the application");
      node.agent.otherwise = new Titles.Lookup.NotSynced();
      assertThat(node.ask("GET /page.html").text()).isEqualTo("a page of the application");
      assertThat(node.ask("POST /page.html").status()).isEqualTo(200);
      assertThat(node.ask("GET /other.html").status()).isEqualTo(503);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/dir/", "/.well-known/acme-challenge/x"})
    void whatCanBeNoTitleIsNotLookedAt(String target) throws IOException {
      node.with(
          c ->
              new HttpConfig(
                  List.of(HostName.parse("only.example").orElseThrow()),
                  c.viewers(),
                  c.recursive(),
                  c.admins(),
                  c.trustedProxies(),
                  c.browse(),
                  c.adminToken(),
                  c.cors(),
                  c.timeLimits(),
                  c.accessLog()));
      RawHttp.Answer answer = node.ask("GET " + target);
      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.text()).contains("chain");
      assertThat(node.ask("GET /a.mp4").status()).isEqualTo(421);
    }

    @Test
    void unknownTitlesGetOurOwn404() throws IOException {
      RawHttp.Answer answer = node.ask("GET /none.mp4");
      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.field("Content-Type")).isEqualTo("text/plain;charset=utf-8");
      assertThat(answer.field("Cache-Control")).isEqualTo("no-store");
      assertThat(answer.field("Access-Control-Allow-Origin")).isEqualTo("*");
    }
  }

  @Test
  void theHostCountsWithoutItsPortAndCapitals() throws IOException {
    node.with(
        c ->
            new HttpConfig(
                List.of(HostName.parse("cdn.example.com").orElseThrow()),
                c.viewers(),
                c.recursive(),
                c.admins(),
                c.trustedProxies(),
                c.browse(),
                c.adminToken(),
                c.cors(),
                c.timeLimits(),
                c.accessLog()));
    publish("/a.mp4");
    assertThat(node.ask("GET /a.mp4", "Host: CDN.Example.COM:8080").status()).isEqualTo(200);
    assertThat(node.ask("GET /a.mp4", "Host: other.example").status()).isEqualTo(421);
    assertThat(node.ask("GET /a.mp4", "Host: ").status()).isIn(400, 421);
    assertThat(node.ask("GET http://cdn.example.com/a.mp4", "Host: cdn.example.com").status())
        .isEqualTo(200);
    assertThat(node.ask("GET /.p2pd/health", "Host: other.example").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "GET /a.mp4, 400",
    "HEAD /a.mp4, 400",
    "POST /a.mp4, 405",
    "OPTIONS /a.mp4, 400",
    "GET /none.mp4, 400",
    "BREW /none.mp4, 501",
    "GET /a/../b, 400",
    "GET /.p2pd/health, 400",
    "GET /, 400",
    "GET /.play/a.mp4, 400",
    "POST /.web/titles, 400",
    "POST /.p2pd/status, 400",
  })
  void aBodyIsRefusedWithoutBeingRead(String requestLine, int status) throws IOException {
    publish("/a.mp4");
    for (String framing : List.of("Content-Length: 100000000", "Transfer-Encoding: chunked")) {
      try (RawHttp http = node.connect()) {
        http.send(requestLine, framing);
        RawHttp.Answer answer = http.answer(requestLine.startsWith("HEAD"));
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.field("Connection")).isEqualTo("close");
        assertThat(http.untilClosed()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a.mp4",
        "/none.mp4",
        "/a/../b",
        "/.p2pd/health",
        "/.p2pd/status",
        "/.p2pd/x",
        "/.spp/x",
        "/",
        "/.play",
        "/.play/",
        "/.play/a.mp4",
        "/.play/a//b",
        "/.web/style.css",
        "/.web/visitor",
        "/.web/titles",
        "/.web/none"
      })
  void headHasTheFieldsOfGet(String target) throws IOException {
    publish("/a.mp4");
    RawHttp.Answer get = node.ask("GET " + target);
    RawHttp.Answer head = node.ask("HEAD " + target);
    assertThat(head.status()).isEqualTo(get.status());
    for (RawHttp.Answer answer : List.of(get, head)) {
      answer.head().fields().keySet().removeAll(List.of("Date", "Server-Timing"));
    }
    assertThat(head.head().fields()).isEqualTo(get.head().fields());
  }

  @Nested
  class Administration {

    @Test
    void healthIsForAnyone() throws IOException {
      assertThat(node.ask("GET /.p2pd/health").text()).isEqualTo("ok\n");
      for (Health.State state : Health.State.values()) {
        node.agent.state = state;
        assertThat(node.ask("GET /.p2pd/health").status())
            .isEqualTo(state == Health.State.DRAINING ? 503 : 200);
        assertThat(node.ask("HEAD /.p2pd/health").body()).isEmpty();
      }
    }

    @Test
    void statusAndMetricsTakeTheToken() throws IOException {
      for (String path : List.of("/.p2pd/status", "/.p2pd/metrics")) {
        RawHttp.Answer without = node.ask("GET " + path);
        assertThat(without.status()).isEqualTo(401);
        assertThat(without.field("WWW-Authenticate")).startsWith("Bearer");
        assertThat(node.ask("GET " + path, "Authorization: Bearer wrong").status()).isEqualTo(401);
        assertThat(node.ask("GET " + path + "?token=wrong").status()).isEqualTo(401);
        assertThat(
                node.ask("GET " + path, "Authorization: bearer " + TestNode.TOKEN.secret())
                    .status())
            .isEqualTo(200);
      }
    }

    @Test
    void theLinkLeavesACookieAndDropsTheToken() throws IOException {
      RawHttp.Answer link = node.ask("GET /.p2pd/status?token=" + TestNode.TOKEN.secret());
      assertThat(link.status()).isEqualTo(303);
      assertThat(link.field("Location")).isEqualTo("status");
      String cookie = link.field("Set-Cookie");
      assertThat(cookie)
          .contains("HttpOnly")
          .contains("SameSite=Strict")
          .contains("Path=/.p2pd/")
          .contains("Path=/.web/");
      assertThat(
              node.ask("GET /.p2pd/status", "Cookie: " + cookie.substring(0, cookie.indexOf(';')))
                  .status())
          .isEqualTo(200);
    }

    @Test
    void hundredsOfCookiesAreNoError() throws IOException {
      String crowd = "Cookie: " + "p2pd_pass=x;".repeat(400);
      assertThat(node.ask("GET /.p2pd/status", crowd).status()).isEqualTo(401);
      assertThat(node.ask("GET /.p2pd/status", crowd + "p2pd_pass=" + TestNode.pass()).status())
          .isEqualTo(200);
    }

    @Test
    void anAdministratorsAddressIsEnoughUnlessAProxyStandsThere() throws IOException {
      node.with(
          c ->
              new HttpConfig(
                  c.acceptedHosts(),
                  c.viewers(),
                  c.recursive(),
                  Subnet.LOOPBACK,
                  c.trustedProxies(),
                  c.browse(),
                  c.adminToken(),
                  c.cors(),
                  c.timeLimits(),
                  c.accessLog()));
      assertThat(node.ask("GET /.p2pd/status").status()).isEqualTo(200);
      assertThat(node.ask("GET /.p2pd/status", "X-Forwarded-For: 10.0.0.1").status())
          .isEqualTo(403);
      assertThat(node.ask("GET /.p2pd/status", "Via: 1.1 x").status()).isEqualTo(403);
    }

    @Test
    void nothingOfItIsAnsweredThroughAProxyWhoeverBringsTheToken() throws IOException {
      for (String path : List.of("health", "status", "metrics", "other")) {
        for (String trace : List.of("Via: 1.1 x", "X-Forwarded-For: ::1", "forwarded: for=x")) {
          RawHttp.Answer answer =
              node.ask(
                  "GET /.p2pd/" + path, trace, "Authorization: Bearer " + TestNode.TOKEN.secret());
          assertThat(answer.status()).as(path + " " + trace).isEqualTo(403);
          assertThat(answer.text()).contains("Ask the node itself");
        }
      }
    }

    @Test
    void statusIsJsonAndMetricsArePrometheus() throws IOException {
      publish("/a.mp4");
      node.ask("GET /a.mp4");
      String bearer = "Authorization: Bearer " + TestNode.TOKEN.secret();
      assertThat(node.ask("GET /.p2pd/status", bearer).text())
          .contains("\"nodeId\" : \"node-1\"")
          .contains("\"the disk is full: make room\"")
          .contains("\"spp_sent_bytes_total\" : 4711");
      assertThat(node.ask("GET /.p2pd/metrics", bearer).text())
          .contains("p2pd_spp_sent_bytes_total 4711.0")
          .contains("p2pd_open_readings 3.0")
          .contains("p2pd_http_sent_bytes_total{way=\"stream\"} 100000.0")
          .contains("p2pd_titles 1.0")
          .contains("jvm_threads_live_threads");
    }

    @Test
    void nothingElseIsThere() throws IOException {
      assertThat(node.ask("GET /.p2pd/other").status()).isEqualTo(404);
      assertThat(node.ask("GET /.p2pd/").status()).isEqualTo(404);
      assertThat(node.ask("POST /.p2pd/status").status()).isEqualTo(405);
      assertThat(node.ask("GET /x/../.p2pd/status").status()).isEqualTo(400);
    }
  }

  @Test
  void theAccessLogShowsWhatWasReallySent() throws IOException {
    Path log = directory.resolve("access.log");
    node.withLimits(Duration.ofMinutes(5), Duration.ofMillis(300), Duration.ofMinutes(5))
        .with(
            c ->
                new HttpConfig(
                    c.acceptedHosts(),
                    c.viewers(),
                    c.recursive(),
                    c.admins(),
                    c.trustedProxies(),
                    c.browse(),
                    c.adminToken(),
                    c.cors(),
                    c.timeLimits(),
                    Optional.of(log)));
    publish("/a.mp4");
    node.agent.publish("/b.mp4", node.agent.content.add(100_000).available(70_000));
    node.ask("GET /a.mp4?x", "Range: bytes=1-1", "Referer: \"x\"\\", "User-Agent: né");
    node.ask("GET /none.mp4");
    try (RawHttp http = node.connect()) {
      http.send("GET /b.mp4");
      http.untilClosed();
    }
    node.application().close();
    assertThat(Files.readAllLines(log))
        .hasSize(3)
        .satisfiesExactlyInAnyOrder(
            line ->
                assertThat(line)
                    .startsWith("127.0.0.1 - - [")
                    .endsWith(
                        "\"GET /a.mp4?x HTTP/1.1\" 206 1 \"\\\"x\\\"\\\\\" \"n\\xe9\""
                            + " \"hit\""),
            line -> assertThat(line).contains("\"GET /none.mp4 HTTP/1.1\" 404 ").endsWith("\"-\""),
            line ->
                assertThat(line)
                    .endsWith("\"GET /b.mp4 HTTP/1.1\" 200 70000 \"-\" \"-\" \"miss\""));
  }
}
