package org.p2pd.publish;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.stream.Stream;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Title;

/**
 * Measures how fast files are hashed, from the page cache, with one thread and with all cores.
 *
 * <p>{@code java -cp … org.p2pd.publish.HashingSpeed DIR [MiB]}: the median of five rounds each.
 */
public final class HashingSpeed {

  private static final int ROUNDS = 5;

  private HashingSpeed() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory(Path.of(args[0]), "hashing");
    int mib = args.length > 1 ? Integer.parseInt(args[1]) : 1024;
    try {
      Path file = directory.resolve("large");
      fill(file, mib);
      for (DigestAlgorithm digest : DigestAlgorithm.values()) {
        for (int threads : new int[] {1, Runtime.getRuntime().availableProcessors()}) {
          double[] rates = new double[ROUNDS];
          long cpuBefore = cpuNanos();
          for (int round = 0; round < ROUNDS; round++) {
            rates[round] = measure(directory, file, digest, threads);
          }
          java.util.Arrays.sort(rates);
          System.out.printf(
              "%s, %d thread(s), %d MiB: %.0f MB/s (%.0f to %.0f), %.0f MB per CPU second%n",
              digest.wireName(),
              threads,
              mib,
              rates[ROUNDS / 2],
              rates[0],
              rates[ROUNDS - 1],
              ROUNDS * (double) Files.size(file) * 1000 / (cpuNanos() - cpuBefore));
        }
      }
    } finally {
      try (Stream<Path> all = Files.walk(directory)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  /** Of the whole process: what a loaded machine does not blur. */
  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean)
            java.lang.management.ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static double measure(Path directory, Path file, DigestAlgorithm digest, int threads)
      throws IOException, InterruptedException {
    HashFiles places = new HashFiles(directory);
    HashQueue queue = new HashQueue();
    BlockingQueue<HashOutcome> outcomes = new ArrayBlockingQueue<>(1);
    List<ByteBuffer> buffers = new BufferPool((long) threads << 20).keep(threads);
    try (HashWorkers workers = new HashWorkers(queue, digest, buffers, outcomes::add).start()) {
      FileStat stat = FileStat.of(file);
      long start = System.nanoTime();
      Finder finder = PublicDirectory.finder(new PublicTree(directory), false);
      Title title = new Title("/" + file.getFileName());
      queue.add(new HashJob(title, finder, stat, digest, BlockSize.DEFAULT, places));
      outcomes.take();
      return stat.sizeBytes() * 1000.0 / (System.nanoTime() - start);
    }
  }

  private static void fill(Path file, int mib) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int i = 0; i < mib; i++) {
        channel.write(ByteBuffer.wrap(PublicDirectory.random(1 << 20, i)));
      }
    }
  }
}
