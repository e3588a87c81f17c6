package org.p2pd.store;

import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.roaringbitmap.ImmutableBitmapDataProvider;
import org.roaringbitmap.RoaringBitmap;

/**
 * What was held of one edition at one moment, leaf by leaf. Immutable; takes a few bytes for each
 * stretch that is held, at most 8 KiB for each GiB of the edition.
 */
public final class HeldLeaves {

  private final Edition edition;
  private final RoaringBitmap leaves;

  private HeldLeaves(Edition edition, RoaringBitmap leaves) {
    this.edition = edition;
    this.leaves = leaves;
  }

  public static HeldLeaves none(Edition edition) {
    return new HeldLeaves(edition, new RoaringBitmap());
  }

  /**
   * Those of an edition's leaves, which are copied.
   *
   * @throws IllegalArgumentException if the edition has not so many
   */
  public static HeldLeaves of(Edition edition, RoaringBitmap leaves) {
    long count = leafCount(edition);
    if (!leaves.isEmpty() && Integer.toUnsignedLong(leaves.last()) >= count) {
      throw new IllegalArgumentException(edition + " has " + count + " leaves");
    }
    RoaringBitmap copy = leaves.clone();
    copy.runOptimize();
    return new HeldLeaves(edition, copy);
  }

  public Edition edition() {
    return edition;
  }

  /** How many leaves an edition has; the last one may be shorter. */
  public static int leafCount(Edition edition) {
    return LEAVES.blockCount(edition.lengthBytes());
  }

  /** How many bytes are held. */
  public long bytes() {
    long bytes = leaves.getLongCardinality() * BlockSize.LEAF_BYTES;
    int last = leafCount(edition) - 1;
    return last >= 0 && leaves.contains(last)
        ? bytes - BlockSize.LEAF_BYTES + LEAVES.lengthOf(last, edition.lengthBytes())
        : bytes;
  }

  /** Whether every byte of the range is held. */
  public boolean holds(ByteRange range) {
    return heldUntil(range.first()) > range.last();
  }

  /** The end (exclusive) of the held bytes that begin at {@code position}; itself if none does. */
  public long heldUntil(long position) {
    int leaf = LEAVES.blockAt(position);
    return leaves.contains(leaf)
        ? Math.min(LEAVES.start((int) leaves.nextAbsentValue(leaf)), edition.lengthBytes())
        : position;
  }

  /** The held leaves, by their numbers. */
  public ImmutableBitmapDataProvider leaves() {
    return leaves;
  }

  /** The same as a bitmap of the caller's own. */
  public RoaringBitmap toBitmap() {
    return leaves.clone();
  }

  /** The blocks of that size all of whose bytes are held, by their numbers. */
  public ImmutableBitmapDataProvider blocks(BlockSize size) {
    RoaringBitmap blocks = new RoaringBitmap();
    long leaf = leaves.nextValue(0);
    while (leaf >= 0) {
      long end = leaves.nextAbsentValue((int) leaf);
      int first = size.firstFrom(LEAVES.start((int) leaf));
      int after =
          size.endUntil(
              Math.min(LEAVES.start((int) end), edition.lengthBytes()), edition.lengthBytes());
      if (first < after) {
        blocks.add((long) first, after);
      }
      leaf = leaves.nextValue((int) end);
    }
    return blocks;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HeldLeaves held
        && edition.equals(held.edition)
        && leaves.equals(held.leaves);
  }

  @Override
  public int hashCode() {
    return 31 * edition.hashCode() + leaves.hashCode();
  }

  @Override
  public String toString() {
    return bytes() + " bytes of " + edition;
  }

  private static final BlockSize LEAVES = new BlockSize(BlockSize.LEAF_BYTES);
}
