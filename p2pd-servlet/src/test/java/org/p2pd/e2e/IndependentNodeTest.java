package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Disk;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.Tool;

/** A node that was written from {@code docs/spp.md} alone fetches and verifies a title. */
@Tag("e2e")
class IndependentNodeTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static Path classes;
  private static Path media;
  private static Node server;

  @BeforeAll
  static void compileItAndStart() throws IOException {
    classes = lab.directory("classes");
    List<String> javac = new ArrayList<>(List.of(jdk("javac"), "-d", classes.toString()));
    for (Path file : Disk.files(sources())) {
      javac.add(file.toString());
    }
    Tool.run(javac.toArray(String[]::new)).expectSuccess();
    media = lab.directory("media");
    Media.random(media.resolve("movie.mpg"), 5 * Media.MIB + 77_777, 1);
    Media.random(media.resolve("short.mp4"), 70_000, 2);
    Media.random(media.resolve("tiny.mp4"), 1, 3);
    server = lab.server("server", media).start();
    for (String title : List.of("/movie.mpg", "/short.mp4", "/tiny.mp4")) {
      server.awaitTitle(title);
    }
  }

  @Test
  void fromTheServer() {
    fetches(server, "movie.mpg");
    fetches(server, "short.mp4");
    fetches(server, "tiny.mp4");
  }

  @Test
  void fromACacheThatHasToFetchItFirst() {
    Node cache = lab.cache("cache", server).option("-i").start();
    cache.awaitTitle("/movie.mpg");
    fetches(cache, "movie.mpg");
  }

  @Test
  void anotherDigestOverAnotherServer() {
    Path other = lab.directory("other");
    Media.random(other.resolve("sha3.mp4"), 3 * Media.MIB + 5, 4);
    Node sha3 = lab.server("sha3", other).option("-m", "SHA3-256").start();
    sha3.awaitTitle("/sha3.mp4");
    fetches(sha3, other.resolve("sha3.mp4"));
  }

  private static void fetches(Node parent, String name) {
    fetches(parent, media.resolve(name));
  }

  private static void fetches(Node parent, Path original) {
    Path got = lab.directory("got").resolve(parent.name() + "-" + original.getFileName());
    Tool.Result result =
        Tool.run(
            jdk("java"),
            "-Xmx256m",
            "-cp",
            classes.toString(),
            "IndependentNode",
            "http://" + parent.authority(),
            "/" + original.getFileName(),
            got.toString());
    assertThat(result.exit()).as(result.toString()).isZero();
    assertThat(Media.sha256(got)).isEqualTo(Media.sha256(original));
  }

  private static Path sources() {
    Path here = Path.of("src/test/spp");
    return Files.isDirectory(here) ? here : Path.of("p2pd-servlet").resolve(here);
  }

  private static String jdk(String program) {
    return Path.of(System.getProperty("java.home"), "bin", program).toString();
  }
}
