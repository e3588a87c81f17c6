package org.p2pd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.store.TestStore.KIB_64;
import static org.p2pd.store.TestStore.MIB;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.content.FilePart;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Span;

/** Files changed behind our back: no wrong byte, and it heals. */
class StoreDamageTest {

  private static final ByteRange BLOCK_17 = ByteRange.ofLength(17 * 65_536L, 65_536);

  @TempDir Path directory;
  private TestStore test;
  private SampleEdition sample;

  @BeforeEach
  void fill() {
    test = TestStore.in(directory).open();
    sample = new SampleEdition(4, 100 * MIB + 70_001);
    assertThat(test.fillRegions(sample, 0, 3)).isTrue();
    assertThat(test.fillRegions(sample, 99, 2)).isTrue();
  }

  @AfterEach
  void healsByFetchingAgain() throws IOException {
    test.play(sample, 0, 3 * MIB);
    test.play(sample, 99 * MIB, sample.length());
    assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isEqualTo(3 * MIB);
    assertThat(test.readAndCompare(sample, 99 * MIB, sample.length())).isEqualTo(MIB + 70_001);
    Span span = test.region(sample, 1);
    assertThat(test.store.prove(sample.edition, span)).contains(sample.proof(span).toBytes());
    StoreInvariants.check(test);
    test.close();
  }

  private Path data() {
    return test.files(".data").get(0);
  }

  private Path slots() {
    return test.files(".slots").get(0);
  }

  private long slotOf(int block) {
    return ExtentShape.SLOTS_AT + 32L * block;
  }

  private void losesOnlyBlock17() {
    assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isEqualTo(BLOCK_17.first());
    assertThat(test.store.holds(sample.edition, BLOCK_17)).isFalse();
    assertThat(test.readAndCompare(sample, BLOCK_17.last() + 1, 3 * MIB))
        .isEqualTo(3 * MIB - BLOCK_17.last() - 1);
    assertThat(test.store.stats().failedVerifications()).isEqualTo(1);
  }

  @Nested
  class BitFlipped {

    @Test
    void whileRunningAndQuiet() throws IOException {
      TestStore.flip(data(), BLOCK_17.first() + 100);
      assertThat(test.store.filePart(sample.edition, BLOCK_17)).isEmpty();
      losesOnlyBlock17();
    }

    @Test
    void whileRunningAndSealed() throws IOException {
      test.idle(Duration.ofSeconds(3));
      TestStore.flip(data(), BLOCK_17.first() + 100);
      losesOnlyBlock17();
    }

    @Test
    void withItsDateSetBack() throws IOException {
      test.idle(Duration.ofSeconds(3));
      FileTime before = Files.getLastModifiedTime(data());
      TestStore.flip(data(), BLOCK_17.first() + 100);
      Files.setLastModifiedTime(data(), before);
      losesOnlyBlock17();
    }

    @Test
    void whileTheStoreWasClosedAndSealed() throws IOException {
      test.idle(Duration.ofSeconds(3));
      test.store.close();
      TestStore.flip(data(), BLOCK_17.first() + 100);
      test.open();
      losesOnlyBlock17();
    }

    @Test
    void whileTheStoreWasDead() throws IOException {
      test.store.abandon();
      TestStore.flip(data(), BLOCK_17.first() + 100);
      test.open();
      losesOnlyBlock17();
    }

    @Test
    void betweenTwoRoomsOfTheSameExtent() throws IOException {
      TestStore.flip(data(), BLOCK_17.first() + 100);
      assertThat(test.fillRegions(sample, 5, 1)).isTrue();
      losesOnlyBlock17();
    }

    @Test
    void inAFileThatTookTheNameOfOurs() throws IOException {
      replaceData();
      losesOnlyBlock17();
      verifiedByName();
    }

    @Test
    void inAFileThatTookTheNameWhileARoomWasOpen() throws IOException {
      Span region = test.region(sample, 5);
      try (BlockStore.Room room = test.store.reserve(sample.edition, region).orElseThrow()) {
        test.store.keepProof(sample.edition, sample.proof(region));
        assertThat(TestStore.put(room, sample, region.firstBlock())).isTrue();
        replaceData();
      }
      verifiedByName();
      test.play(sample, 5 * MIB, 5 * MIB + 65_536);
    }

    private void replaceData() throws IOException {
      Path copy = directory.resolve("copy");
      try (FileChannel from = FileChannel.open(data());
          FileChannel to =
              FileChannel.open(copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        from.transferTo(0, 3 * MIB, to);
        to.write(ByteBuffer.allocate(1), from.size() - 1); // as sparse as ours
      }
      TestStore.flip(copy, BLOCK_17.first() + 100);
      Files.move(copy, data(), StandardCopyOption.REPLACE_EXISTING);
    }

    /** A container opens the file by its name, so that is where the bytes have to be right. */
    private void verifiedByName() throws IOException {
      for (int block = 0; block < 48; block++) {
        ByteRange range = ByteRange.ofLength(block * 65_536L, 65_536);
        test.readAndCompare(sample, range.first(), range.last() + 1);
        Optional<FilePart> part = test.store.filePart(sample.edition, range);
        if (part.isPresent()) {
          ByteBuffer sent = ByteBuffer.allocate(65_536);
          try (FileChannel byName = FileChannel.open(part.get().file())) {
            byName.read(sent, part.get().offset());
          }
          assertThat(sent.flip()).as("block %s", block).isEqualTo(sample.bytes(range));
        }
      }
    }

    @Test
    void leafHashesOfItAreNotGiven() throws IOException {
      TestStore.flip(data(), BLOCK_17.first() + 100);
      Span block = new Span(KIB_64, 17, 1);
      assertThat(test.store.leafHashes(sample.edition, block)).isEmpty();
      assertThat(test.store.holds(sample.edition, BLOCK_17)).isFalse();
    }

    @Test
    void unnoticedInAnyCaseWhenReadsAreVerified() throws IOException {
      test.store.close();
      test.verifyingReads().open();
      assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isEqualTo(3 * MIB);
      assertThat(test.store.filePart(sample.edition, BLOCK_17)).isEmpty();
    }
  }

  @Nested
  class SlotForged {

    private final byte[] forged = new byte[32];

    SlotForged() {
      new Random(5).nextBytes(forged);
    }

    @Test
    void ofAHeldBlockIsMendedFromTheData() throws IOException {
      test.store.abandon();
      TestStore.overwrite(slots(), slotOf(17), forged);
      test.open();
      assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isEqualTo(3 * MIB);
      assertThat(test.store.stats().failedVerifications()).isEqualTo(1);
      test.reopen();
      assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isEqualTo(3 * MIB);
      assertThat(test.store.stats().failedVerifications()).isZero();
    }

    @Test
    void claimingABlockThatIsNotHeldInASealedExtent() throws IOException {
      test.idle(Duration.ofSeconds(3));
      test.store.close();
      TestStore.overwrite(slots(), slotOf(300), forged);
      test.open();
      ByteRange claimed = ByteRange.ofLength(300 * 65_536L, 65_536);
      assertThat(test.store.filePart(sample.edition, claimed)).isEmpty();
      assertThat(test.readAndCompare(sample, claimed.first(), claimed.last() + 1)).isZero();
      assertThat(test.store.holds(sample.edition, claimed)).isFalse();
      assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isEqualTo(3 * MIB);
    }

    @Test
    void claimingABlockWhileTheStoreRunsIsNotBelievedAfterwards() throws IOException {
      TestStore.overwrite(slots(), slotOf(300), forged);
      test.idle(Duration.ofSeconds(3));
      test.reopen();
      ByteRange claimed = ByteRange.ofLength(300 * 65_536L, 65_536);
      assertThat(test.readAndCompare(sample, claimed.first(), claimed.last() + 1)).isZero();
    }

    @Test
    void clearedOnlyCostsFetchingAgain() throws IOException {
      test.store.abandon();
      TestStore.overwrite(slots(), slotOf(17), new byte[32]);
      test.open();
      assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isEqualTo(BLOCK_17.first());
    }

    @Test
    void clearedWhileTheStoreRunsIsWrittenAnew() throws IOException {
      TestStore.overwrite(slots(), slotOf(17), new byte[32]);
      test.idle(Duration.ofSeconds(3));
      assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isEqualTo(3 * MIB);
      test.reopen();
      assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isEqualTo(3 * MIB);
    }

    @Test
    void givesNoWrongProof() throws IOException {
      TestStore.overwrite(slots(), slotOf(17), forged);
      TestStore.overwrite(slots(), pagesAt(), new byte[8192]);
      Span span = new Span(KIB_64, 16, 16);
      test.store
          .prove(sample.edition, span)
          .ifPresent(proof -> assertThat(proof).isEqualTo(sample.proof(span).toBytes()));
      assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isPositive();
    }
  }

  private static long pagesAt() {
    return Charges.rounded(ExtentShape.SLOTS_AT + 1024 * 32);
  }

  @Nested
  class TreeDamaged {

    @Test
    void cutToNothing() throws IOException {
      test.store.abandon();
      truncate(test.file("/tree"), 0);
      test.open();
      readsNothingWrong();
    }

    @Test
    void cutToNothingWhenAllIsHeldIsMended() throws IOException {
      SampleEdition whole = new SampleEdition(9, 66 * MIB + 1);
      test.fillAll(whole);
      test.store.abandon();
      for (Path tree : test.files("/tree")) {
        truncate(tree, 0);
      }
      test.open();
      test.readsAll(whole);
      Span span = test.region(whole, 3);
      assertThat(test.store.prove(whole.edition, span)).contains(whole.proof(span).toBytes());
      assertThat(test.store.stats().failedVerifications()).isZero();
    }

    @Test
    void removedWhileTheStoreRuns() throws IOException {
      Files.delete(test.file("/tree"));
      assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isEqualTo(3 * MIB);
      assertThat(test.fillRegions(sample, 7, 1)).isTrue();
    }

    @Test
    void pagesInTheSidecarOverwritten() throws IOException {
      test.store.abandon();
      byte[] noise = new byte[3 * 4096];
      new Random(6).nextBytes(noise);
      TestStore.overwrite(slots(), pagesAt(), noise);
      test.open();
      readsNothingWrong();
      assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isEqualTo(3 * MIB);
    }

    @Test
    void aPageForgedWithAProperChecksumIsMendedFromSlots() throws IOException {
      test.store.abandon();
      HashPage page = HashPage.parse(new byte[4096], pagesAt() / 4096);
      for (int slot = 0; slot < 126; slot++) {
        page.put(slot, sample.blockHash(KIB_64, slot));
      }
      TestStore.overwrite(slots(), pagesAt(), page.seal(pagesAt() / 4096).array());
      test.open();
      assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isEqualTo(3 * MIB);
      Span span = new Span(KIB_64, 3, 2);
      assertThat(test.store.prove(sample.edition, span)).contains(sample.proof(span).toBytes());
    }

    @Test
    void sidecarCutInTheMiddleOfItsSlots() throws IOException {
      test.store.abandon();
      truncate(slots(), slotOf(20));
      test.open();
      readsNothingWrong();
    }

    private void readsNothingWrong() {
      for (long region = 0; region < 101; region++) {
        long end = Math.min(sample.length(), (region + 1) * MIB);
        test.readAndCompare(sample, region * MIB, end);
      }
    }
  }

  @Nested
  class FilesGone {

    @Test
    void dataCutShort() throws IOException {
      truncate(data(), BLOCK_17.first());
      assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isEqualTo(BLOCK_17.first());
    }

    @Test
    void dataRemovedWhileTheStoreRuns() throws IOException {
      Files.delete(data());
      test.readAndCompare(sample, 0, 3 * MIB);
      for (int i = 0; i < 3 && !test.fillRegions(sample, 0, 3); i++) {
        test.pass(Duration.ofSeconds(11));
      }
    }

    @Test
    void everythingRemovedBeforeAProofIsKept() throws IOException {
      Span region = test.region(sample, 5);
      try (BlockStore.Room room = test.store.reserve(sample.edition, region).orElseThrow()) {
        for (Path file : test.files("")) {
          if (Files.isRegularFile(file) && file.startsWith(directory.resolve("editions"))) {
            remove(file);
          }
        }
        test.store.keepProof(sample.edition, sample.proof(region));
        for (int block = region.firstBlock(); block <= region.lastBlock(); block++) {
          assertThat(TestStore.put(room, sample, block)).isTrue();
        }
      }
      assertThat(test.store.stats().failedWrites()).isZero();
      assertThat(test.store.prove(sample.edition, region)).contains(sample.proof(region).toBytes());
    }

    @Test
    void theTreeAloneRemovedBeforeAProofIsKept() throws IOException {
      remove(test.file("/tree"));
      assertThat(test.fillRegions(sample, 7, 1)).isTrue();
      assertThat(test.store.stats().failedWrites()).isZero();
      assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isEqualTo(3 * MIB);
    }

    private void remove(Path file) throws IOException {
      Files.delete(file);
      test.store.parts().files().forget(file); // as when it was not used for a while
    }

    @Test
    void everythingRemovedWhileTheStoreWasClosed() throws IOException {
      test.store.close();
      for (Path file : test.files("")) {
        if (Files.isRegularFile(file) && file.startsWith(directory.resolve("editions"))) {
          Files.delete(file);
        }
      }
      test.open();
      assertThat(test.store.stats().editions()).isZero();
      assertThat(test.readAndCompare(sample, 0, MIB)).isZero();
    }

    @Test
    void headerOverwritten() throws IOException {
      test.store.abandon();
      TestStore.flip(slots(), 20);
      test.open();
      assertThat(test.readAndCompare(sample, 0, MIB)).isZero();
      assertThat(test.readAndCompare(sample, 99 * MIB, 100 * MIB)).isEqualTo(MIB);
    }

    @Test
    void aCopyOfTheDirectoryIsVerifiedAgain() throws IOException {
      test.idle(Duration.ofSeconds(3));
      test.store.close();
      Path moved = data().resolveSibling("moved");
      Files.copy(data(), moved);
      Files.move(moved, data(), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      test.open();
      assertThat(test.store.filePart(sample.edition, BLOCK_17)).isEmpty();
      assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isEqualTo(3 * MIB);
      assertThat(test.store.filePart(sample.edition, BLOCK_17)).isPresent();
    }
  }

  private static void truncate(Path file, long length) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(length);
    }
  }
}
