package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.StoredEdition;
import org.p2pd.e2e.lab.Viewer;

/** Files that change behind a node's back: no wrong byte reaches a viewer, and the node heals. */
@Tag("e2e")
class TamperTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final int LENGTH = 8 * Media.MIB + 33;
  private static final int LARGE = 72 * Media.MIB; // more than one extent of the smallest size
  private static final Viewer viewer = Viewer.shared();
  private static Path media;
  private static Node server;
  private static Node cache;

  @BeforeAll
  static void start() {
    media = lab.directory("media");
    server = lab.server("server", media).start();
    cache = lab.cache("cache", server).option("-i").option("-C", "1G").start();
  }

  @Nested
  class InACache {

    @Test
    void aBitFlippedInAQuietDataFileWhileItRuns() {
      String sha256 = held("/running.mp4", LENGTH);
      StoredEdition stored = StoredEdition.of(cache, "/running.mp4");
      stored.awaitSealed();
      long wrongBefore = wrongBlocks(cache);
      Media.flipBit(stored.data().get(0), 3_000_000);
      assertHealed("/running.mp4", sha256);
      assertThat(wrongBlocks(cache)).as("it says what it found").isGreaterThan(wrongBefore);
    }

    @Test
    void aBitFlippedWhileItWasStopped() {
      String sha256 = held("/stopped.mp4", LENGTH);
      StoredEdition stored = StoredEdition.of(cache, "/stopped.mp4");
      cache.stop();
      Media.flipBit(stored.data().get(0), LENGTH - 1);
      Media.flipBit(stored.data().get(0), 0);
      cache.start();
      cache.awaitTitle("/stopped.mp4");
      assertHealed("/stopped.mp4", sha256);
      assertThat(wrongBlocks(cache)).isGreaterThanOrEqualTo(2);
    }

    @Test
    void aBitFlippedUnderAReaderOfRanges() {
      String sha256 = held("/ranges.mp4", LENGTH);
      StoredEdition stored = StoredEdition.of(cache, "/ranges.mp4");
      stored.awaitSealed();
      Media.flipBit(stored.data().get(0), 5_000_000);
      assertThat(viewer.range(cache, "/ranges.mp4", 4_990_000, 5_009_999).body())
          .isEqualTo(Media.read(media.resolve("ranges.mp4"), 4_990_000, 20_000));
      assertHealed("/ranges.mp4", sha256);
    }

    @Test
    void aSlotForgedForABlockThatIsHeld() {
      String sha256 = held("/slot.mp4", LENGTH);
      StoredEdition stored = StoredEdition.of(cache, "/slot.mp4");
      stored.awaitSealed();
      cache.stop();
      StoredEdition.forgeSlot(stored.slots().get(0), 7, Media.bytes(32, 1));
      cache.start();
      cache.awaitTitle("/slot.mp4");
      assertHealed("/slot.mp4", sha256);
    }

    @Test
    void aSlotForgedForABlockThatIsNotHeld() {
      String sha256 = publish("/unheld.mp4", LENGTH);
      assertThat(viewer.range(cache, "/unheld.mp4", 0, 99_999).status()).isEqualTo(206);
      StoredEdition stored = StoredEdition.of(cache, "/unheld.mp4");
      cache.stop();
      StoredEdition.forgeSlot(stored.slots().get(0), 100, Media.bytes(32, 2));
      cache.start();
      cache.awaitTitle("/unheld.mp4");
      assertThat(viewer.range(cache, "/unheld.mp4", 6_540_000, 6_640_000).body())
          .isEqualTo(Media.read(media.resolve("unheld.mp4"), 6_540_000, 100_001));
      assertHealed("/unheld.mp4", sha256);
    }

    @Test
    void aTreeFileTruncatedAndAChildThatNeedsItsProofs() {
      String sha256 = held("/tree.mp4", LARGE);
      StoredEdition stored = StoredEdition.of(cache, "/tree.mp4");
      cache.stop();
      truncate(stored.tree());
      cache.start();
      cache.awaitTitle("/tree.mp4");
      Node child = lab.cache("grandchild", cache).start();
      child.awaitTitle("/tree.mp4");
      assertThat(viewer.download(child, "/tree.mp4").sha256()).isEqualTo(sha256);
      assertHealed("/tree.mp4", sha256);
      child.stop();
    }

    @Test
    void aSidecarTruncatedAndADataFileRemoved() throws IOException {
      String one = held("/sidecar.mp4", LENGTH);
      String two = held("/data.mp4", LENGTH);
      StoredEdition sidecar = StoredEdition.of(cache, "/sidecar.mp4");
      StoredEdition data = StoredEdition.of(cache, "/data.mp4");
      cache.stop();
      truncate(sidecar.slots().get(0));
      Files.delete(data.data().get(0));
      cache.start();
      cache.awaitTitle("/sidecar.mp4");
      assertHealed("/sidecar.mp4", one);
      assertHealed("/data.mp4", two);
    }

    private void assertHealed(String title, String sha256) {
      assertThat(viewer.download(cache, title).sha256()).isEqualTo(sha256);
      long sent = server.sentToNodesBytes();
      assertThat(viewer.download(cache, title).sha256()).isEqualTo(sha256);
      assertThat(server.sentToNodesBytes())
          .as("it is held again, and not fetched twice")
          .isEqualTo(sent);
    }
  }

  @Nested
  class AtTheServer {

    @Test
    void aBitFlippedWithTheDateSetBackWhileItRuns() throws IOException {
      String before = publish("/server.mp4", LENGTH);
      String oldTag = viewer.head(cache, "/server.mp4").header("ETag");
      String after = flipAndSetBackTheDate(media.resolve("server.mp4"));
      becomesTheNewEditionWithoutAWrongByte("/server.mp4", oldTag, before, after);
    }

    @Test
    void aBitFlippedWithTheDateSetBackWhileItWasStopped() throws IOException {
      String before = publish("/server-stopped.mp4", LENGTH);
      String oldTag = viewer.head(cache, "/server-stopped.mp4").header("ETag");
      server.stop();
      String after = flipAndSetBackTheDate(media.resolve("server-stopped.mp4"));
      server.start();
      becomesTheNewEditionWithoutAWrongByte("/server-stopped.mp4", oldTag, before, after);
    }

    /** Every complete answer is one of the two editions, and the one that its tag says. */
    private void becomesTheNewEditionWithoutAWrongByte(
        String title, String oldTag, String before, String after) {
      for (Node node : new Node[] {cache, server}) {
        String seen = "";
        while (!seen.equals(after)) {
          seen = completeAnswer(node, title, oldTag, Map.of(true, before, false, after));
        }
      }
    }

    private String completeAnswer(
        Node node, String title, String oldTag, Map<Boolean, String> expected) {
      try {
        Viewer.Download got = viewer.download(node, title);
        if (got.status() != 200) {
          assertThat(got.status()).isIn(503, 504);
          return "";
        }
        assertThat(got.sha256())
            .as("%s of %s at %s", got.header("ETag"), title, node)
            .isEqualTo(expected.get(got.header("ETag").equals(oldTag)));
        return got.sha256();
      } catch (UncheckedIOException e) {
        return ""; // cut short, as it must be when nobody has the rest
      }
    }

    private String flipAndSetBackTheDate(Path file) throws IOException {
      FileTime date = Files.getLastModifiedTime(file);
      Media.flipBit(file, LENGTH / 2);
      Files.setLastModifiedTime(file, date);
      return Media.sha256(file);
    }
  }

  private static String publish(String title, int lengthBytes) {
    Path file = Media.random(media.resolve(title.substring(1)), lengthBytes, title.hashCode());
    cache.awaitTitle(title);
    return Media.sha256(file);
  }

  private static String held(String title, int lengthBytes) {
    String sha256 = publish(title, lengthBytes);
    assertThat(viewer.download(cache, title).sha256()).isEqualTo(sha256);
    return sha256;
  }

  private static long wrongBlocks(Node node) {
    return node.status().json().path("store").path("failedVerifications").asLong();
  }

  private static void truncate(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() / 3);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }
}
