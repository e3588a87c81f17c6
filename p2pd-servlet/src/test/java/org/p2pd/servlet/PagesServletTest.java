package org.p2pd.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.catalogue.Titles;
import org.p2pd.http.HostName;
import org.p2pd.http.Subnet;

/** p2pd's own pages in a real Tomcat: who gets what. */
class PagesServletTest {

  private static final String BEARER = "Authorization: Bearer " + TestNode.TOKEN.secret();

  @RegisterExtension final TestNode node = new TestNode();

  private void publish(String path) {
    node.agent.publish(path, node.agent.content.add(100_000).held());
  }

  private void configure(
      boolean browse, List<HostName> hosts, List<Subnet> viewers, List<Subnet> admins) {
    node.with(
        c ->
            new HttpConfig(
                hosts,
                viewers,
                c.recursive(),
                admins,
                c.trustedProxies(),
                browse,
                c.adminToken(),
                c.cors(),
                c.timeLimits(),
                c.accessLog()));
  }

  private static List<HostName> only(String host) {
    return List.of(HostName.parse(host).orElseThrow());
  }

  private static List<Subnet> nobody() {
    return List.of(Subnet.parse("10.9.8.7").orElseThrow());
  }

  @Test
  void theStartPageIsForAnyone() throws IOException {
    configure(false, only("cdn.example.com"), nobody(), List.of());
    for (Titles.Lookup nothing :
        List.of(new Titles.Lookup.Unknown(), new Titles.Lookup.NotSynced())) {
      node.agent.otherwise = nothing;
      RawHttp.Answer answer = node.ask("GET /?from=somewhere");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.field("Content-Type")).isEqualToIgnoringCase("text/html;charset=utf-8");
      assertThat(answer.text())
          .contains("The address of a film is this one plus the name of its file", ".play/")
          .doesNotContain("node-1", "cdn.example.com");
      assertThat(node.ask("POST /").status()).isEqualTo(405);
    }
  }

  @Test
  void anOwnersPageTakesThePlaceOfTheStartPage() throws IOException {
    publish("/index.html");
    publish("/dir/index.html");
    for (String path : List.of("/", "/dir/", "/?x")) {
      RawHttp.Answer answer = node.ask("GET " + path);
      assertThat(answer.body()).isEqualTo(FakeContent.bytes(0, 100_000));
      assertThat(answer.field("Content-Type")).startsWith("text/html");
    }
    assertThat(node.ask("GET /", "Range: bytes=0-9").body()).isEqualTo(FakeContent.bytes(0, 10));
    assertThat(node.ask("GET /other/").status()).isEqualTo(404);
  }

  @Test
  void whoMayNotReadTheOwnersPageGetsTheStartPage() throws IOException {
    configure(false, List.of(), nobody(), List.of());
    publish("/index.html");
    assertThat(node.ask("GET /").text()).contains("The address of a film");
    assertThat(node.ask("GET /index.html").status()).isEqualTo(403);
  }

  @Test
  void playerPagesAreForAnyTitle() throws IOException {
    for (String path : List.of("/.play/none.mp4", "/.play/a%20b/%C3%A9;x.mp4", "/.play/")) {
      RawHttp.Answer answer = node.ask("GET " + path);
      assertThat(answer.status()).as(path).isEqualTo(200);
      assertThat(answer.text()).contains("<base href=\"../");
    }
    assertThat(node.ask("GET /.play").field("Location")).isEqualTo(".play/");
    assertThat(node.ask("GET /.play/../a.mp4").status()).isEqualTo(400);
    assertThat(node.ask("GET /%2Eplay/a.mp4").status()).isEqualTo(400);
    assertThat(node.ask("GET /.play/a//b").status()).isEqualTo(404);
    assertThat(node.ask("GET /x/..;/.web/style.css").status()).isIn(400, 404);
    assertThat(node.ask("GET //.web/style.css").status()).isEqualTo(404);
  }

  @Test
  void aPartIsNotSentTwice() throws IOException {
    RawHttp.Answer first = node.ask("GET /.web/hls.min.js");
    assertThat(first.body()).hasSizeGreaterThan(200_000);
    RawHttp.Answer again =
        node.ask("HEAD /.web/hls.min.js", "If-None-Match: " + first.field("ETag"));
    assertThat(again.status()).isEqualTo(304);
  }

  @Test
  void theListIsForAdministrators() throws IOException {
    publish("/a.mp4");
    assertThat(node.ask("GET /.web/titles").status()).isEqualTo(403);
    assertThat(node.ask("GET /.web/titles", BEARER).text()).contains("\"/a.mp4\"");
    assertThat(node.ask("GET /.web/titles", "Cookie: p2pd_pass=" + TestNode.pass()).text())
        .contains("\"/a.mp4\"");
    assertThat(node.ask("GET /.web/titles?max=1&token=" + TestNode.TOKEN.secret()).text())
        .contains("\"/a.mp4\"");
    assertThat(node.ask("GET /.web/visitor").text()).contains("\"listing\":false");
    assertThat(node.ask("GET /.web/visitor", BEARER).text()).contains("\"role\":\"cache\"");
  }

  @Test
  void theListIsForAdministratorsAddressesUnlessAProxyStandsThere() throws IOException {
    configure(false, only("cdn.example.com"), nobody(), Subnet.LOOPBACK);
    publish("/a.mp4");
    assertThat(node.ask("GET /.web/titles").text()).contains("\"/a.mp4\"");
    assertThat(node.ask("GET /.web/titles", "X-Forwarded-For: 10.0.0.1").status()).isEqualTo(403);
  }

  @Test
  void browseOpensTheListToWhoMayReadTitles() throws IOException {
    configure(true, only("cdn.example.com"), Subnet.EVERYONE, List.of());
    publish("/a.mp4");
    assertThat(node.ask("GET /.web/titles", "Host: cdn.example.com").text()).contains("\"/a.mp4\"");
    assertThat(node.ask("GET /.web/titles").status()).isEqualTo(421);
  }

  @Test
  void browseOpensNothingToOthers() throws IOException {
    configure(true, List.of(), nobody(), List.of());
    publish("/a.mp4");
    assertThat(node.ask("GET /.web/titles").status()).isEqualTo(403);
    assertThat(node.ask("GET /.web/visitor").text())
        .isEqualTo("{\"listing\":false,\"titles\":false,\"administrator\":false}");
    assertThat(node.ask("GET /.play/a.mp4").status()).isEqualTo(200);
  }
}
