package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.Parallel;
import org.p2pd.e2e.lab.RawHttp;
import org.p2pd.e2e.lab.Tool;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/** Copying, replacing and removing files is all that an owner does. */
@Tag("e2e")
class PublishingTest {

  @RegisterExtension static final Lab lab = new Lab();

  /** More than {@code --settle}, which is 1 s here. */
  private static final Duration LONGER_THAN_SETTLE = Duration.ofSeconds(3);

  private static final int LENGTH = 3 * Media.MIB + 5;
  private static final Viewer viewer = Viewer.shared();
  private static Path media;
  private static Path elsewhere;
  private static Node server;
  private static List<Node> caches;

  @BeforeAll
  static void start() {
    media = lab.directory("media");
    // An empty directory would be taken for an unmounted one by whichever test removes the last.
    Media.write(media.resolve("stays.mp4"), Media.bytes(1, 0));
    elsewhere = lab.directory("elsewhere");
    server = lab.server("server", media).start();
    caches =
        Parallel.forAll(List.of("one", "two"), name -> lab.cache("cache-" + name, server).start());
  }

  @Nested
  class AnUnfinishedCopy {

    @Test
    void ofWhichHalfIsThereIsNotServed() throws IOException {
      byte[] whole = Media.bytes(LENGTH, 1);
      try (FileChannel writer = create("half.mp4")) {
        writer.write(ByteBuffer.wrap(whole, 0, LENGTH / 2));
        assertNotServed("/half.mp4");
        writer.write(ByteBuffer.wrap(whole, LENGTH / 2, LENGTH - LENGTH / 2));
      }
      assertServedEverywhere("/half.mp4", whole);
    }

    @Test
    void thatWasPreallocatedIsNotServed() throws IOException {
      byte[] whole = Media.bytes(LENGTH, 2);
      try (FileChannel writer = create("preallocated.mp4")) {
        Tool.run("fallocate", "-l", "" + LENGTH, media.resolve("preallocated.mp4").toString())
            .expectSuccess();
        writer.write(ByteBuffer.wrap(whole, 0, LENGTH / 3));
        assertNotServed("/preallocated.mp4");
        writer.write(ByteBuffer.wrap(whole, LENGTH / 3, LENGTH - LENGTH / 3));
      }
      assertServedEverywhere("/preallocated.mp4", whole);
    }

    @Test
    void thatPausesForLongerThanSettleIsNotServed() throws IOException {
      byte[] whole = Media.bytes(LENGTH, 3);
      try (FileChannel writer = create("paused.mp4")) {
        writer.write(ByteBuffer.wrap(whole, 0, LENGTH / 2));
        Waiting.pass(LONGER_THAN_SETTLE);
        assertNotServed("/paused.mp4");
        writer.write(ByteBuffer.wrap(whole, LENGTH / 2, LENGTH - LENGTH / 2));
      }
      assertServedEverywhere("/paused.mp4", whole);
    }

    @Test
    void thatRsyncBreaksOffIsNotServedUntilItGoesOn() throws Exception {
      byte[] whole = Media.bytes(LENGTH, 5);
      Path films = Files.createDirectories(elsewhere.resolve("films"));
      Files.write(films.resolve("broken.mp4"), whole);
      List<String> rsync = // docs/publishing.md
          List.of("rsync", "-a", "--partial-dir=.partial", films + "/", media + "/");
      List<String> slowly = new ArrayList<>(rsync);
      slowly.add("--bwlimit=100k");
      Process copying = new ProcessBuilder(slowly).start();
      try {
        Waiting.until("a part is there", () -> !temporaries("broken.mp4").isEmpty());
      } finally {
        copying.destroy();
      }
      assertThat(copying.waitFor()).isNotZero();
      assertThat(media.resolve(".partial/broken.mp4")).exists();
      assertNotServed("/broken.mp4");
      Tool.run(rsync.toArray(String[]::new)).expectSuccess();
      assertServedEverywhere("/broken.mp4", whole);
    }

    /** What rsync writes to, if there is something in it. */
    private static List<Path> temporaries(String name) throws IOException {
      try (Stream<Path> files = Files.list(media)) {
        return files
            .filter(file -> file.getFileName().toString().startsWith("." + name + "."))
            .filter(file -> file.toFile().length() > 0)
            .toList();
      }
    }

    @Test
    void underATemporaryNameIsNeverServed() throws IOException {
      byte[] whole = Media.bytes(LENGTH, 4);
      for (String name : List.of("x.mp4.part", "x.tmp", "x.crdownload", "x.mp4~", ".x.mp4.Qw12")) {
        Files.write(media.resolve(name), whole);
      }
      assertNotServed("/x.mp4.part");
      for (String title : List.of("/x.tmp", "/x.crdownload", "/x.mp4~", "/.x.mp4.Qw12")) {
        assertThat(viewer.get(caches.get(0), title).status()).as(title).isEqualTo(404);
      }
      // As rsync ends a copy.
      Files.move(media.resolve(".x.mp4.Qw12"), media.resolve("x.mp4"));
      assertServedEverywhere("/x.mp4", whole);
    }
  }

  @Nested
  class AChange {

    @Test
    void aCopiedFileIsAtEveryCacheSoonAfterItsCopyEnded() throws IOException {
      byte[] whole = Media.bytes(LENGTH, 10);
      Path original = Files.write(elsewhere.resolve("copied.mp4"), whole);
      Tool.run("cp", original.toString(), media.toString()).expectSuccess();
      long closed = System.nanoTime();
      server.awaitTitle("/copied.mp4");
      long published = System.nanoTime();
      caches.forEach(cache -> cache.awaitTitle("/copied.mp4"));
      long everywhere = System.nanoTime();
      lab.figure("closed to published", Duration.ofNanos(published - closed).toString());
      lab.figure("published to everywhere", Duration.ofNanos(everywhere - published).toString());
      assertServedEverywhere("/copied.mp4", whole);
    }

    @Test
    void movedIntoPlaceInADirectoryMadeForIt() throws IOException {
      byte[] whole = Media.bytes(LENGTH, 11);
      Files.createDirectories(elsewhere.resolve("series/s1"));
      Files.write(elsewhere.resolve("series/s1/e1.mp4"), whole);
      Tool.run("mv", elsewhere.resolve("series").toString(), media.toString()).expectSuccess();
      assertServedEverywhere("/series/s1/e1.mp4", whole);
    }

    @Test
    void replacedByRenameIsTheNewEditionEverywhereWithALaterDate() throws IOException {
      byte[] old = Media.bytes(LENGTH, 12);
      byte[] replacement = Media.bytes(LENGTH + 1, 13);
      Media.write(media.resolve("renamed.mp4"), old);
      assertServedEverywhere("/renamed.mp4", old);
      Viewer.Answer before = viewer.head(caches.get(0), "/renamed.mp4");

      Path next = Media.write(elsewhere.resolve("renamed.mp4"), replacement);
      Files.setLastModifiedTime(next, FileTime.fromMillis(1_000_000_000_000L)); // an older file
      Files.move(next, media.resolve("renamed.mp4"), StandardCopyOption.REPLACE_EXISTING);
      assertServedEverywhere("/renamed.mp4", replacement);
      Viewer.Answer after = viewer.head(caches.get(0), "/renamed.mp4");
      assertThat(after.header("ETag")).isNotEqualTo(before.header("ETag"));
      assertThat(date(after)).isAfter(date(before));
    }

    @Test
    void overwrittenInPlaceIsTheNewEditionEverywhere() throws IOException {
      byte[] old = Media.bytes(LENGTH, 14);
      byte[] replacement = Media.bytes(LENGTH, 15);
      Media.write(media.resolve("over.mp4"), old);
      assertServedEverywhere("/over.mp4", old);
      Media.write(media.resolve("over.mp4"), replacement);
      assertServedEverywhere("/over.mp4", replacement);
    }

    @Test
    void appendedToIsTheNewEditionEverywhere() throws IOException {
      byte[] old = Media.bytes(LENGTH, 16);
      byte[] more = Media.bytes(100_000, 17);
      Media.write(media.resolve("grows.mp4"), old);
      assertServedEverywhere("/grows.mp4", old);
      Files.write(media.resolve("grows.mp4"), more, StandardOpenOption.APPEND);
      byte[] both = Arrays.copyOf(old, old.length + more.length);
      System.arraycopy(more, 0, both, old.length, more.length);
      assertServedEverywhere("/grows.mp4", both);
    }

    @Test
    void touchedStaysTheSameEditionWithTheSameDate() throws IOException {
      byte[] whole = Media.bytes(LENGTH, 18);
      Media.write(media.resolve("touched.mp4"), whole);
      assertServedEverywhere("/touched.mp4", whole);
      var before = viewer.head(caches.get(0), "/touched.mp4").identity();
      Tool.run("touch", "-d", "2020-01-01", media.resolve("touched.mp4").toString())
          .expectSuccess();
      publishAnother();
      server.awaitTitle("/touched.mp4");
      assertThat(viewer.head(server, "/touched.mp4").identity()).isEqualTo(before);
      assertThat(viewer.head(caches.get(0), "/touched.mp4").identity()).isEqualTo(before);
    }

    @Test
    void touchedIsReadThroughACacheSoonAfterItWasHashedAgain() throws IOException {
      int ranges = 16;
      byte[] whole = Media.bytes(ranges * 3 * Media.MIB, 26);
      Media.write(media.resolve("again.mp4"), whole);
      server.awaitTitle("/again.mp4");
      caches.get(0).awaitTitle("/again.mp4");
      Tool.run("touch", media.resolve("again.mp4").toString()).expectSuccess();
      List<Integer> offsets = IntStream.range(0, ranges).mapToObj(i -> i * 3 * Media.MIB).toList();
      List<Integer> meanwhile =
          Parallel.forAll(offsets, at -> viewer.range(caches.get(0), "/again.mp4", at, at + 999))
              .stream()
              .map(Viewer.Answer::status)
              .toList();
      assertThat(meanwhile).isSubsetOf(206, 503);
      Waiting.until(
          "the server serves it again",
          () -> viewer.range(server, "/again.mp4", 0, 999).status() == 206);
      long served = System.nanoTime();
      for (int at : offsets) {
        int first = at + Media.MIB; // in no block that was had by then
        byte[] expected = Arrays.copyOfRange(whole, first, first + 1000);
        Waiting.until(
            "the cache asks for it again",
            Duration.ofSeconds(15),
            () ->
                Arrays.equals(
                    viewer.range(caches.get(0), "/again.mp4", first, first + 999).body(),
                    expected));
      }
      lab.figure(
          "served again to served by a cache",
          Duration.ofNanos(System.nanoTime() - served).toString());
    }

    @Test
    void removedIsUnknownEverywhere() throws IOException {
      byte[] whole = Media.bytes(LENGTH, 19);
      Media.write(media.resolve("stays.mp4"), whole); // an empty directory withdraws nothing
      Media.write(media.resolve("removed.mp4"), whole);
      assertServedEverywhere("/removed.mp4", whole);
      Tool.run("rm", media.resolve("removed.mp4").toString()).expectSuccess();
      server.awaitStatus("/removed.mp4", 404);
      caches.forEach(cache -> cache.awaitStatus("/removed.mp4", 404));
    }
  }

  @Nested
  class ARunningViewer {

    private static final int LONG = 48 * Media.MIB;

    @Test
    void ofAHeldEditionFinishesItAfterItWasReplaced() throws IOException {
      byte[] old = Media.bytes(LONG, 20);
      Media.write(media.resolve("held.mp4"), old);
      assertServedEverywhere("/held.mp4", old);
      try (RawHttp connection = new RawHttp(caches.get(0))) {
        connection.send("GET /held.mp4 HTTP/1.1");
        connection.head();
        byte[] begun = connection.exactly(Media.MIB);
        replace("held.mp4", Media.bytes(LONG, 21));
        caches.get(0).awaitEdition("/held.mp4", server.awaitTitle("/held.mp4").header("ETag"));
        byte[] rest = connection.exactly(LONG - Media.MIB);
        assertThat(Arrays.equals(begun, 0, Media.MIB, old, 0, Media.MIB)).isTrue();
        assertThat(Arrays.equals(rest, 0, rest.length, old, Media.MIB, LONG)).isTrue();
      }
    }

    @Test
    void ofAnEditionThatNobodyHoldsIsCutAndNeverGetsBytesOfTheNext() throws IOException {
      byte[] old = Media.bytes(LONG, 22);
      byte[] replacement = Media.bytes(LONG, 23);
      Media.write(media.resolve("cut.mp4"), old);
      caches.forEach(cache -> cache.awaitTitle("/cut.mp4"));
      String before = viewer.head(server, "/cut.mp4").header("ETag");
      for (Node node : List.of(server, caches.get(0))) {
        Media.write(media.resolve("cut.mp4"), old);
        node.awaitEdition("/cut.mp4", before);
        try (RawHttp connection = new RawHttp(node)) {
          connection.send("GET /cut.mp4 HTTP/1.1");
          connection.head();
          byte[] begun = connection.exactly(Media.MIB);
          Media.write(media.resolve("cut.mp4"), replacement);
          byte[] rest = connection.untilClosed(LONG - Media.MIB);
          assertThat(Arrays.equals(begun, Arrays.copyOf(old, Media.MIB))).isTrue();
          assertThat(Arrays.mismatch(rest, 0, rest.length, old, Media.MIB, Media.MIB + rest.length))
              .as("the first byte that is not of the edition that was begun, at %s", node)
              .isEqualTo(-1);
        }
        Waiting.until(
            "the new edition is there",
            () -> {
              String now = viewer.head(node, "/cut.mp4").header("ETag");
              return !now.isEmpty() && !now.equals(before);
            });
      }
      assertServedEverywhere("/cut.mp4", replacement);
    }

    @Test
    void resumesOnlyTheEditionThatItBegan() throws IOException {
      byte[] old = Media.bytes(LENGTH, 24);
      byte[] replacement = Media.bytes(LENGTH, 25);
      Media.write(media.resolve("resumed.mp4"), old);
      assertServedEverywhere("/resumed.mp4", old);
      String before = viewer.head(caches.get(0), "/resumed.mp4").header("ETag");
      replace("resumed.mp4", replacement);
      assertServedEverywhere("/resumed.mp4", replacement);
      Viewer.Answer resumed =
          viewer.get(caches.get(0), "/resumed.mp4", "Range", "bytes=1000000-", "If-Range", before);
      assertThat(resumed.status()).isEqualTo(200);
      assertThat(Arrays.equals(resumed.body(), replacement)).isTrue();
    }
  }

  private static FileChannel create(String name) throws IOException {
    return FileChannel.open(
        media.resolve(name), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  private static void replace(String name, byte[] content) throws IOException {
    Path next = Media.write(elsewhere.resolve(name), content);
    Files.move(next, media.resolve(name), StandardCopyOption.REPLACE_EXISTING);
  }

  /** Publishes a file of its own, so that the server has certainly looked at the others. */
  private static void publishAnother() throws IOException {
    Path another = Files.createTempFile(media, "another", ".mp4");
    Files.write(another, Media.bytes(1000, another.hashCode()));
    caches.forEach(cache -> cache.awaitTitle("/" + another.getFileName()));
  }

  private static void assertNotServed(String title) throws IOException {
    publishAnother();
    for (Node node : List.of(server, caches.get(0), caches.get(1))) {
      assertThat(viewer.get(node, title).status()).as(node + title).isIn(404, 503);
    }
  }

  private static void assertServedEverywhere(String title, byte[] content) {
    String sha256 = Media.sha256(content);
    for (Node node : List.of(server, caches.get(0), caches.get(1))) {
      Waiting.until(
          node + " serves this edition of " + title,
          () -> {
            Viewer.Download got = viewer.download(node, title);
            return got.status() == 200 && got.sha256().equals(sha256);
          });
    }
  }

  private static java.time.Instant date(Viewer.Answer answer) {
    return java.time.ZonedDateTime.parse(
            answer.header("Last-Modified"), java.time.format.DateTimeFormatter.RFC_1123_DATE_TIME)
        .toInstant();
  }
}
