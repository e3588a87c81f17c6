package org.p2pd.publish;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Title;
import org.p2pd.tree.TreeHasher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hashing of one file: opened once, its regions hashed in any order by several threads, then
 * finished once.
 *
 * <p>Which regions are handed out is the {@link HashQueue}'s business, under its lock; the methods
 * here do the work without it.
 */
final class HashJob {

  private static final Logger log = LoggerFactory.getLogger(HashJob.class);

  /** The level of the hash tree whose nodes are whole regions. */
  private static final int REGION_LEVEL = new BlockSize(BlockSize.REGION_BYTES).level();

  private final Title title;
  private final Finder finder;
  private final HashFile.Subject subject;
  private final HashFiles places;
  private final boolean kept;
  private volatile @Nullable FileChannel media;
  private volatile @Nullable HashFile hashes;
  private volatile @Nullable Hash root; // of a file without a hash file
  private volatile @Nullable HashOutcome failure;

  HashJob(
      Title title,
      Finder finder,
      FileStat expected,
      DigestAlgorithm digest,
      BlockSize blockSize,
      HashFiles places) {
    this.title = title;
    this.finder = finder;
    this.subject = new HashFile.Subject(digest, blockSize.level(), expected);
    this.places = places;
    this.kept = HashFile.isNeeded(expected.sizeBytes(), blockSize.level());
  }

  Title title() {
    return title;
  }

  FileStat expected() {
    return subject.stat();
  }

  long regionCount() {
    return HashFile.regionCount(expected().sizeBytes());
  }

  /** Opens the files; gives the number of regions that an earlier run hashed already. */
  long open() {
    try (Finding found = finder.at(title)) {
      if (!found.isStill(expected())) {
        fail(new HashOutcome.Changed(title, expected()));
        return 0;
      }
      media = found.open();
    } catch (IOException e) {
      fail(new HashOutcome.Unreadable(title, expected(), e));
      return 0;
    }
    if (!kept) {
      return 0;
    }
    try {
      Path place = places.unfinished(title);
      long done = Math.min(HashFile.regionsDone(place, subject), regionCount());
      hashes = done > 0 ? HashFile.open(place, subject) : HashFile.create(place, subject);
      if (done > 0) {
        log.info("hashing of {} goes on at {} MiB", title, done);
      }
      return done;
    } catch (IOException e) {
      fail(new HashOutcome.Unkept(title, expected(), e));
      return 0;
    }
  }

  /** Hashes one region. The buffer has the capacity of a region. */
  void hash(long region, ByteBuffer buffer, TreeHasher hasher) {
    FileChannel from = media;
    if (from == null || failure != null) {
      return;
    }
    long start = region * BlockSize.REGION_BYTES;
    int length = (int) Math.min(BlockSize.REGION_BYTES, expected().sizeBytes() - start);
    try {
      buffer.clear().limit(length);
      HashFile.readFully(from, buffer, start);
      buffer.flip();
    } catch (EOFException e) {
      fail(new HashOutcome.Changed(title, expected()));
      return;
    } catch (IOException e) {
      fail(new HashOutcome.Unreadable(title, expected(), e));
      return;
    }
    HashFile to = hashes;
    if (to == null) {
      root = hasher.block(buffer); // one block is all there is
      return;
    }
    try {
      to.putBlocks(region << (REGION_LEVEL - subject.blockLevel()), blockHashes(buffer, hasher));
    } catch (IOException e) {
      fail(new HashOutcome.Unkept(title, expected(), e));
    }
  }

  private byte[] blockHashes(ByteBuffer region, TreeHasher hasher) {
    int blockBytes = BlockSize.LEAF_BYTES << subject.blockLevel();
    int end = region.limit();
    byte[] blocks = new byte[(end + blockBytes - 1) / blockBytes * Hash.BYTES];
    for (int at = 0; at < blocks.length; at += Hash.BYTES) {
      region.limit(Math.min(end, region.position() + blockBytes));
      hasher.block(region).copyTo(blocks, at);
    }
    return blocks;
  }

  /** Remembers that all regions before this one are hashed. */
  synchronized void progress(long regionsDone) {
    HashFile to = hashes;
    if (to == null || failure != null) {
      return;
    }
    try {
      to.progress(subject, regionsDone);
    } catch (IOException e) {
      fail(new HashOutcome.Unkept(title, expected(), e));
    }
  }

  /**
   * Comes to the end when all regions are hashed or one failed. Closes the files. The hash file
   * gets its final place from whoever hears of the outcome: until then nobody knows that the
   * edition is needed, and its old hashes may be thrown away.
   */
  synchronized HashOutcome finish() {
    HashOutcome failed = failure;
    if (failed != null) {
      close();
      return failed;
    }
    Edition edition;
    try {
      edition = new Edition(subject.digest(), expected().sizeBytes(), computeRoot());
    } catch (IOException e) {
      close();
      return new HashOutcome.Unkept(title, expected(), e);
    }
    try (Finding found = finder.at(title)) {
      // The last look comes after the last read: what was read is what lies there.
      if (!found.isStill(expected())) {
        return new HashOutcome.Changed(title, expected());
      }
    } catch (IOException e) {
      return new HashOutcome.Unreadable(title, expected(), e);
    } finally {
      close();
    }
    return new HashOutcome.Hashed(title, expected(), edition);
  }

  private Hash computeRoot() throws IOException {
    HashFile file = hashes;
    if (file != null) {
      progress(regionCount());
      return file.finish();
    }
    Hash only = root;
    return only == null ? TreeHasher.emptyRoot(subject.digest()) : only;
  }

  private void fail(HashOutcome outcome) {
    failure = outcome;
  }

  boolean hasFailed() {
    return failure != null;
  }

  /** Closes the files; what was hashed stays to be gone on with. */
  synchronized void close() {
    closeQuietly(media);
    closeQuietly(hashes);
    media = null;
    hashes = null;
  }

  private void closeQuietly(@Nullable Closeable open) {
    if (open == null) {
      return;
    }
    try {
      open.close();
    } catch (IOException e) {
      log.warn("closing the files of {}: {}", title, e.toString());
    }
  }
}
