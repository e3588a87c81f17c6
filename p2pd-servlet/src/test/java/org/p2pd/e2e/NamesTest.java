package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.RawHttp;
import org.p2pd.e2e.lab.Tool;
import org.p2pd.e2e.lab.Urls;
import org.p2pd.e2e.lab.Viewer;

/** Whatever a file is called and however a node is addressed. */
@Tag("e2e")
class NamesTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final Viewer viewer = Viewer.shared();

  /** The longest name that a Linux file system takes: 255 bytes, of three each but the last. */
  private static final String LONGEST = "映".repeat(83) + "é.mp4";

  private static final List<String> NAMES =
      List.of(
          "with some spaces.mp4",
          "a+b=c&d;e,f.mp4",
          "100%.mp4",
          "%41%2f%00.mp4",
          "back\\slash.mp4",
          "C:\\Videos\\..\\film.mp4",
          "%5C.mp4",
          "\"double\" and 'single' quotes.mp4",
          "question?.mp4",
          "hash#fragment.mp4",
          "<angle>|pipe*.mp4",
          "café.mp4", // composed
          "cafe\u0301.mp4", // decomposed: another title
          "映画.mp4",
          "\uD83C\uDFAC.mp4",
          "tab\there.mp4",
          "a/deep/path/is fine/x.mp4",
          LONGEST);

  @Test
  void evenWhenTheNodesRunInTheCLocale() throws IOException {
    Path media = lab.directory("media");
    for (String name : NAMES) {
      Media.write(file(media, name), content(name));
    }
    Node server = lab.server("server", media).environment("LC_ALL", "C").start();
    Node cache = lab.cache("cache", server).environment("LC_ALL", "C").start();
    for (String name : NAMES) {
      cache.awaitTitle("/" + name);
      for (Node node : List.of(cache, server)) {
        assertThat(viewer.get(node, "/" + name).body()).as(name).isEqualTo(content(name));
      }
    }
    for (Node node : List.of(cache, server)) {
      assertThat(RawHttp.ask(node, "GET /back%5cslash.mp4 HTTP/1.1").status()).isEqualTo(200);
      assertThat(RawHttp.ask(node, "GET /back\\slash.mp4 HTTP/1.1").status()).isEqualTo(400);
    }
    String published = "später kopiert — 后来.mp4";
    Media.write(file(media, published), content(published));
    cache.awaitTitle("/" + published);
    Files.delete(file(media, published));
    cache.awaitStatus("/" + published, 404);
    assertThat(server.status().titles()).isEqualTo(NAMES.size());
  }

  @Test
  void overIpv6() throws IOException {
    Path media = lab.directory("media6");
    byte[] content = content("six");
    Media.write(media.resolve("six.mp4"), content);
    Node server = lab.server("server6", media).at("::1", 0).start();
    Node cache = lab.cache("cache6", server).at("::1", 0).option("-A", "cdn.example.com").start();
    server.awaitTitle("/six.mp4");
    cacheKnows(cache);
    RawHttp.Answer named =
        RawHttp.ask(cache, "GET /six.mp4 HTTP/1.1", "Host: cdn.example.com:" + cache.port());
    assertThat(named.status()).isEqualTo(200);
    assertThat(RawHttp.ask(cache, "GET /six.mp4 HTTP/1.1").status())
        .as("[::1] is not an accepted name")
        .isEqualTo(421);
    Tool.Result curl =
        Tool.run(
                Tool.require("curl"),
                "-s",
                "--resolve",
                "cdn.example.com:" + cache.port() + ":[::1]",
                "-o",
                media.getParent().resolve("got6").toString(),
                "-w",
                "%{http_code} %{remote_ip}",
                "http://cdn.example.com:" + cache.port() + "/six.mp4")
            .expectSuccess();
    assertThat(curl.output()).isEqualTo("200 ::1");
    assertThat(Files.readAllBytes(media.getParent().resolve("got6"))).isEqualTo(content);
    assertThat(viewer.get(server, "/six.mp4").body()).isEqualTo(content);
  }

  private static void cacheKnows(Node cache) {
    org.p2pd.e2e.lab.Waiting.until(
        "the cache has the title",
        () ->
            RawHttp.ask(cache, "HEAD /six.mp4 HTTP/1.1", "Host: cdn.example.com").status() == 200);
  }

  private static byte[] content(String name) {
    return Media.bytes(70_000, name.hashCode());
  }

  /** By its bytes in UTF-8, whatever locale this test runs in. */
  private static Path file(Path directory, String name) {
    String base = directory.toUri().toString();
    return Paths.get(URI.create((base.endsWith("/") ? base : base + "/") + Urls.encode(name)));
  }
}
