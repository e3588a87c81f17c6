package org.p2pd.store;

/**
 * The most that things can take on disk, in bytes of {@code du}. Pure.
 *
 * <p>A file system keeps the places of a sparse file's pieces outside the inode once they are many.
 * ext4's tree, the largest of those measured, takes 4 KiB for 170 to 340 pieces beyond the first
 * four, and a piece has at least 4 KiB: less than 1/128 of the bytes, and two nodes half empty.
 */
final class Charges {

  private static final long UNIT = 4096;
  private static final long PIECES_IN_INODE = 4;
  private static final long PIECES_IN_ONE_NODE = 340;

  /** A hash page and its part of its file's tree. */
  static final long PAGE = UNIT + UNIT / 128;

  /** One name in a directory: at most 72 bytes, in leaves that may be half empty or worse. */
  static final long ENTRY = 256;

  /** A new directory. */
  static final long DIRECTORY = UNIT;

  /** Label, lock, the directory itself and {@code editions} with its 256 entries. */
  static final long GROUND = 8 * UNIT;

  private Charges() {}

  static long rounded(long bytes) {
    return (bytes + UNIT - 1) / UNIT * UNIT;
  }

  /** The bytes themselves, in a sparse file. */
  static long bytes(long lengthBytes) {
    long allocated = rounded(lengthBytes);
    return allocated + allocated / 128;
  }

  /** What a sparse file of that full length takes beside its bytes. */
  static long sparseFile(long lengthBytes) {
    long pieces = rounded(lengthBytes) / UNIT;
    if (pieces <= PIECES_IN_INODE) {
      return 0;
    }
    return pieces <= PIECES_IN_ONE_NODE ? UNIT : 2 * UNIT;
  }

  /** A file that is written whole. */
  static long wholeFile(long lengthBytes) {
    return bytes(lengthBytes) + sparseFile(lengthBytes);
  }

  /** A new extent: the data file's last byte, the sidecar's header and slots, both trees. */
  static long extent(ExtentShape shape) {
    return UNIT
        + sparseFile(shape.lengthBytes())
        + bytes(shape.slotsEnd())
        + sparseFile(shape.sidecarBytes());
  }

  /** What slots may take that are not written yet; the sidecar's first 4 KiB always are. */
  static long slotsToCome(ExtentShape shape) {
    return bytes(shape.slotsEnd()) - bytes(UNIT);
  }

  /** A new tree file: its last byte and its tree. */
  static long tree(long lengthBytes) {
    return lengthBytes == 0 ? 0 : UNIT + sparseFile(lengthBytes);
  }
}
