package org.p2pd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.store.TestStore.KIB_64;
import static org.p2pd.store.TestStore.MIB;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.content.FilePart;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Span;

/** {@code du} plus deleted open files never exceed the limit, and what goes when room is needed. */
class StoreLimitTest {

  @TempDir Path directory;
  private TestStore test;

  /** Looks before every write and after it, as far as the next one shows it. */
  private final Disk.Faults watcher =
      new Disk.Faults() {
        private int writes;

        @Override
        public void change(Path file) throws IOException {
          if (++writes % 64 == 0 && test.store != null) {
            withinLimit();
          }
        }
      };

  private void withinLimit() throws IOException {
    long limit = test.store.parts().ledger().balance().limit();
    if (limit > 0) {
      assertThat(StoreInvariants.du(directory) + StoreInvariants.deletedOpen(directory))
          .isLessThanOrEqualTo(limit);
    }
  }

  private void open(long limit) {
    test = TestStore.in(directory).limit(limit).faults(watcher);
    test.open();
  }

  @AfterEach
  void invariantsHold() throws IOException {
    StoreInvariants.check(test);
    test.close();
  }

  @Nested
  class SmallLimit {

    @Test
    void aTitleLargerThanTheLimitPlays() throws IOException {
      open(20 * MIB);
      SampleEdition sample = new SampleEdition(1, 150 * MIB);
      for (int region = 0; region < 150; region++) {
        test.play(sample, region * MIB, (region + 1) * MIB);
        test.pass(Duration.ofSeconds(1));
        withinLimit();
      }
      assertThat(test.store.stats().heldBytes()).isBetween(10 * MIB, 20 * MIB);
      assertThat(test.store.stats().evictedExtents()).isPositive();
    }

    @Test
    void holdsWithFourMebibytes() throws IOException {
      open(4 * MIB);
      List<SampleEdition> samples = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        samples.add(new SampleEdition(i, 30_000 + i * 10_000L));
      }
      for (SampleEdition sample : samples) {
        test.play(sample, 0, sample.length());
        withinLimit();
      }
      SampleEdition last = samples.get(59);
      assertThat(test.readAndCompare(last, 0, last.length())).isEqualTo(last.length());
    }

    @Test
    @Tag("long")
    void holdsWithRandomSeeksInSmallestBlocksAndManyRestarts() throws IOException {
      test = TestStore.in(directory).limit(12 * MIB).blocks(16_384).faults(watcher).open();
      SampleEdition one = new SampleEdition(1, 5_000 * MIB);
      SampleEdition two = new SampleEdition(2, 100 * MIB);
      Random random = new Random(7);
      for (int i = 0; i < 600; i++) {
        SampleEdition sample = random.nextInt(4) == 0 ? two : one;
        int block = random.nextInt((int) (sample.length() / 16_384));
        test.fill(sample, new Span(new BlockSize(16_384), block, 1));
        test.pass(Duration.ofMillis(300));
        if (i % 40 == 0) {
          withinLimit();
        }
        if (i % 150 == 149) {
          force();
          withinLimit();
          test.killAndReopen();
        }
      }
      assertThat(test.store.stats().heldBytes()).isPositive();
    }

    /** Makes the file system place everything, so that its own trees show in du. */
    private void force() throws IOException {
      for (Path file : test.files("")) {
        if (Files.isRegularFile(file)) {
          try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
          }
        }
      }
    }

    @Test
    void countsWhatOthersKeepInTheDirectory() throws IOException {
      open(20 * MIB);
      Files.createDirectory(directory.resolve("state"));
      Files.write(directory.resolve("state/catalogue"), new byte[(int) (6 * MIB)]);
      test.idle(Duration.ofSeconds(11));
      SampleEdition sample = new SampleEdition(1, 60 * MIB);
      test.play(sample, 0, 60 * MIB);
      withinLimit();
      assertThat(test.store.stats().heldBytes()).isBetween(8 * MIB, 14 * MIB);
    }

    @Test
    void evictsForWhatTheNodeIsAboutToWriteBeside() throws IOException {
      open(20 * MIB);
      for (int i = 0; i < 40; i++) {
        test.play(new SampleEdition(i, MIB), 0, MIB);
        test.pass(Duration.ofSeconds(1));
      }
      Files.createDirectory(directory.resolve("state"));
      DiskBlockStore.Beside room = test.store.reserveBeside(6 * MIB).orElseThrow();
      test.idle(Duration.ofSeconds(11)); // is not written yet when others are counted
      Files.write(directory.resolve("state/catalogue"), new byte[(int) (6 * MIB)]);
      withinLimit();
      room.written();
      test.play(new SampleEdition(41, 5 * MIB), 0, 5 * MIB);
      withinLimit();
      long used = test.store.parts().ledger().balance().used();
      test.idle(Duration.ofSeconds(11));
      assertThat(test.store.parts().ledger().balance().used())
          .as("counted once")
          .isBetween(used - MIB, used);
    }

    @Test
    void refusesWhatNothingCanBeEvictedFor() {
      open(20 * MIB);
      assertThat(test.store.reserveBeside(21 * MIB)).isEmpty();
      assertThat(test.store.reserveBeside(0)).isPresent();
    }

    @Test
    void aLowerLimitIsReachedAtStart() throws IOException {
      open(100 * MIB);
      SampleEdition[] samples = new SampleEdition[4];
      for (int i = 0; i < 4; i++) {
        samples[i] = new SampleEdition(i, 10 * MIB);
        test.fillAll(samples[i]);
      }
      test.store.close();
      test.limit(15 * MIB).open();
      withinLimit();
      assertThat(test.store.stats().editions()).isEqualTo(1);
    }

    @Test
    void bytesThatAKilledProcessLeftUnclaimedCount() throws IOException {
      open(20 * MIB);
      SampleEdition sample = new SampleEdition(1, 60 * MIB);
      test.fillRegions(sample, 0, 2);
      test.store.abandon();
      TestStore.overwrite(test.file(".data"), 30 * MIB, new byte[(int) (10 * MIB)]);
      test.open();
      assertThat(test.store.stats().usedBytes()).isGreaterThan(12 * MIB);
      test.play(sample, 0, 60 * MIB);
      withinLimit();
    }
  }

  @Nested
  class Order {

    @Test
    void theEditionWantedLongestAgoGoesFirstAlsoAfterARestart() {
      open(40 * MIB);
      SampleEdition old = new SampleEdition(1, 10 * MIB);
      SampleEdition middle = new SampleEdition(2, 10 * MIB);
      SampleEdition young = new SampleEdition(3, 10 * MIB);
      test.fillAll(old);
      test.idle(Duration.ofMinutes(2));
      test.fillAll(middle);
      test.idle(Duration.ofMinutes(2));
      test.store.touch(old.edition);
      test.idle(Duration.ofMinutes(2));
      test.reopen();
      test.fillAll(young);
      test.idle(Duration.ofMinutes(2));
      test.fillAll(new SampleEdition(4, 10 * MIB));
      assertThat(held(middle)).isFalse();
      assertThat(held(old)).isTrue();
      assertThat(held(young)).isTrue();
    }

    @Test
    void editionsThatNoTitleNamesGoFirstAlsoAfterARestart() {
      open(40 * MIB);
      SampleEdition old = new SampleEdition(1, 10 * MIB);
      SampleEdition unnamed = new SampleEdition(2, 10 * MIB);
      test.fillAll(old);
      test.idle(Duration.ofMinutes(2));
      test.fillAll(unnamed);
      test.store.unnamed(unnamed.edition);
      test.reopen();
      test.fillAll(new SampleEdition(3, 10 * MIB));
      test.fillAll(new SampleEdition(4, 10 * MIB));
      assertThat(held(unnamed)).isFalse();
      assertThat(held(old)).isTrue();
    }

    @Test
    void whatAContainerMayBeAboutToOpenIsPassedOver() {
      open(40 * MIB);
      SampleEdition planned = new SampleEdition(1, 30 * MIB);
      test.fillAll(planned);
      assertThat(test.store.filePart(planned.edition, new ByteRange(0, 99))).isPresent();
      test.pass(Duration.ofSeconds(FilePart.KEPT_SECONDS - 1));
      SampleEdition next = new SampleEdition(2, 20 * MIB);
      test.play(next, 0, 20 * MIB);
      assertThat(held(planned)).isTrue();
      assertThat(test.store.stats().heldBytes()).isGreaterThan(36 * MIB);
      test.pass(Duration.ofSeconds(2));
      test.play(next, 0, 20 * MIB);
      assertThat(held(planned)).isFalse();
      assertThat(held(next)).isTrue();
    }

    @Test
    void nothingIsReservedWhenNothingCanBeFreed() {
      open(20 * MIB);
      SampleEdition sample = new SampleEdition(1, 40 * MIB);
      test.play(sample, 0, 40 * MIB);
      assertThat(test.store.reserve(sample.edition, test.region(sample, 39))).isEmpty();
      assertThat(test.store.stats().evictedExtents()).isZero();
    }

    private boolean held(SampleEdition sample) {
      return test.store.holds(sample.edition, new ByteRange(0, sample.length() - 1));
    }
  }

  @Nested
  class DeletedButOpen {

    @Test
    void countsUntilItIsClosed() throws IOException {
      open(40 * MIB);
      SampleEdition sent = new SampleEdition(1, 20 * MIB);
      test.fillAll(sent);
      FilePart part =
          test.store.filePart(sent.edition, new ByteRange(0, 20 * MIB - 1)).orElseThrow();
      SampleEdition next = new SampleEdition(2, 30 * MIB);
      try (FileChannel sending = FileChannel.open(part.file())) {
        test.pass(Duration.ofMinutes(1));
        test.play(next, 0, 30 * MIB);
        withinLimit();
        assertThat(part.file()).doesNotExist();
        assertThat(test.store.stats().unlinkedBytes()).isGreaterThan(20 * MIB);
        assertThat(sending.size()).isEqualTo(20 * MIB);
      }
      test.idle(Duration.ofSeconds(1));
      assertThat(test.store.stats().unlinkedBytes()).isZero();
      test.play(next, 0, 30 * MIB);
      test.readsAll(next);
    }

    @Test
    void isFoundByTheNextLifeInTheSameProcess() throws IOException {
      open(40 * MIB);
      SampleEdition sent = new SampleEdition(1, 20 * MIB);
      test.fillAll(sent);
      FilePart part = test.store.filePart(sent.edition, new ByteRange(0, 99)).orElseThrow();
      try (FileChannel sending = FileChannel.open(part.file())) {
        test.pass(Duration.ofMinutes(1));
        test.play(new SampleEdition(2, 30 * MIB), 0, 30 * MIB);
        test.reopen();
        assertThat(test.store.stats().unlinkedBytes()).isGreaterThan(20 * MIB);
        assertThat(sending.isOpen()).isTrue();
      }
    }
  }

  @Nested
  class FailingDisk {

    private boolean full;

    private final Disk.Faults faults =
        new Disk.Faults() {
          @Override
          public void write(Path file, FileChannel channel, ByteBuffer data, long position)
              throws IOException {
            if (full) {
              throw new IOException("No space left on device");
            }
          }
        };

    @Test
    void aBlockThatCannotBeWrittenIsNotHeldAndNothingElseIsLost() {
      test = TestStore.in(directory).faults(faults).open();
      SampleEdition sample = new SampleEdition(1, 4 * MIB);
      test.fillRegions(sample, 0, 1);
      full = true;
      assertThat(test.fillRegions(sample, 1, 1)).isFalse();
      full = false;
      assertThat(test.store.stats().failedWrites()).isEqualTo(2); // the proof, the block
      assertThat(test.readAndCompare(sample, 0, 4 * MIB)).isEqualTo(MIB);
      assertThat(test.store.reserve(sample.edition, new Span(KIB_64, 16, 1))).isEmpty();
      test.pass(WriteFailures.PAUSE);
      assertThat(test.fillRegions(sample, 1, 3)).isTrue();
      test.readsAll(sample);
    }

    @Test
    void anEditionThatCouldNotBeMadeLeavesNothingBehind() {
      test = TestStore.in(directory).faults(faults).open();
      SampleEdition sample = new SampleEdition(1, 4 * MIB);
      full = true;
      assertThat(test.fillRegions(sample, 0, 1)).isFalse();
      full = false;
      test.pass(WriteFailures.PAUSE);
      test.fillAll(sample);
      test.readsAll(sample);
      assertThat(test.files(".data")).hasSize(1);
    }
  }
}
