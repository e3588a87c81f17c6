package org.p2pd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.store.TestStore.KIB_64;
import static org.p2pd.store.TestStore.MIB;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.content.FilePart;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Span;
import org.p2pd.store.Records.EditionRecord;
import org.p2pd.tree.SpanProof;

class DiskBlockStoreTest {

  @TempDir Path directory;
  private TestStore test;

  @BeforeEach
  void open() {
    test = TestStore.in(directory).open();
  }

  @AfterEach
  void invariantsHold() throws IOException {
    StoreInvariants.check(test);
    test.close();
  }

  @Nested
  class Keeping {

    @Test
    void givesBackWhatWasPut() {
      SampleEdition sample = new SampleEdition(1, 5 * MIB + 70_001);
      test.fillAll(sample);
      test.readsAll(sample);
      assertThat(test.store.holds(sample.edition, new ByteRange(0, sample.length() - 1))).isTrue();
      assertThat(test.store.holds(sample.edition, new ByteRange(0, sample.length()))).isFalse();
      assertThat(test.store.heldUntil(sample.edition, 17)).isEqualTo(sample.length());
    }

    @Test
    void holdsOnlyTheBlocksThatWerePut() {
      SampleEdition sample = new SampleEdition(1, 3 * MIB);
      assertThat(test.fill(sample, new Span(KIB_64, 17, 3))).isTrue();
      long first = 17 * 65_536L;
      long end = 20 * 65_536L;
      assertThat(test.store.holds(sample.edition, new ByteRange(first, end - 1))).isTrue();
      assertThat(test.store.holds(sample.edition, new ByteRange(first - 1, end - 1))).isFalse();
      assertThat(test.store.holds(sample.edition, new ByteRange(first, end))).isFalse();
      assertThat(test.store.heldUntil(sample.edition, first + 5)).isEqualTo(end);
      assertThat(test.store.heldUntil(sample.edition, 0)).isZero();
      assertThat(test.store.heldUntil(sample.edition, end)).isEqualTo(end);
      assertThat(test.readAndCompare(sample, first + 5, 3 * MIB)).isEqualTo(end - first - 5);
      assertThat(test.readAndCompare(sample, 0, MIB)).isZero();
      assertThat(test.store.stats().heldBytes()).isEqualTo(3 * 65_536);
      assertThat(test.store.stats().editions()).isEqualTo(1);
    }

    @Test
    void spansSeveralExtents() {
      SampleEdition sample = new SampleEdition(2, 200 * MIB + 5);
      assertThat(test.fillRegions(sample, 62, 4)).isTrue();
      assertThat(test.fillRegions(sample, 127, 2)).isTrue();
      assertThat(test.fillRegions(sample, 200, 1)).isTrue();
      assertThat(test.store.heldUntil(sample.edition, 62 * MIB)).isEqualTo(66 * MIB);
      assertThat(test.readAndCompare(sample, 62 * MIB, 200 * MIB)).isEqualTo(4 * MIB);
      assertThat(test.readAndCompare(sample, 127 * MIB, 200 * MIB)).isEqualTo(2 * MIB);
      assertThat(test.readAndCompare(sample, 200 * MIB, 200 * MIB + 5)).isEqualTo(5);
      assertThat(test.files(".data")).hasSize(4);
    }

    @Test
    void keepsAnEditionOfOneBlockAsOnePlainFile() throws IOException {
      SampleEdition sample = new SampleEdition(3, 40_000);
      test.fillAll(sample);
      assertThat(Files.readAllBytes(test.file(".block")))
          .isEqualTo(bytes(sample.bytes(new ByteRange(0, 39_999))));
      assertThat(test.files(".data")).isEmpty();
      test.readsAll(sample);
      test.killAndReopen();
      test.readsAll(sample);
    }

    @Test
    void reservesAgainWhatARoomDidNotUse() {
      SampleEdition sample = new SampleEdition(1, 3 * MIB);
      try (BlockStore.Room room =
          test.store.reserve(sample.edition, test.region(sample, 0)).get()) {
        assertThat(test.store.stats().reservedBytes()).isGreaterThanOrEqualTo(MIB);
        assertThat(TestStore.put(room, sample, 3)).isTrue();
        assertThat(TestStore.put(room, sample, 3)).isTrue();
      }
      assertThat(test.store.stats().reservedBytes()).isZero();
      assertThat(test.store.stats().heldBytes()).isEqualTo(65_536);
    }

    @Test
    void forgetsAnEditionInWhichNothingWasWritten() {
      SampleEdition sample = new SampleEdition(1, 3 * MIB);
      long before = test.store.stats().usedBytes();
      test.store.reserve(sample.edition, test.region(sample, 0)).get().close();
      assertThat(test.files(".data")).isEmpty();
      assertThat(test.store.editions().all()).isEmpty();
      assertThat(test.store.stats().usedBytes() - before).isLessThan(8192);
    }
  }

  @Nested
  class FileParts {

    @Test
    void givesAwayATrustedRangeOfOneExtent() throws IOException {
      SampleEdition sample = new SampleEdition(2, 70 * MIB);
      test.fillRegions(sample, 63, 2);
      ByteRange range = new ByteRange(63 * MIB + 5, 64 * MIB - 1);
      FilePart part = test.store.filePart(sample.edition, range).orElseThrow();
      byte[] all = new byte[(int) part.lengthBytes()];
      try (var file = Files.newByteChannel(part.file())) {
        file.position(part.offset()).read(ByteBuffer.wrap(all));
      }
      assertThat(all).isEqualTo(bytes(sample.bytes(range)));
      ByteRange across = new ByteRange(63 * MIB, 64 * MIB);
      assertThat(test.store.filePart(sample.edition, across)).isEmpty();
      ByteRange unheld = new ByteRange(62 * MIB, 63 * MIB);
      assertThat(test.store.filePart(sample.edition, unheld)).isEmpty();
    }

    @Test
    void afterAKillTheFileIsGivenOnlyOnceItWasVerified() {
      SampleEdition sample = new SampleEdition(2, 3 * MIB);
      test.fillAll(sample);
      test.killAndReopen();
      ByteRange range = new ByteRange(MIB, 2 * MIB - 1);
      assertThat(test.store.filePart(sample.edition, range)).isEmpty();
      test.readAndCompare(sample, MIB, 2 * MIB);
      assertThat(test.store.filePart(sample.edition, range)).isPresent();
    }
  }

  @Nested
  class Proofs {

    @Test
    void provesWhatItHoldsInAnyBlockSize() {
      SampleEdition sample = new SampleEdition(2, 300 * MIB + 12_345);
      test.fillRegions(sample, 70, 1);
      test.fillRegions(sample, 300, 1);
      test.fill(sample, new Span(KIB_64, 5, 2));
      test.killAndReopen();
      for (int bytes = BlockSize.LEAF_BYTES; bytes <= MIB; bytes *= 2) {
        BlockSize size = new BlockSize(bytes);
        proves(sample, new Span(size, size.blockAt(70 * MIB), size.blocksPerRegion()));
        proves(sample, new Span(size, size.blockAt(sample.length() - 1), 1));
      }
      proves(sample, new Span(new BlockSize(16_384), 21, 5));
      assertThat(test.store.prove(sample.edition, new Span(KIB_64, 5, 3))).isEmpty();
    }

    @Test
    void givesTheLeafHashesOfABlockOfAnySize() {
      SampleEdition sample = new SampleEdition(2, 3 * MIB + 100_000);
      test.fillAll(sample);
      for (int bytes = BlockSize.LEAF_BYTES; bytes <= MIB; bytes *= 2) {
        BlockSize size = new BlockSize(bytes);
        for (int block : new int[] {1, size.blockCount(sample.length()) - 1}) {
          byte[] leaves =
              test.store.leafHashes(sample.edition, new Span(size, block, 1)).orElseThrow();
          assertThat(
                  SpanProof.leavesMatch(
                      sample.edition,
                      sample.blockHash(size, block),
                      size.lengthOf(block, sample.length()),
                      leaves))
              .isTrue();
        }
      }
    }

    private void proves(SampleEdition sample, Span span) {
      byte[] proof = test.store.prove(sample.edition, span).orElseThrow();
      assertThat(proof).isEqualTo(sample.proof(span).toBytes());
    }
  }

  @Nested
  class Restart {

    /** Other nodes ask for editions by their ids alone, also for those that no title names. */
    @Test
    void knowsEditionsByTheirIdsAfterAKill() {
      SampleEdition large = new SampleEdition(61, 3 * MIB);
      SampleEdition oneBlock = new SampleEdition(62, 10_000);
      SampleEdition neverHeld = new SampleEdition(63, 10_000);
      for (SampleEdition sample : List.of(large, oneBlock)) {
        test.fillAll(sample);
        assertThat(test.store.edition(sample.edition.id())).contains(sample.edition);
        assertThat(test.store.describe(sample.edition, new byte[10])).isTrue();
      }
      test.killAndReopen();
      for (SampleEdition sample : List.of(large, oneBlock)) {
        assertThat(test.store.edition(sample.edition.id())).contains(sample.edition);
      }
      assertThat(test.store.edition(neverHeld.edition.id())).isEmpty();
    }

    @Test
    void findsEverythingAgainAfterAKill() {
      SampleEdition sample = new SampleEdition(2, 100 * MIB + 77);
      test.fillRegions(sample, 3, 2);
      test.fillRegions(sample, 90, 11);
      long held = test.store.stats().heldBytes();
      test.killAndReopen();
      assertThat(test.readAndCompare(sample, 3 * MIB, 10 * MIB)).isEqualTo(2 * MIB);
      assertThat(test.readAndCompare(sample, 90 * MIB, sample.length())).isEqualTo(10 * MIB + 77);
      assertThat(test.store.stats().heldBytes()).isEqualTo(held);
    }

    @Test
    void trustsASealedExtentWithoutReadingIt() {
      SampleEdition sample = new SampleEdition(2, 3 * MIB);
      test.fillAll(sample);
      test.idle(Duration.ofSeconds(3));
      test.rebootAndReopen();
      assertThat(test.store.filePart(sample.edition, new ByteRange(0, 3 * MIB - 1))).isPresent();
    }

    @Test
    void trustsWhatWasClosedProperlyUntilTheMachineRestarts() {
      SampleEdition sample = new SampleEdition(2, 3 * MIB);
      test.fillAll(sample);
      test.reopen();
      ByteRange range = new ByteRange(0, 3 * MIB - 1);
      assertThat(test.store.filePart(sample.edition, range)).isPresent();
      test.rebootAndReopen();
      assertThat(test.store.filePart(sample.edition, range)).isEmpty();
      test.readsAll(sample);
    }

    @Test
    void goesOnInTheOldBlocksWhenTheBlockSizeChanges() {
      SampleEdition sample = new SampleEdition(2, 70 * MIB);
      test.fillRegions(sample, 1, 1);
      test.store.close();
      test.blocks(256 * 1024).open();
      assertThat(test.store.blockSize(sample.edition, 0)).isEqualTo(KIB_64);
      assertThat(test.store.blockSize(sample.edition, 65)).isEqualTo(new BlockSize(256 * 1024));
      assertThat(test.fillRegions(sample, 0, 1)).isTrue();
      assertThat(test.fillRegions(sample, 65, 1)).isTrue();
      assertThat(test.readAndCompare(sample, 0, 70 * MIB)).isEqualTo(2 * MIB);
      assertThat(test.readAndCompare(sample, 65 * MIB, 70 * MIB)).isEqualTo(MIB);
      Span span = new Span(new BlockSize((int) MIB), 1, 1);
      assertThat(test.store.prove(sample.edition, span)).contains(sample.proof(span).toBytes());
    }
  }

  @Nested
  class Idle {

    @Test
    void aSealedEditionThatNobodyAsksForTakesLittleMemoryAndIsAllThere() {
      SampleEdition sample = new SampleEdition(2, 70 * MIB);
      SampleEdition small = new SampleEdition(3, 40_000);
      test.fillRegions(sample, 1, 1);
      test.fillRegions(sample, 64, 2);
      test.fillAll(small);
      test.idle(Duration.ofSeconds(3));
      long held = test.store.stats().heldBytes();
      long used = test.store.stats().usedBytes();
      test.idle(StoredEdition.IDLE);
      assertThat(test.store.editions().all()).noneMatch(StoredEdition::isLoaded);
      assertThat(test.store.stats().heldBytes()).isEqualTo(held);
      assertThat(test.store.stats().editions()).isEqualTo(2);
      assertThat(test.store.stats().usedBytes()).isEqualTo(used);
      ByteRange range = new ByteRange(64 * MIB, 66 * MIB - 1);
      assertThat(test.store.filePart(sample.edition, range)).isPresent();
      test.readsAll(small);
      assertThat(test.fillRegions(sample, 2, 3)).isTrue();
      assertThat(test.readAndCompare(sample, MIB, 70 * MIB)).isEqualTo(4 * MIB);
      assertThat(test.store.stats().heldBytes()).isEqualTo(held + 3 * MIB);
    }

    @Test
    void goingBackAndForthDoesNotMoveTheCharge() {
      SampleEdition sample = new SampleEdition(2, 70 * MIB);
      test.fillRegions(sample, 1, 2);
      test.idle(Duration.ofSeconds(3));
      long used = 0;
      for (int i = 0; i < 4; i++) {
        test.idle(StoredEdition.IDLE);
        assertThat(test.readAndCompare(sample, MIB, 3 * MIB)).isEqualTo(2 * MIB);
        test.fillRegions(sample, 1, 2);
        test.store.describe(sample.edition, new byte[100 + i]);
        test.idle(Duration.ofSeconds(3));
        long now = test.store.stats().usedBytes();
        assertThat(i < 2 || now == used).isTrue();
        used = now;
      }
    }

    @Test
    void anEditionThatIsWrittenOrNamedByAPlanStaysLoaded() {
      SampleEdition sample = new SampleEdition(2, 70 * MIB);
      test.fillRegions(sample, 1, 1);
      BlockStore.Room room = test.store.reserve(sample.edition, test.region(sample, 2)).get();
      test.idle(StoredEdition.IDLE);
      assertThat(test.store.editions().all()).allMatch(StoredEdition::isLoaded);
      assertThat(TestStore.put(room, sample, 32)).isTrue();
      room.close();
    }
  }

  @Nested
  class Descriptions {

    @Test
    void layTheSignedEntryBesideTheEdition() throws IOException {
      SampleEdition sample = new SampleEdition(2, 3 * MIB);
      SampleEdition small = new SampleEdition(3, 40_000);
      byte[] entry = "a signed entry".getBytes(StandardCharsets.UTF_8);
      assertThat(test.store.describe(sample.edition, entry)).isFalse();
      test.fillAll(sample);
      test.fillAll(small);
      assertThat(test.store.describe(sample.edition, entry)).isTrue();
      assertThat(test.store.describe(small.edition, entry)).isTrue();
      for (Path record : List.of(test.file("/edition"), test.file(".edition"))) {
        EditionRecord read = EditionRecord.parse(Files.readAllBytes(record)).orElseThrow();
        assertThat(read.edition()).isIn(sample.edition, small.edition);
        assertThat(read.signedEntry()).isEqualTo(ByteBuffer.wrap(entry));
      }
      test.killAndReopen();
      test.readsAll(sample);
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
