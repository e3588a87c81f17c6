package org.p2pd.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.content.Reader;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;

/** Every way in which an owner puts files into the public directory, on a real disk. */
class CopyingTest {

  @TempDir Path temp;
  private PublicDirectory directory;

  /** Settling takes so long that nothing in these tests is published because of it. */
  @BeforeEach
  void start() throws IOException {
    directory = new PublicDirectory(temp, c -> settling(c, Duration.ofHours(1)));
    Path first = Files.write(directory.files.resolve("first"), new byte[1]);
    Files.setLastModifiedTime(first, java.nio.file.attribute.FileTime.fromMillis(0));
    directory.start();
    await().atMost(PublicDirectory.LONG).until(() -> directory.log().contains("announced /first"));
  }

  static PublisherConfig settling(PublisherConfig c, Duration settle) {
    return new PublisherConfig(
        c.publicDirectory(),
        c.stateDirectory(),
        c.digest(),
        c.blockSize(),
        settle,
        c.followSymlinks(),
        c.trustFiles(),
        c.scanInterval(),
        c.hashThreads(),
        c.memoryBytes(),
        c.clock(),
        c.ticker());
  }

  @AfterEach
  void stop() {
    directory.close();
  }

  private Path file(String name) {
    return directory.files.resolve(name);
  }

  private Path outside(String name) throws IOException {
    return Files.createDirectories(temp.resolve("outside")).resolve(name);
  }

  /** Something that is certainly published after all that happened before. */
  private void publishAnother(String name) throws IOException {
    byte[] other = PublicDirectory.random(10, name.hashCode());
    Files.write(file(name), other);
    directory.awaitPublished("/" + name, other);
  }

  private FileChannel writing(String name) throws IOException {
    return FileChannel.open(
        file(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ);
  }

  @Nested
  class AnEndedCopyIsPublishedAtOnce {

    @Test
    void whenItsWriterClosesIt() throws IOException {
      byte[] content = PublicDirectory.random(3_000_000, 1);
      Files.write(file("a.mpg"), content);
      Edition edition = directory.awaitPublished("/a.mpg", content);
      assertThat(directory.read(edition)).isEqualTo(content);
      assertThat(directory.log()).containsSubsequence("announced /a.mpg", "published /a.mpg");
    }

    @Test
    void whenItIsMovedIn() throws IOException {
      byte[] content = PublicDirectory.random(100_000, 2);
      Files.write(outside("b.mpg"), content);
      Files.move(outside("b.mpg"), file("b.mpg"), StandardCopyOption.ATOMIC_MOVE);
      directory.awaitPublished("/b.mpg", content);
    }

    @Test
    void whenItIsRenamedFromATemporaryNameAsRsyncDoes() throws IOException {
      byte[] content = PublicDirectory.random(100_000, 3);
      Files.write(file(".c.mpg.Xa81fz"), content);
      publishAnother("other");
      assertThat(directory.titles()).noneMatch(t -> t.path().contains("Xa81fz"));
      Files.move(file(".c.mpg.Xa81fz"), file("c.mpg"), StandardCopyOption.ATOMIC_MOVE);
      directory.awaitPublished("/c.mpg", content);
    }

    @Test
    void whenADirectoryIsMovedInWithAllThatIsInIt() throws IOException {
      byte[] one = PublicDirectory.random(70_000, 4);
      byte[] two = PublicDirectory.random(80_000, 5);
      Files.createDirectories(outside("series").resolve("s1"));
      Files.write(outside("series").resolve("one.mp4"), one);
      Files.write(outside("series").resolve("s1/two.mp4"), two);
      Files.move(outside("series"), file("series"), StandardCopyOption.ATOMIC_MOVE);
      directory.awaitPublished("/series/one.mp4", one);
      directory.awaitPublished("/series/s1/two.mp4", two);
    }

    @Test
    void inADirectoryThatAppearedLater() throws IOException {
      Files.createDirectories(file("x/y/z"));
      byte[] content = PublicDirectory.random(1_000, 6);
      // The directory is watched within moments; until then a copy in it is found by scanning.
      await()
          .atMost(PublicDirectory.LONG)
          .until(
              () -> {
                Files.write(file("x/y/z/d.mp4"), content);
                return directory.edition("/x/y/z/d.mp4").isPresent();
              });
    }

    @Test
    void whenItIsEmpty() throws IOException {
      Files.createFile(file("empty.mp4"));
      Edition edition = directory.awaitPublished("/empty.mp4", new byte[0]);
      assertThat(directory.read(edition)).isEmpty();
    }

    @Test
    void whateverItsNameIs() throws IOException {
      for (String name :
          new String[] {"a b", "a+b", "100%", "it's \"q\"", "é", "映画.mp4", "x".repeat(255)}) {
        byte[] content = PublicDirectory.random(100, name.hashCode());
        // The tests, too, may run in a locale that cannot say such names.
        Path file = new PublicTree(directory.files).fileOf(new Title("/" + name));
        Files.write(file, content);
        Edition edition = directory.awaitPublished("/" + name, content);
        assertThat(directory.read(edition)).isEqualTo(content);
      }
    }
  }

  @Nested
  class AnUnfinishedCopyIsNotPublished {

    @Test
    void whilePausedOrPreallocated() throws IOException {
      byte[] content = PublicDirectory.random(200_000, 7);
      try (FileChannel channel = writing("p.mpg")) {
        channel.write(ByteBuffer.wrap(new byte[1]), content.length - 1); // its full size at once
        publishAnother("one");
        channel.write(ByteBuffer.wrap(content, 0, 100_000), 0);
        publishAnother("two");
        assertThat(directory.log()).contains("announced /p.mpg").doesNotContain("published /p.mpg");
        channel.write(ByteBuffer.wrap(content), 0);
      }
      directory.awaitPublished("/p.mpg", content);
      assertThat(directory.log()).containsOnlyOnce("published /p.mpg");
    }

    @Test
    void whileAppended() throws IOException {
      byte[] content = PublicDirectory.random(300_000, 8);
      byte[] half = java.util.Arrays.copyOf(content, 150_000);
      Files.write(file("q.mpg"), half);
      Edition first = directory.awaitPublished("/q.mpg", half);
      try (FileChannel channel = FileChannel.open(file("q.mpg"), StandardOpenOption.APPEND)) {
        channel.write(ByteBuffer.wrap(content, 150_000, 50_000));
        publishAnother("one");
        assertThat(directory.edition("/q.mpg")).hasValue(first);
        channel.write(ByteBuffer.wrap(content, 200_000, 100_000));
      }
      directory.awaitPublished("/q.mpg", content);
    }

    @Test
    void underNamesOfUnfinishedOrHiddenFiles() throws IOException {
      for (String name : new String[] {".a", "a.part", "a.tmp", "a.crdownload", "a~"}) {
        Files.write(file(name), new byte[5]);
      }
      Files.createDirectories(file(".hidden"));
      Files.write(file(".hidden/a.mp4"), new byte[5]);
      publishAnother("z");
      assertThat(directory.log()).noneMatch(line -> line.contains("/a") || line.contains("/."));
    }
  }

  @Nested
  class AChange {

    @Test
    void byOverwritingChangesTheTitleOverWhenTheNewEditionIsVerified() throws IOException {
      byte[] old = PublicDirectory.random(200_000, 9);
      byte[] fresh = PublicDirectory.random(200_000, 10);
      Files.write(file("r.mpg"), old);
      Edition first = directory.awaitPublished("/r.mpg", old);
      try (FileChannel channel = FileChannel.open(file("r.mpg"), StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.wrap(fresh), 0);
        // The old edition is still the title's, but nothing of it is sent from the changed file.
        assertThat(directory.edition("/r.mpg")).hasValue(first);
        try (ContentStream stream = directory.open(first, 0, Reader.VIEWER)) {
          assertThat(stream.next(1000))
              .isInstanceOfSatisfying(
                  ContentStream.Next.Failed.class,
                  f -> assertThat(f.failure()).isEqualTo(ContentFailure.EDITION_GONE));
        }
        assertThat(directory.publisher().content().holds(first, range(first))).isFalse();
        assertThat(directory.publisher().content().filePart(first, range(first), Reader.PEER))
            .isEmpty();
      }
      Edition second = directory.awaitPublished("/r.mpg", fresh);
      assertThat(directory.read(second)).isEqualTo(fresh);
      assertThat(directory.publisher().content().holds(first, range(first))).isFalse();
    }

    @Test
    void byRenamingLetsARunningReadingOfTheOldEditionFinish() throws IOException {
      byte[] old = PublicDirectory.random(1_500_000, 11);
      byte[] fresh = PublicDirectory.random(1_500_000, 12);
      Files.write(file("s.mpg"), old);
      Edition first = directory.awaitPublished("/s.mpg", old);
      try (ContentStream running = directory.open(first, 0, Reader.VIEWER)) {
        assertThat(PublicDirectory.take(running.next(1000)))
            .isEqualTo(java.util.Arrays.copyOf(old, 1000));
        Files.write(outside("s.mpg"), fresh);
        Files.move(outside("s.mpg"), file("s.mpg"), StandardCopyOption.ATOMIC_MOVE);
        directory.awaitPublished("/s.mpg", fresh);
        int at = 1000;
        while (at < old.length) {
          byte[] more = PublicDirectory.take(running.next(65_536));
          assertThat(more).isEqualTo(java.util.Arrays.copyOfRange(old, at, at + more.length));
          at += more.length;
        }
        assertThat(running.next(1)).isInstanceOf(ContentStream.Next.End.class);
      }
    }

    @Test
    void byTruncatingIsANewEdition() throws IOException {
      byte[] old = PublicDirectory.random(200_000, 13);
      Files.write(file("t.mpg"), old);
      directory.awaitPublished("/t.mpg", old);
      try (FileChannel channel = FileChannel.open(file("t.mpg"), StandardOpenOption.WRITE)) {
        channel.truncate(50_000);
      }
      directory.awaitPublished("/t.mpg", java.util.Arrays.copyOf(old, 50_000));
    }

    @Test
    void ofItsDateAloneChangesNothing() throws IOException {
      byte[] content = PublicDirectory.random(200_000, 14);
      Files.write(file("u.mpg"), content);
      Edition edition = directory.awaitPublished("/u.mpg", content);
      long hashed = directory.publisher().stats().hashedBytes();
      new ProcessBuilder("touch", file("u.mpg").toString()).start().onExit().join();
      await()
          .atMost(PublicDirectory.LONG)
          .until(() -> directory.publisher().stats().hashedBytes() >= hashed + content.length);
      await()
          .atMost(PublicDirectory.LONG)
          .until(() -> directory.publisher().content().holds(edition, range(edition)));
      assertThat(directory.log()).containsOnlyOnce("published /u.mpg");
    }

    @Test
    void ofItsRightsAloneKeepsItReadable() throws IOException {
      byte[] content = PublicDirectory.random(200_000, 15);
      Files.write(file("v.mpg"), content);
      Edition edition = directory.awaitPublished("/v.mpg", content);
      Files.setPosixFilePermissions(
          file("v.mpg"), java.nio.file.attribute.PosixFilePermissions.fromString("rw-r-----"));
      assertThat(directory.read(edition)).isEqualTo(content);
    }
  }

  @Nested
  class ARemoval {

    @Test
    void ofAFileWithdrawsItsTitle() throws IOException {
      publishAnother("keep");
      byte[] content = PublicDirectory.random(100_000, 16);
      Files.write(file("w.mpg"), content);
      Edition edition = directory.awaitPublished("/w.mpg", content);
      Files.delete(file("w.mpg"));
      directory.awaitRemoved("/w.mpg");
      assertThat(directory.publisher().content().holds(edition, range(edition))).isFalse();
    }

    @Test
    void ofADirectoryByRenamingItAwayWithdrawsItsTitles() throws IOException {
      publishAnother("keep");
      Files.createDirectories(outside("d"));
      byte[] content = PublicDirectory.random(100, 17);
      Files.write(outside("d").resolve("a.mp4"), content);
      Files.move(outside("d"), file("d"), StandardCopyOption.ATOMIC_MOVE);
      directory.awaitPublished("/d/a.mp4", content);
      Files.move(file("d"), outside("d"), StandardCopyOption.ATOMIC_MOVE);
      directory.awaitRemoved("/d/a.mp4");
      // What happens in a directory that left is no business of ours.
      Files.write(outside("d").resolve("b.mp4"), content);
      publishAnother("last");
      assertThat(directory.log()).noneMatch(line -> line.contains("b.mp4"));
    }

    @Test
    void andReturnWithinAMomentIsNoRemoval() throws IOException {
      publishAnother("keep");
      byte[] content = PublicDirectory.random(100, 18);
      Files.write(file("x.mpg"), content);
      directory.awaitPublished("/x.mpg", content);
      Files.move(file("x.mpg"), file("x.mpg.part"));
      Files.move(file("x.mpg.part"), file("x.mpg"));
      publishAnother("last");
      assertThat(directory.log()).doesNotContain("removed /x.mpg");
    }
  }

  private static org.p2pd.model.ByteRange range(Edition edition) {
    return new org.p2pd.model.ByteRange(0, edition.lengthBytes() - 1);
  }
}
