package org.p2pd.holdings;

import java.util.OptionalLong;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.store.HeldLeaves;
import org.roaringbitmap.RoaringBitmap;

/**
 * What this node holds of one edition, leaf by leaf, and where that changed last. Guarded by its
 * owner's lock.
 *
 * <p>It is made before the store is asked, and what the store tells meanwhile is noted: then no
 * order of the two loses anything.
 */
final class OwnBlocks {

  private static final long LEVEL_BITS = 7;

  private final Edition edition;
  private final LeafChanges changes;

  /** The last three bits are free for the level of the block size in which it is told. */
  private final long life;

  private RoaringBitmap leaves = new RoaringBitmap();

  /** What went since this was made, as long as the store has not said what it holds. */
  private RoaringBitmap goneMeanwhile = new RoaringBitmap();

  private boolean learned;
  private long askedNanos;

  /**
   * Nothing is known yet.
   *
   * @param remembered versions: an asker that missed more is told everything
   */
  OwnBlocks(Edition edition, long life, int remembered) {
    this.edition = edition;
    this.changes = new LeafChanges(remembered);
    this.life = life & ~LEVEL_BITS;
  }

  boolean isLearned() {
    return learned;
  }

  void asked(long nowNanos) {
    askedNanos = nowNanos;
  }

  long askedNanos() {
    return askedNanos;
  }

  /** What the store says that it holds, asked after this was made. */
  void learn(HeldLeaves held) {
    if (learned) {
      return;
    }
    RoaringBitmap all = held.toBitmap();
    all.andNot(goneMeanwhile);
    all.or(leaves);
    become(all);
  }

  /** What the store holds, told in its place among the other news. */
  void counted(HeldLeaves held) {
    RoaringBitmap all = held.toBitmap();
    changes.touch(RoaringBitmap.xor(all, leaves));
    become(all);
  }

  private void become(RoaringBitmap all) {
    leaves = all;
    goneMeanwhile = new RoaringBitmap();
    learned = true;
  }

  void held(ByteRange range) {
    long first = range.first() / BlockSize.LEAF_BYTES;
    long end = range.last() / BlockSize.LEAF_BYTES + 1;
    leaves.add(first, end);
    goneMeanwhile.remove(first, end);
    changes.touch(first, end);
  }

  void gone(ByteRange range) {
    long first = range.first() / BlockSize.LEAF_BYTES;
    long end = range.last() / BlockSize.LEAF_BYTES + 1;
    leaves.remove(first, end);
    if (!learned) {
      goneMeanwhile.add(first, end);
    }
    changes.touch(first, end);
  }

  boolean hasNews(HoldingsCursor cursor, BlockSize size) {
    return Course.hasNews(cursor, lifeIn(size), changes);
  }

  boolean isUrgent(HoldingsCursor cursor, BlockSize size) {
    return Course.isUrgent(cursor, lifeIn(size), changes);
  }

  /** A cursor of another size is one of another life. */
  private long lifeIn(BlockSize size) {
    return life | size.level();
  }

  BlockNews after(HoldingsCursor cursor, BlockSize size, int maxRuns) {
    boolean within = cursor.place() >= 0 && cursor.place() <= HeldLeaves.leafCount(edition);
    Course course = Course.of(within ? cursor : HoldingsCursor.BEGIN, lifeIn(size), changes);
    WholeBlocks blocks = new WholeBlocks(leaves, edition.lengthBytes(), size);
    RunList runs = new RunList(maxRuns);
    OptionalLong rest =
        course.isOfAll()
            ? runs.addHeld(blocks, course.place())
            : runs.addStates(blocks, touched(course));
    return new BlockNews(
        course.beginsAnew(),
        rest.isPresent(),
        course.next(lifeIn(size), rest).toString(),
        runs.toList());
  }

  private RoaringBitmap touched(Course course) {
    RoaringBitmap touched = changes.touched(course.since(), course.upTo());
    touched.remove(0L, course.place());
    return touched;
  }
}
