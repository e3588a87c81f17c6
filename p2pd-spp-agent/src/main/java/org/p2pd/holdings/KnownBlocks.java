package org.p2pd.holdings;

import org.p2pd.model.BlockSize;
import org.roaringbitmap.RoaringBitmap;

/** Which blocks of an edition one node claims. Guarded by its owner's lock. */
final class KnownBlocks {

  private final BlockSize size;
  private final RoaringBitmap blocks = new RoaringBitmap();

  KnownBlocks(BlockSize size) {
    this.size = size;
  }

  void take(BlockNews news) {
    if (news.anew()) {
      blocks.clear();
    }
    for (BlockRun run : news.runs()) {
      if (run.held()) {
        blocks.add((long) run.first(), run.end());
      } else {
        blocks.remove((long) run.first(), run.end());
      }
    }
    blocks.runOptimize();
  }

  BlockSize size() {
    return size;
  }

  /** The end (exclusive) of the claimed bytes from a position on; itself if none are. */
  long until(long position, long lengthBytes) {
    int block = size.blockAt(position);
    return blocks.contains(block)
        ? Math.min(size.start((int) blocks.nextAbsentValue(block)), lengthBytes)
        : position;
  }
}
