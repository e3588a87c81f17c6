package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.ForeignTomcat;
import org.p2pd.e2e.lab.Httpd;
import org.p2pd.e2e.lab.Javas;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Neighbour;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.TomcatKind;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/**
 * The war in Tomcats that are not ours, as an administrator puts it there: a server at the root and
 * a cache below a path, by the shipped descriptors, beside another application.
 */
@Tag("e2e")
class DropInTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final Viewer viewer = Viewer.shared();
  private static final int FILM_BYTES = 5 * Media.MIB + 12_345;

  @Test
  void debiansTomcat() throws IOException {
    serves(TomcatKind.DEBIAN, Optional.of(Javas.oldest()));
  }

  @Test
  void tomcat10OnTheNewestJava() throws IOException {
    serves(TomcatKind.TOMCAT_10, Javas.newestLongTerm());
  }

  @Test
  void tomcat11() throws IOException {
    serves(TomcatKind.TOMCAT_11, Optional.of(Javas.oldest()));
  }

  @Tag("long")
  @Test
  void debiansTomcatOnTheNewestJava() throws IOException {
    serves(TomcatKind.DEBIAN, Javas.newestLongTerm());
  }

  @Tag("long")
  @Test
  void tomcat10() throws IOException {
    serves(TomcatKind.TOMCAT_10, Optional.of(Javas.oldest()));
  }

  @Tag("long")
  @Test
  void tomcat11OnTheNewestJava() throws IOException {
    serves(TomcatKind.TOMCAT_11, Javas.newestLongTerm());
  }

  @Test
  void asRootWarItDoesNothingUntilADescriptorSaysWhatItIs() throws IOException {
    Path media = lab.directory("dropped-media");
    byte[] film = Media.bytes(FILM_BYTES, 1);
    Media.write(media.resolve("film.mp4"), film);
    Path state = lab.directory("dropped-state");
    ForeignTomcat tomcat =
        ForeignTomcat.in(lab, "dropped", TomcatKind.TOMCAT_11, Javas.oldest())
            .withNeighbour()
            .showing(media)
            .opening(state)
            .start();

    tomcat.dropIn("ROOT.war");
    tomcat.awaitLog("p2pd at / does nothing: say what it is");
    assertThat(viewer.get(tomcat.url("/film.mp4")).status()).isEqualTo(404);
    leavesOthersAlone(tomcat, "");

    String descriptor =
        tomcat.serverDescriptor(media, state).replaceFirst("docBase=\"[^\"]*\"", "");
    tomcat.deploy("ROOT.xml", descriptor);
    await(tomcat, "/film.mp4");
    isTheFilm(film, tomcat, "/film.mp4");
    leavesOthersAlone(tomcat, "");
    apacheShowsTheOtherOnly(tomcat);
  }

  /** Apache before the very Tomcat that p2pd was dropped into. */
  private static void apacheShowsTheOtherOnly(ForeignTomcat tomcat) throws IOException {
    Httpd httpd =
        new Httpd(lab, "pages-beside-video.conf", ForeignTomcat.PORT)
            .modules("proxy", "proxy_http")
            .define("P2PD_PAGES", lab.directory("pages").toString())
            .define("P2PD_TOMCAT", tomcat.authority())
            .start();
    String apache = "http://" + httpd.authority();
    assertThat(viewer.get(URI.create(apache + Neighbour.PATH + "/")).text())
        .isEqualTo(Neighbour.PAGE);
    for (String path : List.of("/film.mp4", Neighbour.PATH + "/..;/film.mp4", "/.p2pd/health")) {
      assertThat(viewer.get(URI.create(apache + path)).status()).as(path).isIn(403, 404);
    }
  }

  /** A server at the root of a tuned Tomcat, a cache below /video of a stock one. */
  private static void serves(TomcatKind kind, Optional<Javas.Java> java) throws IOException {
    kind.assumePresent();
    Assumptions.assumeTrue(
        java.isPresent(),
        "no Java with long-term support newer than 17 in /usr/lib/jvm or TEST_JAVA_HOMES");
    String name = kind.name().toLowerCase(Locale.ROOT) + "-" + java.get().feature();
    Path media = lab.directory(name + "-media");
    byte[] film = Media.bytes(FILM_BYTES, 1);
    Media.write(media.resolve("film.mp4"), film);
    Path state = lab.directory(name + "-state");
    Path blocks = lab.directory(name + "-blocks");
    ForeignTomcat origin =
        ForeignTomcat.in(lab, name + "-server", kind, java.get())
            .tuned()
            .withNeighbour()
            .showing(media)
            .opening(state)
            .start();
    ForeignTomcat edge =
        ForeignTomcat.in(lab, name + "-cache", kind, java.get())
            .withNeighbour()
            .opening(blocks)
            .start();

    origin.deploy("ROOT##p2pd.xml", origin.serverDescriptor(media, state));
    edge.deploy("video.xml", edge.cacheDescriptor(blocks, origin.authority()));
    await(origin, "/film.mp4");
    await(edge, "/video/film.mp4");

    isTheFilm(film, origin, "/film.mp4");
    isTheFilm(film, edge, "/video/film.mp4");
    assertThat(viewer.get(edge.url("/video/film.mp4")).identity())
        .isEqualTo(viewer.get(origin.url("/film.mp4")).identity());
    answersAsANode(origin, "");
    answersAsANode(edge, "/video");
    leavesOthersAlone(origin, "");
    leavesOthersAlone(edge, "/video");
    isAParent(film, edge, name);
    tellsLimits(origin, edge);
  }

  private static void await(ForeignTomcat tomcat, String path) {
    Waiting.untilAsserted(
        tomcat + " has " + path,
        () ->
            assertThat(viewer.get(tomcat.url(path), "Range", "bytes=0-0").status()).isEqualTo(206));
  }

  private static void isTheFilm(byte[] film, ForeignTomcat tomcat, String path) {
    for (long[] range :
        new long[][] {{0, 0}, {FILM_BYTES - 1, FILM_BYTES - 1}, {65_535, 2_000_000}}) {
      Viewer.Answer part =
          viewer.get(tomcat.url(path), "Range", "bytes=" + range[0] + "-" + range[1]);
      assertThat(part.status()).isEqualTo(206);
      assertThat(part.header("Content-Range"))
          .isEqualTo("bytes " + range[0] + "-" + range[1] + "/" + FILM_BYTES);
      assertThat(part.body())
          .isEqualTo(Arrays.copyOfRange(film, (int) range[0], (int) range[1] + 1));
    }
    Viewer.Answer several = viewer.get(tomcat.url(path), "Range", "bytes=0-9,100-109");
    assertThat(several.header("Content-Type")).startsWith("multipart/byteranges");
    Viewer.Answer whole = viewer.get(tomcat.url(path));
    assertThat(whole.status()).isEqualTo(200);
    assertThat(whole.body()).isEqualTo(film);
    assertThat(viewer.get(tomcat.url(path), "If-None-Match", whole.header("ETag")).status())
        .isEqualTo(304);
    assertThat(viewer.get(tomcat.url(path), "Range", "bytes=" + FILM_BYTES + "-").status())
        .isEqualTo(416);
  }

  private static void answersAsANode(ForeignTomcat tomcat, String path) {
    assertThat(viewer.get(tomcat.url(path + "/.p2pd/health")).status()).isEqualTo(200);
    assertThat(viewer.get(tomcat.url(path + "/.p2pd/status")).status()).isEqualTo(401);
    assertThat(viewer.get(tomcat.url(path + "/nothing.mp4")).status()).isEqualTo(404);
    for (String hidden : List.of("/org/p2pd/launcher/Main.class", "/WEB-INF/web.xml")) {
      assertThat(viewer.get(tomcat.url(path + hidden)).status()).as(hidden).isEqualTo(404);
    }
    tomcat.awaitLog("at http://" + tomcat.authority() + path + "/");
  }

  private static void leavesOthersAlone(ForeignTomcat tomcat, String path) {
    Viewer.Answer page = viewer.get(tomcat.url(Neighbour.PATH + "/index.html"));
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.text()).isEqualTo(Neighbour.PAGE);
    assertThat(page.header(Neighbour.MARK)).isEqualTo(Neighbour.PATH);
    assertThat(page.headers().map().keySet())
        .doesNotContain("Cache-Status", "Access-Control-Allow-Origin", "X-Content-Type-Options");
    assertThat(viewer.get(tomcat.url(Neighbour.PATH + "/film.mp4")).status()).isEqualTo(404);
    assertThat(viewer.get(tomcat.url(path + "/film.mp4")).header(Neighbour.MARK)).isEmpty();
  }

  /** A node below the context path fetches through it. */
  private static void isAParent(byte[] film, ForeignTomcat edge, String name) {
    Node child = lab.cacheOf(name + "-child", edge.authority() + "/video").start();
    child.awaitTitle("/film.mp4");
    assertThat(viewer.get(child, "/film.mp4").body()).isEqualTo(film);
    assertThat(child.status().receivedFrom("parent")).isGreaterThanOrEqualTo(FILM_BYTES);
    child.stop();
  }

  private static void tellsLimits(ForeignTomcat tuned, ForeignTomcat stock) {
    assertThat(tuned.log()).doesNotContain("the connector at port");
    assertThat(stock.log())
        .contains(
            "the connector at port 8080: viewers who pause longer than 20 s are cut off: set"
                + " connectionTimeout=\"600000\"",
            "maxConnections=\"20000\"",
            "acceptCount=\"1024\"",
            "maxKeepAliveRequests=\"-1\"",
            "keepAliveTimeout=\"75000\"");
  }
}
