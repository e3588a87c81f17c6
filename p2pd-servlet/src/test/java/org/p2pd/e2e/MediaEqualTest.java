package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.Parallel;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/** What comes out of any node is what the owner put in, whatever its size and the block size. */
@Tag("e2e")
class MediaEqualTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final Viewer viewer = Viewer.shared();
  private static Path media;
  private static Node server;
  private static List<Node> caches;
  private static List<Node> all;

  @BeforeAll
  static void startServerAndThreeCachesOfDifferentBlockSizes() {
    media = lab.directory("media");
    server = lab.server("server", media).start();
    caches =
        Parallel.forAll(
            List.of("16K", "64K", "1M"),
            size ->
                lab.cache("cache-" + size, server)
                    .option("-b", size)
                    .option("-C", "3G") // extents of 128 MiB: a file has several
                    .start());
    all = new ArrayList<>(caches);
    all.add(server);
  }

  @Test
  void aFileOverSeveralExtentsThroughThreeCachesAtOnce() {
    bigFileIsTheSameEverywhere("/big.mp4", 300L * Media.MIB + 4711);
  }

  @Test
  @Tag("long")
  void aGibibyteThroughThreeCachesAtOnce() {
    bigFileIsTheSameEverywhere("/huge.mp4", Media.GIB);
  }

  private static void bigFileIsTheSameEverywhere(String title, long lengthBytes) {
    Path file = Media.random(media.resolve(title.substring(1)), lengthBytes, lengthBytes);
    String sha256 = Media.sha256(file);
    caches.forEach(cache -> cache.awaitTitle(title));
    for (String state : List.of("cold", "warm")) {
      assertThat(Parallel.forAll(caches, cache -> viewer.download(cache, title).sha256()))
          .as(state)
          .containsOnly(sha256);
    }
    Parallel.forAll(all, node -> randomRangesAreEqual(node, title, file, lengthBytes));
  }

  @Test
  void aSparseFileAroundTwoAndFourGibibytes() {
    long length = 5 * Media.GIB + 12_345;
    long[] places = {2 * Media.GIB, 4 * Media.GIB};
    Path file = Media.sparse(media.resolve("sparse.mkv"), length, 5, places);
    all.forEach(node -> node.awaitTitle("/sparse.mkv"));
    for (long place : new long[] {0, 2 * Media.GIB, 4 * Media.GIB, length - 70_000}) {
      long first = Math.max(0, place - 70_000);
      int count = 140_000 - (first == 0 ? 70_000 : 0);
      byte[] expected = Media.read(file, first, count);
      List<byte[]> bodies =
          Parallel.forAll(
              all, node -> viewer.range(node, "/sparse.mkv", first, first + count - 1).body());
      assertThat(bodies).as("around " + place).allMatch(b -> java.util.Arrays.equals(b, expected));
    }
    assertThat(viewer.get(caches.get(0), "/sparse.mkv", "Range", "bytes=-5").body())
        .isEqualTo(Media.read(file, length - 5, 5));
  }

  @Test
  void twoThousandSmallFiles() {
    List<String> titles = Media.tree(media, "tree", 2000, 99);
    List<String> expected =
        titles.stream().map(t -> Media.sha256(media.resolve(t.substring(1)))).toList();
    Waiting.until(
        "all are published everywhere",
        () -> all.stream().allMatch(node -> node.status().titles() >= titles.size()));
    for (String state : List.of("cold", "warm")) {
      List<List<String>> got =
          Parallel.forAll(
              caches,
              cache -> titles.stream().map(t -> viewer.download(cache, t).sha256()).toList());
      assertThat(got).as(state).allSatisfy(one -> assertThat(one).isEqualTo(expected));
    }
  }

  @Test
  void headersAndStatusAreTheSameOnEveryNodeBeforeAndAfterRestart() {
    Media.random(media.resolve("same.webm"), 3 * Media.MIB + 17, 3);
    Media.write(media.resolve("empty.mp4"), new byte[0]);
    all.forEach(node -> node.awaitTitle("/same.webm"));
    all.forEach(node -> node.awaitTitle("/empty.mp4"));
    List<Map<String, String>> before = identities(server);
    assertThat(before.get(0).get("ETag")).matches("\"[A-Za-z0-9_-]{43}\"");
    assertThat(caches).allSatisfy(cache -> assertThat(identities(cache)).isEqualTo(before));

    all.forEach(Node::askToStop);
    all.forEach(Node::stop);
    server.start();
    caches.forEach(Node::begin);
    caches.forEach(Node::awaitServing);
    all.forEach(node -> node.awaitTitle("/same.webm"));
    assertThat(all).allSatisfy(node -> assertThat(identities(node)).isEqualTo(before));
  }

  private static List<Map<String, String>> identities(Node node) {
    String entityTag = viewer.head(node, "/same.webm").header("ETag");
    return List.of(
        viewer.head(node, "/same.webm").identity(),
        viewer.get(node, "/same.webm").identity(),
        viewer.range(node, "/same.webm", 1_000_000, 1_999_999).identity(),
        viewer.get(node, "/same.webm", "Range", "bytes=-1").identity(),
        viewer.get(node, "/same.webm", "If-None-Match", entityTag).identity(),
        viewer.get(node, "/same.webm", "If-Match", "\"other\"").identity(),
        viewer.get(node, "/same.webm", "Range", "bytes=99999999-").identity(),
        viewer.get(node, "/empty.mp4").identity(),
        viewer.get(node, "/no-such-title.mp4").identity());
  }

  private static boolean randomRangesAreEqual(Node node, String title, Path file, long length) {
    SplittableRandom random = new SplittableRandom(length);
    for (int i = 0; i < 40; i++) {
      long first = random.nextLong(length);
      int count = (int) Math.min(length - first, 1 + random.nextInt(1 << random.nextInt(1, 22)));
      Viewer.Answer answer = viewer.range(node, title, first, first + count - 1);
      assertThat(answer.status()).isEqualTo(206);
      assertThat(answer.header("Content-Range"))
          .isEqualTo("bytes " + first + "-" + (first + count - 1) + "/" + length);
      assertThat(java.util.Arrays.equals(answer.body(), Media.read(file, first, count)))
          .as(node + " " + title + " " + first + "+" + count)
          .isTrue();
    }
    return true;
  }
}
