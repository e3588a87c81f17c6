package org.p2pd.holdings;

import org.p2pd.model.BlockSize;
import org.roaringbitmap.RoaringBitmap;

/**
 * The blocks of one size all of whose leaves are in a set, which is looked at and not copied. Pure.
 */
record WholeBlocks(RoaringBitmap leaves, long lengthBytes, BlockSize size) {

  private static final BlockSize LEAF = new BlockSize(BlockSize.LEAF_BYTES);

  int count() {
    return size.blockCount(lengthBytes);
  }

  int leavesEach() {
    return size.bytes() / BlockSize.LEAF_BYTES;
  }

  /** The first whole block from a leaf on; {@link #count} if there is none. */
  int next(long leaf) {
    long from = leaf;
    while (from <= Integer.MAX_VALUE) {
      long begin = leaves.nextValue((int) from);
      if (begin < 0) {
        break;
      }
      int block = size.firstFrom(LEAF.start((int) begin));
      if (block < count() && end(block) > block) {
        return block;
      }
      from = leaves.nextAbsentValue((int) begin);
    }
    return count();
  }

  /** The end (exclusive) of the whole blocks from a block on; itself if it is none. */
  int end(int block) {
    int firstLeaf = LEAF.blockAt(size.start(block));
    if (!leaves.contains(firstLeaf)) {
      return block;
    }
    long heldUntil = LEAF.start((int) leaves.nextAbsentValue(firstLeaf));
    return Math.max(block, size.endUntil(Math.min(heldUntil, lengthBytes), lengthBytes));
  }
}
