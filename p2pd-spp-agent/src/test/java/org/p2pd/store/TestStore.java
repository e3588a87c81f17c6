package org.p2pd.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Span;
import org.p2pd.store.Records.Id16;

/** A store whose clock, boot and disk faults the test has in hand, and which tidies when told. */
final class TestStore implements AutoCloseable {

  static final BlockSize KIB_64 = BlockSize.DEFAULT;
  static final long MIB = 1L << 20;

  private final Path directory;
  private final AtomicLong nanos = new AtomicLong(1_000_000_000_000L);
  private long limitBytes = 1L << 30;
  private BlockSize blockSize = KIB_64;
  private boolean verifyReads;
  private Id16 boot = new Id16(1, 1);
  private Disk.Faults faults = Disk.Faults.NONE;
  DiskBlockStore store;

  /** What this life of the store has told. */
  HeldPicture told = new HeldPicture();

  private TestStore(Path directory) {
    this.directory = directory;
  }

  static TestStore in(Path directory) {
    return new TestStore(directory);
  }

  TestStore limit(long bytes) {
    limitBytes = bytes;
    return this;
  }

  TestStore blocks(int bytes) {
    blockSize = new BlockSize(bytes);
    return this;
  }

  TestStore verifyingReads() {
    verifyReads = true;
    return this;
  }

  TestStore faults(Disk.Faults these) {
    faults = these;
    return this;
  }

  TestStore open() {
    Ticker ticker =
        new Ticker() {
          @Override
          public long read() {
            return nanos.get();
          }
        };
    store =
        DiskBlockStore.open(
            new StoreConfig(directory, OptionalLong.of(limitBytes), blockSize, verifyReads),
            new Surroundings(
                ticker, () -> Instant.ofEpochSecond(0, nanos.get()), boot, faults, false));
    told = new HeldPicture();
    store.listen(told);
    return this;
  }

  TestStore reopen() {
    store.close();
    return open();
  }

  /** As after kill -9. */
  TestStore killAndReopen() {
    store.abandon();
    return open();
  }

  /** As after a power failure, but that nothing is lost. */
  TestStore rebootAndReopen() {
    store.abandon();
    boot = new Id16(boot.high() + 1, 1);
    return open();
  }

  void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  /** Lets the store's thread do what it does within that time. */
  void idle(Duration time) {
    pass(time);
    try {
      store.tidy();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fetches a span as a fetcher does; false if there was no room or a write failed. */
  boolean fill(SampleEdition sample, Span span) {
    Optional<BlockStore.Room> room = store.reserve(sample.edition, span);
    if (room.isEmpty()) {
      return false;
    }
    try (BlockStore.Room open = room.get()) {
      store.keepProof(sample.edition, sample.proof(span));
      for (int block = span.firstBlock(); block <= span.lastBlock(); block++) {
        if (!put(open, sample, block)) {
          return false;
        }
      }
      return true;
    }
  }

  static boolean put(BlockStore.Room room, SampleEdition sample, int block) {
    BlockSize size = room.span().blockSize();
    ByteBuffer data = sample.block(size, block);
    boolean kept = room.put(block, data, sample.blockHash(size, block));
    assertThat(data.position()).isZero();
    return kept;
  }

  /** Fetches whole regions. */
  boolean fillRegions(SampleEdition sample, int first, int count) {
    boolean all = true;
    for (int region = first; region < first + count; region++) {
      all &= fill(sample, region(sample, region));
    }
    return all;
  }

  void fillAll(SampleEdition sample) {
    int regions = (int) ((sample.length() + MIB - 1) / MIB);
    assertThat(fillRegions(sample, 0, regions)).isTrue();
  }

  Span region(SampleEdition sample, int region) {
    BlockSize size = store.blockSize(sample.edition, region);
    int first = region * size.blocksPerRegion();
    int count = Math.min(size.blocksPerRegion(), size.blockCount(sample.length()) - first);
    return new Span(size, first, count);
  }

  /** Reads what is held from a position on and compares it; returns how many bytes that was. */
  long readAndCompare(SampleEdition sample, long from, long to) {
    long at = from;
    while (at < to) {
      long end = Math.min(to, (at / MIB + 1) * MIB);
      ByteBuffer bytes = ByteBuffer.allocate((int) (end - at));
      int n = store.read(sample.edition, at, bytes);
      assertThat(bytes.position()).isEqualTo(n);
      if (n == 0) {
        break;
      }
      assertThat(bytes.flip()).isEqualTo(sample.bytes(ByteRange.ofLength(at, n)));
      at += n;
    }
    return at - from;
  }

  /** Reads as a viewer does for whom what is not held is fetched; returns how many bytes were. */
  long play(SampleEdition sample, long from, long to) {
    long fetched = 0;
    for (long at = from; at < to; ) {
      at += readAndCompare(sample, at, to);
      if (at < to) {
        BlockSize size = store.blockSize(sample.edition, (int) (at / MIB));
        int block = size.blockAt(at);
        fill(sample, new Span(size, block, 1));
        fetched += size.lengthOf(block, sample.length());
        // Kept or not, the viewer goes on with the bytes that came.
        at = Math.min(to, size.start(block) + size.bytes());
      }
    }
    return fetched;
  }

  void readsAll(SampleEdition sample) {
    assertThat(readAndCompare(sample, 0, sample.length())).isEqualTo(sample.length());
  }

  List<Path> files(String suffix) {
    try (var files = Files.walk(directory)) {
      return files.filter(f -> f.toString().endsWith(suffix)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path file(String suffix) {
    List<Path> found = files(suffix);
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  /** Flips a bit as someone else would. */
  static void flip(Path file, long at) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, at);
      one.put(0, (byte) (one.get(0) ^ 4));
      channel.write(one.flip(), at);
    }
  }

  static void overwrite(Path file, long at, byte[] bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), at);
    }
  }

  @Override
  public void close() {
    store.close();
  }
}
