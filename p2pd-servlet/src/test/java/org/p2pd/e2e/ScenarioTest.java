package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.Viewer;

/** The usage scenarios that need no caches; the third is everywhere else. */
@Tag("e2e")
class ScenarioTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final int LENGTH = 4 * Media.MIB;
  private static final Viewer viewer = Viewer.shared();

  @Test
  void aSingleServer() {
    Path media = lab.directory("single");
    Path file = Media.random(media.resolve("movie.mpg"), LENGTH, 1);
    Node server = lab.server("single", media).without("-i").option("-N").start();
    server.awaitTitle("/movie.mpg");
    assertThat(viewer.download(server, "/movie.mpg").sha256()).isEqualTo(Media.sha256(file));
  }

  @Test
  void aViewerChangesBetweenIndependentServersInMidDownload() throws IOException {
    Path one = lab.directory("one");
    Path two = lab.directory("two");
    Path original = Media.random(one.resolve("movie.mpg"), LENGTH, 2);
    Files.copy(original, two.resolve("movie.mpg"));
    Node first = lab.server("first", one).without("-i").option("-N").start();
    Node second = lab.server("second", two).without("-i").option("-N").start();
    String tag = first.awaitTitle("/movie.mpg").header("ETag");
    assertThat(second.awaitTitle("/movie.mpg").header("ETag")).isEqualTo(tag);
    byte[] begun = viewer.range(first, "/movie.mpg", 0, LENGTH / 2 - 1).body();
    Viewer.Answer rest =
        viewer.get(second, "/movie.mpg", "Range", "bytes=" + LENGTH / 2 + "-", "If-Range", tag);
    assertThat(rest.status()).isEqualTo(206);
    assertThat(begun).isEqualTo(Media.read(original, 0, LENGTH / 2));
    assertThat(rest.body()).isEqualTo(Media.read(original, LENGTH / 2, LENGTH / 2));
  }

  @Test
  void aCacheWithTwoParentsGoesOnWhenTheFirstDies() throws IOException {
    Path media = lab.directory("both");
    Path standIn = lab.directory("both-too");
    Path file = Media.random(media.resolve("movie.mpg"), LENGTH, 4);
    Files.copy(file, standIn.resolve("movie.mpg"));
    Node first = lab.server("both-first", media).start();
    Node second = lab.server("both-second", standIn).start();
    second.awaitTitle("/movie.mpg");
    Node cache = lab.cache("both-cache", first).option("-S", second.authority()).start();
    cache.awaitTitle("/movie.mpg");
    first.kill();
    assertThat(viewer.download(cache, "/movie.mpg").sha256()).isEqualTo(Media.sha256(file));
    assertThat(second.sentToNodesBytes()).isGreaterThanOrEqualTo(LENGTH);
  }

  @Test
  void aCacheBelowACache() {
    Path media = lab.directory("chain");
    Path file = Media.random(media.resolve("movie.mpg"), LENGTH, 3);
    Node server = lab.server("top", media).start();
    Node middle = lab.cache("middle", server).option("-i").start();
    Node bottom = lab.cache("bottom", middle).start();
    bottom.awaitTitle("/movie.mpg");
    assertThat(viewer.download(bottom, "/movie.mpg").sha256()).isEqualTo(Media.sha256(file));
    long sent = server.sentToNodesBytes();
    assertThat(viewer.download(middle, "/movie.mpg").sha256()).isEqualTo(Media.sha256(file));
    assertThat(server.sentToNodesBytes()).as("the middle kept it").isEqualTo(sent);
  }
}
