package org.p2pd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.store.TestStore.MIB;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.model.ByteRange;

/** A file is changed while readers believe it, and one of them notices before the others ask. */
class StoreTrustTest {

  private static final int READERS = 5;
  private static final ByteRange BLOCK_17 = ByteRange.ofLength(17 * 65_536L, 65_536);

  @TempDir Path directory;
  private final AtomicReference<Runnable> afterRead =
      new AtomicReference<>(StoreTrustTest::nothing);
  private TestStore test;
  private SampleEdition sample;

  @BeforeEach
  void fill() {
    Disk.Faults faults =
        new Disk.Faults() {
          @Override
          public void read(Path file) {
            if (file.toString().endsWith(".data")) {
              afterRead.get().run();
            }
          }
        };
    test = TestStore.in(directory).faults(faults).open();
    sample = new SampleEdition(4, 100 * MIB + 70_001);
    assertThat(test.fillRegions(sample, 0, 3)).isTrue();
  }

  @AfterEach
  void healsByFetchingAgain() throws IOException {
    test.play(sample, 0, 3 * MIB);
    assertThat(test.readAndCompare(sample, 0, 3 * MIB)).isEqualTo(3 * MIB);
    StoreInvariants.check(test);
    test.close();
  }

  private void changeBlock17() throws IOException {
    TestStore.flip(test.file(".data"), BLOCK_17.first() + 100);
  }

  private long readBlock17() {
    return test.readAndCompare(sample, BLOCK_17.first(), BLOCK_17.last() + 1);
  }

  private static void nothing() {}

  /** Once, after the next read of data and before it is judged. */
  private void meanwhile(Runnable others) {
    afterRead.set(
        () -> {
          afterRead.set(StoreTrustTest::nothing);
          others.run();
        });
  }

  @Test
  void isLostForAReaderWhomAnotherOvertook() throws IOException {
    changeBlock17();
    meanwhile(() -> assertThat(readBlock17()).isZero());
    assertThat(readBlock17()).isZero();
  }

  @Test
  void isLostForAReaderWhomAPlanOvertook() throws IOException {
    changeBlock17();
    meanwhile(() -> assertThat(test.store.filePart(sample.edition, BLOCK_17)).isEmpty());
    assertThat(readBlock17()).isZero();
  }

  @Test
  void isLostForAReaderWhomTheSealerOvertook() throws IOException {
    changeBlock17();
    meanwhile(() -> test.idle(Duration.ofSeconds(3)));
    assertThat(readBlock17()).isZero();
  }

  @Test
  void wonAnewIsNotTrustInWhatWasReadBefore() throws IOException {
    changeBlock17();
    meanwhile(
        () -> {
          test.play(sample, 0, 3 * MIB);
          assertThat(test.store.filePart(sample.edition, BLOCK_17)).isPresent();
        });
    assertThat(readBlock17()).isEqualTo(BLOCK_17.lengthBytes());
  }

  @Test
  void isLostForAReaderWhomAWriterOvertook() throws IOException {
    changeBlock17();
    var region = test.region(sample, 5);
    BlockStore.Room room = test.store.reserve(sample.edition, region).orElseThrow();
    test.store.keepProof(sample.edition, sample.proof(region));
    meanwhile(() -> assertThat(TestStore.put(room, sample, region.firstBlock())).isTrue());
    assertThat(readBlock17()).isZero();
    room.close();
  }

  @Test
  void inAMissingBlockIsNotKeptByTheUnchangedStamp() {
    Extent extent = test.store.editions().all().iterator().next().extents(e -> true).get(0);
    Extent.Trusted before = extent.trustedFrom(BLOCK_17.first());
    assertThat(extent.trustsSince(before)).isTrue();
    extent.distrust(17);
    assertThat(extent.trustsSince(before)).isFalse();
  }

  @Test
  void isLostForAllReadersAtOnce() throws Exception {
    changeBlock17();
    CyclicBarrier allHaveRead = new CyclicBarrier(READERS);
    AtomicInteger first = new AtomicInteger(READERS);
    afterRead.set(
        () -> {
          if (first.getAndDecrement() > 0) {
            meet(allHaveRead);
          }
        });
    ExecutorService threads = Executors.newFixedThreadPool(READERS);
    List<Future<Long>> all = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      all.add(threads.submit(this::readBlock17));
    }
    threads.shutdown();
    for (Future<Long> one : all) {
      assertThat(one.get(1, TimeUnit.MINUTES)).isZero();
    }
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }
}
