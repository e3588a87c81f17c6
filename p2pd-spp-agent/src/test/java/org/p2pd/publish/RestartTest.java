package org.p2pd.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;

/** What a publisher knows when it starts again on the same state directory. */
class RestartTest {

  @TempDir Path temp;
  private PublicDirectory directory;
  private final byte[] small = PublicDirectory.random(1_000, 1);
  private final byte[] large = PublicDirectory.random(5_000_000, 2);

  @BeforeEach
  void publishTwo() throws IOException {
    directory = new PublicDirectory(temp);
    Files.write(directory.files.resolve("small"), small);
    Files.write(directory.files.resolve("large"), large);
    directory.started();
  }

  @AfterEach
  void stop() {
    directory.close();
  }

  private void awaitFirstScan() {
    await().atMost(PublicDirectory.LONG).until(() -> directory.log().contains("scanComplete"));
  }

  @Test
  void hashesNothingAgain() throws IOException {
    directory.restart();
    awaitFirstScan();
    assertThat(directory.publisher().stats().hashedBytes()).isZero();
    assertThat(directory.log()).contains("published /small", "published /large");
    assertThat(directory.read(directory.edition("/large").orElseThrow())).isEqualTo(large);
  }

  @Test
  void hashesNothingAgainAfterAStartThatFailed() throws IOException {
    directory.stop();
    // Memory that nobody can count stands for memory that Java refuses.
    assertThatThrownBy(
            () ->
                directory.tryToStart(config -> PublicDirectory.withMemory(config, Long.MAX_VALUE)))
        .isInstanceOf(ArithmeticException.class);
    directory.restart();
    awaitFirstScan();
    assertThat(directory.publisher().stats().hashedBytes()).isZero();
  }

  @Test
  void readsBeforeItHasScanned() throws IOException {
    Edition edition = directory.edition("/large").orElseThrow();
    directory.restart();
    assertThat(directory.publisher().content().holds(edition, new ByteRange(0, 9))).isTrue();
    assertThat(directory.read(edition)).isEqualTo(large);
  }

  @Test
  void hashesNothingAgainWithAnotherBlockSize() throws IOException {
    directory.stop();
    PublicDirectory other =
        new PublicDirectory(temp, c -> PublicDirectory.inBlocksOf(c, 1024 * 1024));
    directory = other;
    other.started();
    assertThat(other.publisher().stats().hashedBytes()).isZero();
    assertThat(other.read(other.edition("/large").orElseThrow())).isEqualTo(large);
  }

  @Test
  void noticesWhatHappenedMeanwhile() throws IOException {
    directory.stop();
    byte[] changed = PublicDirectory.random(5_000_000, 3);
    Files.write(directory.files.resolve("large"), changed);
    Files.delete(directory.files.resolve("small"));
    Files.write(directory.files.resolve("new"), small);
    directory.start();
    directory.awaitPublished("/large", changed);
    directory.awaitPublished("/new", small);
    directory.awaitRemoved("/small");
  }

  @Test
  void setsADamagedIndexAsideAndHashesAgain() throws IOException {
    directory.stop();
    Path index = directory.state.resolve("publish/index.mv");
    byte[] garbage = PublicDirectory.random((int) Files.size(index), 4);
    Files.write(index, garbage);
    directory.started();
    assertThat(directory.publisher().stats().hashedBytes())
        .isEqualTo(small.length + (long) large.length);
    assertThat(index.resolveSibling("index.mv.unreadable")).hasBinaryContent(garbage);
    assertThat(directory.read(directory.edition("/large").orElseThrow())).isEqualTo(large);
  }

  @Test
  void startsWithATruncatedOrAnEmptyIndex() throws IOException {
    Path index = directory.state.resolve("publish/index.mv");
    for (long length : new long[] {0, 100, 5000}) {
      directory.stop();
      try (var channel = java.nio.channels.FileChannel.open(index, StandardOpenOption.WRITE)) {
        channel.truncate(length);
      }
      directory.started();
      assertThat(directory.titles()).hasSize(2);
    }
  }

  @Test
  void deletesHashesThatNoTitleNeeds() throws IOException {
    directory.stop();
    Path stray = directory.state.resolve("publish/hashes/ab/" + "ab".repeat(32));
    Files.createDirectories(stray.getParent());
    Files.write(stray, small);
    Path unfinished = directory.state.resolve("publish/unfinished/x");
    Files.write(unfinished, small);
    directory.started();
    assertThat(stray).doesNotExist();
    await().atMost(PublicDirectory.LONG).until(() -> !Files.exists(unfinished));
    assertThat(hashFiles()).hasSize(1);
  }

  @Test
  void deletesTheHashesOfWhatItReplaced() throws IOException {
    byte[] changed = PublicDirectory.random(5_000_000, 3);
    Files.write(directory.files.resolve("large"), changed);
    directory.awaitPublished("/large", changed);
    await().atMost(PublicDirectory.LONG).until(() -> hashFiles().size() == 1);
  }

  private List<Path> hashFiles() throws IOException {
    try (Stream<Path> all = Files.walk(directory.state.resolve("publish/hashes"))) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  @Test
  void goesOnWithAHashingThatWasInterrupted() throws IOException {
    directory.stop();
    Path file = directory.files.resolve("large");
    Files.write(file, PublicDirectory.random(8 << 20, 5));
    HashFiles places = new HashFiles(directory.state.resolve("publish"));
    HashJob job =
        new HashJob(
            new Title("/large"),
            PublicDirectory.finder(new PublicTree(directory.files), false),
            FileStat.of(file),
            DigestAlgorithm.SHA_256,
            BlockSize.DEFAULT,
            places);
    job.open();
    var hasher = new org.p2pd.tree.TreeHasher(DigestAlgorithm.SHA_256);
    for (int region = 0; region < 5; region++) {
      job.hash(region, java.nio.ByteBuffer.allocateDirect(1 << 20), hasher);
    }
    job.progress(5);
    job.close();
    directory.start();
    directory.awaitPublished("/large", Files.readAllBytes(file));
    assertThat(directory.publisher().stats().hashedBytes()).isEqualTo(3L << 20);
  }

  @Test
  void doesNotGoOnWithAHashingOfWhatHasChangedSince() throws IOException {
    directory.stop();
    Path file = directory.files.resolve("large");
    Files.write(file, PublicDirectory.random(8 << 20, 5));
    HashFiles places = new HashFiles(directory.state.resolve("publish"));
    HashJob job =
        new HashJob(
            new Title("/large"),
            PublicDirectory.finder(new PublicTree(directory.files), false),
            FileStat.of(file),
            DigestAlgorithm.SHA_256,
            BlockSize.DEFAULT,
            places);
    job.open();
    job.progress(5);
    job.close();
    Files.write(file, PublicDirectory.random(8 << 20, 6));
    directory.start();
    directory.awaitPublished("/large", Files.readAllBytes(file));
    assertThat(directory.publisher().stats().hashedBytes()).isEqualTo(8L << 20);
  }

  @Test
  void healsHashesThatWereLost() throws IOException {
    Edition edition = directory.edition("/large").orElseThrow();
    Files.delete(hashFiles().get(0));
    try (var stream = directory.open(edition, 0, org.p2pd.content.Reader.VIEWER)) {
      assertThat(stream.next(1)).isInstanceOf(org.p2pd.content.ContentStream.Next.Failed.class);
    }
    await()
        .atMost(PublicDirectory.LONG)
        .until(() -> directory.publisher().content().holds(edition, new ByteRange(0, 9)));
    assertThat(directory.read(edition)).isEqualTo(large);
  }

  @Test
  void healsHashesThatAPeerFoundWrong() throws IOException {
    Edition edition = directory.edition("/large").orElseThrow();
    Path hashes = hashFiles().get(0);
    byte[] damaged = Files.readAllBytes(hashes);
    damaged[HashFile.HEAD_BYTES]++;
    Files.write(hashes, damaged);
    directory.publisher().mismatchReported(edition, new ByteRange(0, 65_535));
    await()
        .atMost(PublicDirectory.LONG)
        .until(() -> directory.publisher().stats().failedVerifications() == 1);
    await()
        .atMost(PublicDirectory.LONG)
        .until(() -> directory.publisher().content().holds(edition, new ByteRange(0, 9)));
    assertThat(directory.read(edition)).isEqualTo(large);
  }
}
