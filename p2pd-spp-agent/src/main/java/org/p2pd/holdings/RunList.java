package org.p2pd.holdings;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.roaringbitmap.RoaringBitmap;

/** The runs of one answer, as many as it may have. Confined to its maker. */
final class RunList {

  private final int most;
  private final List<BlockRun> runs = new ArrayList<>();

  RunList(int most) {
    this.most = most;
  }

  List<BlockRun> toList() {
    return List.copyOf(runs);
  }

  /**
   * Adds all whole blocks from a leaf on.
   *
   * @return the leaf from which the rest is to be told; nothing if this was all
   */
  OptionalLong addHeld(WholeBlocks blocks, long fromLeaf) {
    int block = blocks.next(fromLeaf);
    while (block < blocks.count()) {
      if (runs.size() == most) {
        return leafOf(blocks, block);
      }
      int end = blocks.end(block);
      runs.add(new BlockRun(true, block, end - block));
      block = blocks.next((long) end * blocks.leavesEach());
    }
    return OptionalLong.empty();
  }

  /**
   * Adds what became of all blocks in which one of those leaves lies.
   *
   * @return the leaf from which the rest is to be told; nothing if this was all
   */
  OptionalLong addStates(WholeBlocks blocks, RoaringBitmap touched) {
    int each = blocks.leavesEach();
    int done = 0;
    long leaf = touched.nextValue(0);
    while (leaf >= 0) {
      long end = touched.nextAbsentValue((int) leaf);
      int block = Math.max(done, (int) (leaf / each));
      int last = (int) ((end + each - 1) / each);
      while (block < last) {
        if (runs.size() == most) {
          return leafOf(blocks, block);
        }
        block = addState(blocks, block, last);
      }
      done = block;
      leaf = touched.nextValue((int) end);
    }
    return OptionalLong.empty();
  }

  private int addState(WholeBlocks blocks, int block, int last) {
    int heldEnd = Math.min(last, blocks.end(block));
    boolean held = heldEnd > block;
    int end = held ? heldEnd : Math.min(last, blocks.next((long) block * blocks.leavesEach()));
    runs.add(new BlockRun(held, block, end - block));
    return end;
  }

  private static OptionalLong leafOf(WholeBlocks blocks, int block) {
    return OptionalLong.of((long) block * blocks.leavesEach());
  }
}
