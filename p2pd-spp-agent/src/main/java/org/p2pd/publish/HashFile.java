package org.p2pd.publish;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Hash;
import org.p2pd.tree.TreeHasher;
import org.p2pd.tree.TreeNode;
import org.p2pd.tree.TreeShape;

/**
 * The hashes of one file: those of its blocks and of all levels above, flat, level by level.
 *
 * <p>A head of 128 bytes (magic, format, digest, block level, the file's stat, regions done,
 * CRC32C), then the block level from left to right, then the next level, up to the root. Where a
 * hash lies follows from the file's length. While a file is hashed, regions done counts those from
 * the start whose hashes are on the disk: there hashing goes on after a restart.
 *
 * <p>Thread-safe as far as different nodes are concerned.
 */
final class HashFile implements Closeable {

  static final int HEAD_BYTES = 128;

  private static final long MAGIC = 0x70327064_68617368L; // "p2pdhash"
  private static final int FORMAT = 1;
  private static final int CHUNK_HASHES = 2048;

  /** What a hash file is about. */
  record Subject(DigestAlgorithm digest, int blockLevel, FileStat stat) {
    TreeShape shape() {
      return new TreeShape(stat.sizeBytes());
    }
  }

  private final FileChannel channel;
  private final DigestAlgorithm digest;
  private final int blockLevel;
  private final TreeShape shape;
  private final long[] levelStart;

  private HashFile(FileChannel channel, DigestAlgorithm digest, int blockLevel, TreeShape shape) {
    this.channel = channel;
    this.digest = digest;
    this.blockLevel = blockLevel;
    this.shape = shape;
    this.levelStart = new long[shape.rootLevel() + 1];
    long at = HEAD_BYTES;
    for (int level = blockLevel; level <= shape.rootLevel(); level++) {
      levelStart[level] = at;
      at += shape.width(level) * Hash.BYTES;
    }
  }

  /** Whether an edition of that length needs a hash file: with one block its root says it all. */
  static boolean isNeeded(long lengthBytes, int blockLevel) {
    return new TreeShape(lengthBytes).rootLevel() > blockLevel;
  }

  /** A new one, in place of what may lie there. */
  static HashFile create(Path path, Subject subject) throws IOException {
    // A job that was given up may still be writing to the one before: it keeps its own file.
    Files.deleteIfExists(path);
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    HashFile file = new HashFile(channel, subject.digest(), subject.blockLevel(), subject.shape());
    file.writeHead(subject, 0);
    return file;
  }

  /** An unfinished one to go on with. */
  static HashFile open(Path path, Subject subject) throws IOException {
    return new HashFile(
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE),
        subject.digest(),
        subject.blockLevel(),
        subject.shape());
  }

  /** A finished one, for reading: its own head says at which block level it is. */
  static HashFile openFinished(Path path, DigestAlgorithm digest, long lengthBytes)
      throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      ByteBuffer head = readHead(channel);
      int level = head.getInt(16);
      TreeShape shape = new TreeShape(lengthBytes);
      boolean fits =
          head.getInt(12) == digest.code()
              && head.getLong(24) == lengthBytes
              && level >= 0
              && level <= shape.rootLevel();
      if (!fits) {
        throw new IOException(path + " holds the hashes of something else");
      }
      return new HashFile(channel, digest, level, shape);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** How many regions of that very file are hashed already; 0 if it is about anything else. */
  static long regionsDone(Path path, Subject subject) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      ByteBuffer head = readHead(channel);
      long done = head.getLong(56);
      boolean same = head.slice(0, 56).equals(head(subject, done).slice(0, 56));
      return same && done >= 0 ? done : 0;
    } catch (IOException e) {
      return 0; // Nothing to go on with costs only the hashing that it would have saved.
    }
  }

  private static ByteBuffer readHead(FileChannel channel) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
    readFully(channel, head, 0);
    boolean valid =
        head.getLong(0) == MAGIC
            && head.getInt(8) == FORMAT
            && head.getInt(HEAD_BYTES - Integer.BYTES) == checksum(head);
    if (!valid) {
      throw new IOException("not a hash file, or damaged");
    }
    return head;
  }

  private static ByteBuffer head(Subject subject, long regionsDone) {
    ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
    head.putLong(0, MAGIC)
        .putInt(8, FORMAT)
        .putInt(12, subject.digest().code())
        .putInt(16, subject.blockLevel())
        .putLong(24, subject.stat().sizeBytes())
        .putLong(32, subject.stat().inode())
        .putLong(40, subject.stat().modifiedNanos())
        .putLong(48, subject.stat().changedNanos())
        .putLong(56, regionsDone);
    return head.putInt(HEAD_BYTES - Integer.BYTES, checksum(head));
  }

  private static int checksum(ByteBuffer head) {
    CRC32C crc = new CRC32C();
    crc.update(head.slice(0, HEAD_BYTES - Integer.BYTES));
    return (int) crc.getValue();
  }

  private void writeHead(Subject subject, long regionsDone) throws IOException {
    writeFully(head(subject, regionsDone), 0);
  }

  /** Makes sure that what was written so far survives, then says how far that is. */
  void progress(Subject subject, long regionsDone) throws IOException {
    channel.force(false);
    writeHead(subject, regionsDone);
  }

  int blockLevel() {
    return blockLevel;
  }

  /** Writes consecutive hashes of the block level, 32 bytes each. */
  void putBlocks(long firstBlock, byte[] hashes) throws IOException {
    writeFully(ByteBuffer.wrap(hashes), offset(blockLevel, firstBlock));
  }

  /** The hash of a node on the block level or above. */
  Hash at(TreeNode node) throws IOException {
    return Hash.of(read(node.level(), node.index(), 1));
  }

  /** Consecutive hashes of one level, 32 bytes each. */
  byte[] read(int level, long first, int count) throws IOException {
    if (level < blockLevel || first + count > shape.width(level)) {
      throw new IllegalArgumentException("hashes " + level + "/" + first + "+" + count);
    }
    ByteBuffer hashes = ByteBuffer.allocate(count * Hash.BYTES);
    readFully(channel, hashes, offset(level, first));
    return hashes.array();
  }

  /** Computes all levels above the blocks' and gives the root. */
  Hash finish() throws IOException {
    TreeHasher hasher = new TreeHasher(digest);
    for (int level = blockLevel + 1; level <= shape.rootLevel(); level++) {
      foldLevel(hasher, level);
    }
    channel.force(false);
    return at(shape.root());
  }

  private void foldLevel(TreeHasher hasher, int level) throws IOException {
    long below = shape.width(level - 1);
    for (long first = 0; first < below; first += CHUNK_HASHES) {
      int count = (int) Math.min(CHUNK_HASHES, below - first);
      byte[] children = read(level - 1, first, count);
      byte[] parents = new byte[(count + 1) / 2 * Hash.BYTES];
      for (int i = 0; i < count; i += 2) {
        Hash left = Hash.of(children, i * Hash.BYTES);
        Hash parent =
            i + 1 < count ? hasher.inner(left, Hash.of(children, (i + 1) * Hash.BYTES)) : left;
        parent.copyTo(parents, i / 2 * Hash.BYTES);
      }
      writeFully(ByteBuffer.wrap(parents), offset(level, first / 2));
    }
  }

  private long offset(int level, long index) {
    return levelStart[level] + index * Hash.BYTES;
  }

  private void writeFully(ByteBuffer from, long position) throws IOException {
    long at = position;
    while (from.hasRemaining()) {
      at += channel.write(from, at);
    }
  }

  /** Fills the buffer from the file, or fails. */
  static void readFully(FileChannel channel, ByteBuffer to, long position) throws IOException {
    long at = position;
    while (to.hasRemaining()) {
      int read = channel.read(to, at);
      if (read < 0) {
        throw new EOFException("the file ends at " + at);
      }
      at += read;
    }
  }

  static long regionCount(long lengthBytes) {
    return (lengthBytes + BlockSize.REGION_BYTES - 1) / BlockSize.REGION_BYTES;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
