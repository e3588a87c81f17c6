package org.p2pd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.store.TestStore.MIB;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Span;
import org.p2pd.tree.SpanProof;

/** Many threads fill, read, prove and evict at once. */
class StoreConcurrencyTest {

  private static final int WORKERS = 6;
  private static final int STEPS = 200;

  @TempDir Path directory;

  @Test
  void regressionGivesRoomWhileTheLastRoomOnTheEditionIsGivenBack() throws Exception {
    TestStore test = TestStore.in(directory).limit(48 * MIB).open();
    SampleEdition sample = new SampleEdition(1, 2 * MIB);
    Span span = new Span(BlockSize.DEFAULT, 0, 1);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    List<Future<Integer>> refused = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      refused.add(
          threads.submit(
              () -> {
                int empty = 0;
                for (int round = 0; round < 20_000; round++) {
                  var room = test.store.reserve(sample.edition, span);
                  empty += room.isEmpty() ? 1 : 0;
                  room.ifPresent(BlockStore.Room::close);
                }
                return empty;
              }));
    }
    threads.shutdown();
    for (Future<Integer> one : refused) {
      assertThat(one.get(3, TimeUnit.MINUTES)).isZero();
    }
    test.close();
  }

  @Test
  void readsOnlyRightBytesWithinTheLimit() throws Exception {
    TestStore test = TestStore.in(directory).limit(48 * MIB).open();
    long seed = System.nanoTime();
    AtomicInteger left = new AtomicInteger(WORKERS);
    AtomicLong bytesRead = new AtomicLong();
    ExecutorService threads = Executors.newFixedThreadPool(WORKERS + 1);
    List<Future<?>> all = new ArrayList<>();
    for (int i = 0; i < WORKERS; i++) {
      Random random = new Random(seed + i);
      all.add(
          threads.submit(
              () -> {
                try {
                  bytesRead.addAndGet(work(test, random));
                } finally {
                  left.decrementAndGet();
                }
              }));
    }
    all.add(
        threads.submit(
            () -> {
              while (left.get() > 0) {
                test.idle(Duration.ofSeconds(3));
                var balance = test.store.parts().ledger().balance();
                assertThat(balance.used() + balance.reserved() + balance.unlinked())
                    .isLessThanOrEqualTo(balance.limit());
                duIsWithin(test, balance.limit());
              }
            }));
    threads.shutdown();
    try {
      for (Future<?> one : all) {
        one.get(3, TimeUnit.MINUTES);
      }
    } catch (ExecutionException e) {
      throw new AssertionError("seed " + seed, e);
    }
    assertThat(bytesRead.get()).isPositive();
    StoreInvariants.check(test);
    test.killAndReopen();
    StoreInvariants.check(test);
    test.close();
  }

  private static void duIsWithin(TestStore test, long limit) {
    try {
      assertThat(StoreInvariants.du(test.store.parts().paths().root())).isLessThanOrEqualTo(limit);
    } catch (IOException | java.io.UncheckedIOException e) {
      // Evicted while it was being counted: counted again in the next round.
      assertThat(e).hasMessageContaining("/");
    }
  }

  private static long work(TestStore test, Random random) {
    SampleEdition[] samples = {
      new SampleEdition(1, 90 * MIB),
      new SampleEdition(2, 10 * MIB + 5),
      new SampleEdition(3, 50_000),
      new SampleEdition(4, 300_000),
      new SampleEdition(5, 30 * MIB)
    };
    long read = 0;
    for (int i = 0; i < STEPS; i++) {
      SampleEdition sample = samples[random.nextInt(samples.length)];
      int regions = (int) ((sample.length() + MIB - 1) / MIB);
      int region = random.nextInt(regions);
      long from = region * MIB;
      long to = Math.min(sample.length(), from + MIB);
      switch (random.nextInt(4)) {
        case 0 -> fillSome(test, sample, test.region(sample, region), random);
        case 1 -> read += test.readAndCompare(sample, from, to);
        case 2 -> prove(test, sample, region, random);
        default -> {
          test.store.touch(sample.edition);
          test.store.filePart(sample.edition, new ByteRange(from, to - 1));
        }
      }
    }
    return read;
  }

  private static void fillSome(TestStore test, SampleEdition sample, Span region, Random random) {
    int first = random.nextInt(region.blockCount());
    int count = 1 + random.nextInt(region.blockCount() - first);
    Span span = new Span(region.blockSize(), region.firstBlock() + first, count);
    test.store
        .reserve(sample.edition, span)
        .ifPresent(
            room -> {
              try (room) {
                test.store.keepProof(sample.edition, sample.proof(span));
                for (int b = span.firstBlock();
                    b <= span.lastBlock() && random.nextInt(9) > 0;
                    b++) {
                  TestStore.put(room, sample, b);
                }
              }
            });
  }

  private static void prove(TestStore test, SampleEdition sample, int region, Random random) {
    BlockSize size = new BlockSize(BlockSize.LEAF_BYTES << random.nextInt(4));
    int first = size.blockAt(region * MIB);
    Span span = new Span(size, first, 1);
    test.store
        .prove(sample.edition, span)
        .ifPresent(proof -> assertThat(SpanProof.verify(sample.edition, span, proof)).isPresent());
    ByteBuffer one = ByteBuffer.allocate(1);
    test.store.read(sample.edition, size.start(first), one);
  }
}
