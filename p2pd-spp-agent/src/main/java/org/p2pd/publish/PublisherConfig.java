package org.p2pd.publish;

import com.google.common.base.Ticker;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;

/**
 * All that a publisher is told at start.
 *
 * @param publicDirectory what is published; never written to
 * @param stateDirectory the node's state directory; the publisher keeps its own below {@code
 *     publish/} in it
 * @param digest of newly published editions
 * @param blockSize at which hashes are kept
 * @param settle quiet time after which a file of unseen writer counts as copied
 * @param followSymlinks whether symbolic links may leave the public directory
 * @param trustFiles the owner promises to replace files by rename only
 * @param scanInterval time between full scans where events are seen; where they are not, it is at
 *     most {@link #BLIND_SCAN_INTERVAL}
 * @param hashThreads how many regions are hashed at once, if the memory allows
 * @param memoryBytes all memory for bytes of video, off the heap; at least 4 MiB. Hashing takes 1
 *     MiB a thread, at most a quarter in all; proofs take 1 MiB; the rest is for blocks on their
 *     way to readers
 * @param clock for comparing with files' dates
 * @param ticker for all waiting
 */
public record PublisherConfig(
    Path publicDirectory,
    Path stateDirectory,
    DigestAlgorithm digest,
    BlockSize blockSize,
    Duration settle,
    boolean followSymlinks,
    boolean trustFiles,
    Duration scanInterval,
    int hashThreads,
    long memoryBytes,
    Clock clock,
    Ticker ticker) {

  /** How long the scan waits where changes cannot be seen as events. */
  public static final Duration BLIND_SCAN_INTERVAL = Duration.ofSeconds(5);

  /** For each of hashing, proving and reading the largest block, and one more to read. */
  static final long MIN_MEMORY_BYTES = 4L * BlockSize.REGION_BYTES;

  public PublisherConfig {
    if (settle.isNegative() || scanInterval.isNegative() || scanInterval.isZero()) {
      throw new IllegalArgumentException("settle " + settle + ", scan every " + scanInterval);
    }
    if (hashThreads < 1 || memoryBytes < MIN_MEMORY_BYTES) {
      throw new IllegalArgumentException(
          hashThreads + " hashing threads, " + memoryBytes + " bytes of memory");
    }
    publicDirectory = publicDirectory.toAbsolutePath().normalize();
    stateDirectory = stateDirectory.toAbsolutePath().normalize();
  }

  /** The usual: SHA-256, 64 KiB blocks, 10 s of quiet, a scan a minute, all cores, 32 MiB. */
  public static PublisherConfig standard(Path publicDirectory, Path stateDirectory) {
    return new PublisherConfig(
        publicDirectory,
        stateDirectory,
        DigestAlgorithm.SHA_256,
        BlockSize.DEFAULT,
        Duration.ofSeconds(10),
        false,
        false,
        Duration.ofMinutes(1),
        Runtime.getRuntime().availableProcessors(),
        32L << 20,
        Clock.systemUTC(),
        Ticker.systemTicker());
  }

  /** How many threads hash, each with a MiB of the memory. */
  int affordableHashThreads() {
    long affordable = memoryBytes / 4 / BlockSize.REGION_BYTES;
    return (int) Math.min(hashThreads, affordable);
  }
}
