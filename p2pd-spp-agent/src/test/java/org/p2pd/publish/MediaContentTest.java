package org.p2pd.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.content.Fetching;
import org.p2pd.content.FilePart;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.content.Urgency;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Span;
import org.p2pd.model.Title;
import org.p2pd.tree.SpanProof;
import org.p2pd.tree.TreeHasher;

class MediaContentTest {

  private static final int K = 1024;

  @TempDir Path temp;

  private PublicTree tree;
  private Finder finder;
  private HashFiles places;
  private OpenFiles openFiles;
  private PinnedFiles pinned;
  private final BufferPool pool = new BufferPool(4L * 1024 * K);
  private final ByteBuffer proving = ByteBuffer.allocateDirect(BlockSize.LEAF_BYTES);
  private final List<Title> changed = new ArrayList<>();
  private final List<Title> suspected = new ArrayList<>();
  private final Editions editions = new Editions(changed::add);
  private MediaContent content;
  private byte[] bytes = new byte[0];

  @BeforeEach
  void open() throws IOException {
    tree = new PublicTree(temp);
    finder = PublicDirectory.finder(tree, false);
    places = new HashFiles(temp.resolve("hashes"));
    openFiles = new OpenFiles(places, finder);
    pinned = new PinnedFiles(Libc.load(), finder, Ticker.systemTicker());
    content = content(false);
  }

  private MediaContent content(boolean trusting) {
    return new MediaContent(
        editions, openFiles, pinned, pool, new ProofBuffers(proving), trusting, suspected::add);
  }

  @AfterEach
  void close() {
    pinned.close();
    openFiles.close();
  }

  private Path file() {
    return temp.resolve("a.mpg");
  }

  private Edition publish(int lengthBytes, int blockBytes) throws IOException {
    bytes = PublicDirectory.random(lengthBytes, lengthBytes);
    Files.write(file(), bytes);
    Edition edition = hash(file(), new Title("/a.mpg"), new BlockSize(blockBytes));
    editions.add(hashed(edition));
    return edition;
  }

  private HashedFile hashed(Edition edition) throws IOException {
    return new HashedFile(new Title("/a.mpg"), tree, FileStat.of(file()), edition, Instant.EPOCH);
  }

  private Edition hash(Path file, Title title, BlockSize size) throws IOException {
    HashJob job =
        new HashJob(title, finder, FileStat.of(file), DigestAlgorithm.SHA_256, size, places);
    ByteBuffer buffer = ByteBuffer.allocateDirect(BlockSize.REGION_BYTES);
    for (long region = job.open(); region < job.regionCount(); region++) {
      job.hash(region, buffer, new TreeHasher(DigestAlgorithm.SHA_256));
    }
    HashOutcome outcome = job.finish();
    assertThat(outcome).isInstanceOf(HashOutcome.Hashed.class);
    Edition edition = ((HashOutcome.Hashed) outcome).edition();
    if (HashFile.isNeeded(edition.lengthBytes(), size.level())) {
      places.finish(title, edition);
    }
    return edition;
  }

  private ContentStream open(Edition edition, long first, long last, Reader reader) {
    return content.open(
        new ReadRequest(
            edition, new ByteRange(first, last), reader, Urgency.PLAY_HEAD, Fetching.NOTHING));
  }

  /** Reads until the end or a failure. */
  private byte[] read(ContentStream stream, int maxBytes) {
    java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
    while (stream.next(maxBytes) instanceof ContentStream.Next.Available available) {
      assertThat(available.bytes().data().remaining()).isBetween(1, maxBytes);
      all.writeBytes(PublicDirectory.take(available));
    }
    return all.toByteArray();
  }

  private void overwrite(long position, byte[] with) throws IOException {
    try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(with), position);
    }
  }

  /** Changes the file without any change of its stat, as far as the publisher can see. */
  private void overwriteUnseen(Edition edition, long position) throws IOException {
    HashedFile before = hashed(edition);
    overwrite(position, new byte[] {(byte) ~bytes[(int) position]});
    editions.replace(before, hashed(edition));
  }

  private static void assertFailed(ContentStream.Next next, ContentFailure failure) {
    assertThat(next)
        .isInstanceOfSatisfying(
            ContentStream.Next.Failed.class, f -> assertThat(f.failure()).isEqualTo(failure));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 65536",
    "16384, 65536",
    "16385, 65536",
    "65536, 65536",
    "65537, 65536",
    "1048576, 1048576",
    "1048577, 1048576",
    "3333333, 65536",
    "3333333, 16384",
    "3333333, 1048576",
    "2097152, 262144"
  })
  void theEditionAndAllBytesAreThoseOfTheFile(int lengthBytes, int blockBytes) throws IOException {
    Edition edition = publish(lengthBytes, blockBytes);
    assertThat(edition).isEqualTo(PublicDirectory.editionOf(bytes));
    for (int maxBytes : new int[] {1 << 20, 65_536, 10_000}) {
      try (ContentStream stream = open(edition, 0, lengthBytes - 1, Reader.VIEWER)) {
        assertThat(read(stream, maxBytes)).isEqualTo(bytes);
        assertThat(stream.position()).isEqualTo(lengthBytes);
        assertThat(stream.heldBytes()).isEqualTo(lengthBytes);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "16383, 16384", "65535, 65536", "1048575, 1048576", "77777, 2999999"})
  void anyRangeIsRead(int first, int last) throws IOException {
    Edition edition = publish(3_000_000, 64 * K);
    try (ContentStream stream = open(edition, first, last, Reader.VIEWER)) {
      assertThat(read(stream, 50_000)).isEqualTo(Arrays.copyOfRange(bytes, first, last + 1));
    }
  }

  @Nested
  class AProof {

    @ParameterizedTest
    @ValueSource(ints = {1, 20_000, 65_536, 65_537, 1_048_576, 1_048_577, 3_333_333, 4_194_304})
    void leadsForEverySpanInEveryBlockSizeWhateverIsKept(int lengthBytes) throws IOException {
      for (int kept : new int[] {16 * K, 64 * K, 1024 * K}) {
        Edition edition = publish(lengthBytes, kept);
        for (int asked = 16 * K; asked <= 1024 * K; asked *= 4) {
          BlockSize size = new BlockSize(asked);
          int blocks = size.blockCount(lengthBytes);
          for (int first = 0; first < blocks; first += Math.max(1, blocks / 7)) {
            int most = Math.min(size.blocksPerRegion(), blocks - first);
            int inRegion = size.blocksPerRegion() - first % size.blocksPerRegion();
            for (int count : new int[] {1, Math.min(most, inRegion)}) {
              Span span = new Span(size, first, count);
              Optional<byte[]> proof = content.prove(edition, span);
              assertThat(proof).as("%s kept %s", span, kept).isPresent();
              assertThat(SpanProof.verify(edition, span, proof.get())).isPresent();
            }
          }
        }
        editions.remove(hashed(edition));
      }
      assertThat(suspected).isEmpty();
    }

    @Test
    void isNotGivenBeyondTheEdition() throws IOException {
      Edition edition = publish(100_000, 64 * K);
      assertThat(content.prove(edition, new Span(BlockSize.DEFAULT, 2, 1))).isEmpty();
      assertThat(content.leafHashes(edition, new Span(BlockSize.DEFAULT, 2, 1))).isEmpty();
    }

    @Test
    void hasLeafHashesThatBelongToIt() throws IOException {
      Edition edition = publish(1_500_000, 64 * K);
      for (int asked = 16 * K; asked <= 1024 * K; asked *= 2) {
        BlockSize size = new BlockSize(asked);
        int last = size.blockCount(edition.lengthBytes()) - 1;
        for (int block : new int[] {0, last}) {
          Span span = new Span(size, block, 1);
          byte[] leaves = content.leafHashes(edition, span).orElseThrow();
          SpanProof proof =
              SpanProof.verify(edition, span, content.prove(edition, span).orElseThrow())
                  .orElseThrow();
          assertThat(
                  SpanProof.leavesMatch(
                      edition,
                      proof.blockHash(block),
                      size.lengthOf(block, edition.lengthBytes()),
                      leaves))
              .isTrue();
        }
      }
    }

    @Test
    void fromDamagedHashesIsNotGivenAndTheTitleIsSuspected() throws IOException {
      Edition edition = publish(1_500_000, 64 * K);
      byte[] hashes = Files.readAllBytes(places.of(edition));
      hashes[HashFile.HEAD_BYTES + 5]++;
      Files.write(places.of(edition), hashes);
      assertThat(content.prove(edition, new Span(BlockSize.DEFAULT, 0, 1))).isEmpty();
      assertThat(suspected).containsExactly(new Title("/a.mpg"));
      assertThat(content.failedVerifications()).isEqualTo(1);
    }
  }

  @Nested
  class AChangedFile {

    @Test
    void isNotRead() throws IOException {
      Edition edition = publish(200_000, 64 * K);
      overwrite(0, new byte[] {1, 2, 3});
      assertFailed(open(edition, 0, 10, Reader.VIEWER).next(10), ContentFailure.EDITION_GONE);
      assertThat(content.holds(edition, new ByteRange(0, 10))).isFalse();
      assertThat(content.prove(edition, new Span(BlockSize.DEFAULT, 0, 1))).isEmpty();
      assertThat(content.filePart(edition, new ByteRange(0, 10), Reader.PEER)).isEmpty();
      assertThat(changed).contains(new Title("/a.mpg"));
      assertThat(suspected).isEmpty();
    }

    @Test
    void endsARunningReadingBeforeTheFirstWrongByte() throws IOException {
      Edition edition = publish(300_000, 64 * K);
      try (ContentStream stream = open(edition, 0, 299_999, Reader.VIEWER)) {
        PublicDirectory.take(stream.next(64 * K));
        overwrite(2 * 64 * K + 5, new byte[] {(byte) ~bytes[2 * 64 * K + 5]});
        assertThat(read(stream, 1 << 20)).isEqualTo(Arrays.copyOfRange(bytes, 64 * K, 128 * K));
        assertFailed(stream.next(1), ContentFailure.EDITION_GONE);
        assertFailed(stream.next(1), ContentFailure.EDITION_GONE);
      }
    }

    @Test
    void endsAReadingThatHasTakenAPartOfABlockBeforeTheFirstWrongByte() throws IOException {
      Edition edition = publish(300_000, 64 * K);
      try (ContentStream stream = open(edition, 0, 299_999, Reader.VIEWER)) {
        PublicDirectory.take(stream.next(100));
        overwrite(20_000, new byte[] {(byte) ~bytes[20_000]});
        assertThat(PublicDirectory.take(stream.next(16 * K - 100))).hasSize(16 * K - 100);
        assertFailed(stream.next(16 * K), ContentFailure.EDITION_GONE);
      }
    }

    @Test
    void endsAReadingWhenItIsTruncated() throws IOException {
      Edition edition = publish(300_000, 64 * K);
      try (ContentStream stream = open(edition, 0, 299_999, Reader.VIEWER);
          FileChannel channel = FileChannel.open(file(), StandardOpenOption.WRITE)) {
        channel.truncate(100_000);
        assertThat(read(stream, 1 << 20)).isEqualTo(Arrays.copyOf(bytes, 64 * K));
        assertFailed(stream.next(1), ContentFailure.EDITION_GONE);
      }
    }

    @Test
    void whoseStatIsTheSameIsFoundByReadingItAndReadNoMore() throws IOException {
      Edition edition = publish(300_000, 64 * K);
      overwriteUnseen(edition, 70_000);
      try (ContentStream stream = open(edition, 0, 299_999, Reader.VIEWER)) {
        assertThat(read(stream, 1 << 20)).isEqualTo(Arrays.copyOf(bytes, 64 * K));
        assertFailed(stream.next(1), ContentFailure.EDITION_GONE);
      }
      assertThat(suspected).containsExactly(new Title("/a.mpg"));
      assertFailed(open(edition, 0, 10, Reader.VIEWER).next(10), ContentFailure.EDITION_GONE);
      assertThat(content.filePart(edition, new ByteRange(0, 10), Reader.PEER)).isEmpty();
      assertThat(suspected).hasSize(1);
    }

    @Test
    void whoseStatIsTheSameIsFoundWhenAPeerReportsIt() throws IOException {
      Edition edition = publish(3_000_000, 64 * K);
      assertThat(content.recheck(edition, new ByteRange(0, 2_999_999))).isTrue();
      overwriteUnseen(edition, 2_500_000);
      assertThat(content.recheck(edition, new ByteRange(0, 2_999_999))).isTrue();
      assertThat(suspected).as("only the first region of a range is read again").isEmpty();
      assertThat(content.recheck(edition, new ByteRange(2_490_000, 2_999_999))).isFalse();
      assertThat(suspected).containsExactly(new Title("/a.mpg"));
    }

    @Test
    void whoseHashesAreGoneIsSuspected() throws IOException {
      Edition edition = publish(3_000_000, 64 * K);
      Files.delete(places.of(edition));
      assertFailed(open(edition, 0, 10, Reader.VIEWER).next(10), ContentFailure.EDITION_GONE);
      assertThat(suspected).containsExactly(new Title("/a.mpg"));
    }

    @Test
    void isNotMissedWhileAnotherHasTheSameEdition() throws IOException {
      Edition edition = publish(300_000, 64 * K);
      Path twin = Files.write(temp.resolve("b.mpg"), bytes);
      editions.add(
          new HashedFile(new Title("/b.mpg"), tree, FileStat.of(twin), edition, Instant.EPOCH));
      Files.delete(file());
      try (ContentStream stream = open(edition, 0, 299_999, Reader.VIEWER)) {
        assertThat(read(stream, 1 << 20)).isEqualTo(bytes);
      }
    }
  }

  @Nested
  class AFilePart {

    @Test
    void isForPeersOnlyUnlessFilesAreTrusted() throws IOException {
      Edition edition = publish(300_000, 64 * K);
      ByteRange range = new ByteRange(1000, 1999);
      FilePart part = content.filePart(edition, range, Reader.PEER).orElseThrow();
      assertThat(Files.isSameFile(part.file(), file())).isTrue();
      assertThat(part).isEqualTo(new FilePart(part.file(), 1000, 1000));
      assertThat(content.filePart(edition, range, Reader.VIEWER)).isEmpty();
      assertThat(content(true).filePart(edition, range, Reader.VIEWER)).isPresent();
      assertThat(content.filePart(edition, new ByteRange(0, 300_000), Reader.PEER)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Reader.class)
    void staysThatFileWhenAnotherTakesItsName(Reader reader) throws IOException {
      Edition edition = publish(300_000, 64 * K);
      FilePart part = content(true).filePart(edition, new ByteRange(0, 999), reader).orElseThrow();
      Path other = Files.write(temp.resolve("other"), new byte[300_000]);
      Files.move(other, file(), StandardCopyOption.ATOMIC_MOVE);
      try (FileInputStream in = new FileInputStream(part.file().toString())) {
        assertThat(in.readNBytes(1000)).isEqualTo(Arrays.copyOf(bytes, 1000));
      }
      assertThat(content(true).filePart(edition, new ByteRange(0, 999), reader)).isEmpty();
    }

    @Test
    void isGivenForNoFileWhoseInodeWasTouched() throws IOException {
      Edition edition = publish(300_000, 64 * K);
      Files.setPosixFilePermissions(
          file(), java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
      assertThat(content.filePart(edition, new ByteRange(0, 9), Reader.PEER)).isEmpty();
      try (ContentStream stream = open(edition, 0, 299_999, Reader.VIEWER)) {
        assertThat(read(stream, 1 << 20)).as("but verified bytes are").isEqualTo(bytes);
      }
    }
  }

  @Nested
  class Memory {

    @Test
    void isTakenOnlyUntilItIsReleasedAndAwaitedByNobody() throws IOException {
      Edition edition = publish(5_000_000, 1024 * K);
      List<ContentStream.Next.Bytes> taken = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        ContentStream stream = open(edition, 0, 4_999_999, Reader.VIEWER);
        taken.add(((ContentStream.Next.Available) stream.next(10)).bytes());
      }
      ContentStream fifth = open(edition, 0, 4_999_999, Reader.VIEWER);
      assertThat(fifth.next(10)).isInstanceOf(ContentStream.Next.Pending.class);
      List<String> woken = new ArrayList<>();
      fifth.whenReady(() -> woken.add("fifth"));
      ContentStream sixth = open(edition, 0, 4_999_999, Reader.VIEWER);
      assertThat(sixth.next(10)).isInstanceOf(ContentStream.Next.Pending.class);
      sixth.whenReady(() -> woken.add("sixth"));
      assertThat(woken).isEmpty();
      taken.get(0).release();
      taken.get(0).release();
      assertThat(woken).containsExactly("fifth");
      fifth.close(); // leaves without using its turn
      assertThat(woken).containsExactly("fifth", "sixth");
      assertThat(sixth.next(10)).isInstanceOf(ContentStream.Next.Available.class);
    }

    @Test
    void ofAClosedStreamWakesNobody() throws IOException {
      Edition edition = publish(5_000_000, 1024 * K);
      ContentStream stream = open(edition, 0, 10, Reader.VIEWER);
      stream.close();
      stream.close();
      assertFailed(stream.next(1), ContentFailure.CLOSED);
      stream.whenReady(
          () -> {
            throw new AssertionError("woken");
          });
    }
  }

  @Test
  void anEditionThatNoFileIsIsGone() {
    Edition unknown = PublicDirectory.editionOf(new byte[10]);
    assertFailed(open(unknown, 0, 9, Reader.VIEWER).next(1), ContentFailure.EDITION_GONE);
    assertThat(content.holds(unknown, new ByteRange(0, 9))).isFalse();
    assertThat(content.prove(unknown, new Span(BlockSize.DEFAULT, 0, 1))).isEmpty();
  }
}
