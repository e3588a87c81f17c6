package org.p2pd.publish;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Title;
import org.p2pd.tree.TreeHasher;
import org.p2pd.tree.TreeNode;
import org.p2pd.tree.TreeShape;

/**
 * A hashed file and its hashes, held open. Who has it open goes on reading what lies in that inode,
 * even after another file took its name.
 */
final class OpenMedia implements Closeable {

  private final HashedFile file;
  private final FileChannel media;
  private final @Nullable HashFile hashes;
  private final TreeShape shape;

  private OpenMedia(HashedFile file, FileChannel media, @Nullable HashFile hashes) {
    this.file = file;
    this.media = media;
    this.hashes = hashes;
    this.shape = new TreeShape(file.edition().lengthBytes());
  }

  /** The hashes of a file are gone or damaged: it has to be hashed again. */
  static final class HashesLostException extends IOException {
    HashesLostException(IOException cause) {
      super("kept hashes: " + cause.getMessage(), cause);
    }
  }

  /** By the file's name lies another one, or the same rewritten. */
  static final class ReplacedException extends IOException {
    ReplacedException(Title title) {
      super(title + " is not the file that was hashed");
    }
  }

  static OpenMedia open(HashedFile file, HashFiles places, Finder finder) throws IOException {
    FileChannel media = openMedia(file, finder);
    try {
      return new OpenMedia(file, media, openHashes(file.edition(), places));
    } catch (IOException e) {
      media.close();
      throw new HashesLostException(e);
    }
  }

  private static FileChannel openMedia(HashedFile file, Finder finder) throws IOException {
    try (Finding found = finder.at(file.title())) {
      if (found.likeness(file.stat()) == FileStat.Likeness.DIFFERENT) {
        throw new ReplacedException(file.title());
      }
      return found.open();
    }
  }

  private static @Nullable HashFile openHashes(Edition edition, HashFiles places)
      throws IOException {
    try {
      return HashFile.openFinished(places.of(edition), edition.digest(), edition.lengthBytes());
    } catch (NoSuchFileException e) {
      if (edition.lengthBytes() <= BlockSize.REGION_BYTES) {
        return null; // what fits a region is verified by its root
      }
      throw e;
    }
  }

  HashedFile file() {
    return file;
  }

  Edition edition() {
    return file.edition();
  }

  /** The level of the hash tree on which hashes are kept. */
  int keptLevel() {
    return hashes == null ? shape.rootLevel() : hashes.blockLevel();
  }

  /** The size of the pieces whose hashes are kept. */
  BlockSize keptBlockSize() {
    return new BlockSize(BlockSize.LEAF_BYTES << keptLevel());
  }

  /** Consecutive hashes of the kept level, 32 bytes each. */
  byte[] keptHashes(int firstBlock, int count) throws IOException {
    return hashes == null
        ? edition().root().toBytes()
        : hashes.read(hashes.blockLevel(), firstBlock, count);
  }

  /** A node's hash: as kept, or below the kept level computed from the file as it is now. */
  Hash hash(TreeNode node, TreeHasher hasher, ProofBuffers.Loan buffer) throws IOException {
    if (node.equals(shape.root())) {
      return edition().root();
    }
    if (hashes != null && node.level() >= hashes.blockLevel()) {
      return hashes.at(node);
    }
    long start = node.firstLeaf() * BlockSize.LEAF_BYTES;
    long length =
        Math.min((long) BlockSize.LEAF_BYTES << node.level(), shape.lengthBytes() - start);
    return hasher.fold(leaves(start, (int) length, hasher, buffer));
  }

  /**
   * The hashes of consecutive leaves, at most 1 MiB of them, as the file is now.
   *
   * @param start where the first begins
   * @param length up to where a leaf or the edition ends
   */
  byte[] leaves(long start, int length, TreeHasher hasher, ProofBuffers.Loan buffer)
      throws IOException {
    byte[] hashes =
        new byte[(length + BlockSize.LEAF_BYTES - 1) / BlockSize.LEAF_BYTES * Hash.BYTES];
    for (int at = 0, to = 0; at < length; at += BlockSize.LEAF_BYTES, to += Hash.BYTES) {
      ByteBuffer leaf = buffer.leaf(Math.min(BlockSize.LEAF_BYTES, length - at));
      read(leaf, start + at);
      hasher.leaf(leaf.flip()).copyTo(hashes, to);
    }
    return hashes;
  }

  /** Fills the buffer from the file as it is now. */
  void read(ByteBuffer to, long position) throws IOException {
    HashFile.readFully(media, to, position);
  }

  @Override
  public void close() throws IOException {
    try {
      media.close();
    } finally {
      if (hashes != null) {
        hashes.close();
      }
    }
  }
}
