package org.p2pd.model;

/**
 * A node's unit of transfer and storage: a power of two from 16 KiB (one leaf) to 1 MiB (a region).
 *
 * @param bytes the size of every block but an edition's last
 */
public record BlockSize(int bytes) {

  /** The smallest piece of an edition that can be verified, in bytes. */
  public static final int LEAF_BYTES = 16 * 1024;

  /** The aligned stretch within which one request stays, in bytes. */
  public static final int REGION_BYTES = 1024 * 1024;

  public static final BlockSize DEFAULT = new BlockSize(64 * 1024);

  public BlockSize {
    if (bytes < LEAF_BYTES || bytes > REGION_BYTES || Integer.bitCount(bytes) != 1) {
      throw new IllegalArgumentException(
          "a block size is a power of two from 16 KiB to 1 MiB, not " + bytes);
    }
  }

  /** The level of the hash tree on which this size's blocks lie: 0 for 16 KiB, 6 for 1 MiB. */
  public int level() {
    return Integer.numberOfTrailingZeros(bytes / LEAF_BYTES);
  }

  public int blocksPerRegion() {
    return REGION_BYTES / bytes;
  }

  /** How many blocks an edition of that length has; none if it is empty. */
  public int blockCount(long lengthBytes) {
    return Math.toIntExact((lengthBytes + bytes - 1) / bytes);
  }

  /** The block that holds the byte at {@code position}. */
  public int blockAt(long position) {
    return Math.toIntExact(position / bytes);
  }

  /** The position of a block's first byte. */
  public long start(int block) {
    return (long) block * bytes;
  }

  /** The bytes of one block; the last block of an edition may be shorter. */
  public int lengthOf(int block, long editionLengthBytes) {
    return (int) Math.min(bytes, editionLengthBytes - start(block));
  }

  /** The first block that begins at {@code position} or behind it. */
  public int firstFrom(long position) {
    return Math.toIntExact((position + bytes - 1) / bytes);
  }

  /**
   * The end (exclusive) of the blocks that end at {@code end} or before it. An edition's last block
   * ends where the edition does.
   */
  public int endUntil(long end, long editionLengthBytes) {
    return end == editionLengthBytes ? blockCount(end) : blockAt(end);
  }

  @Override
  public String toString() {
    return bytes / 1024 + " KiB";
  }
}
