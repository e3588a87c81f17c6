package org.p2pd.holdings;

import java.util.ArrayDeque;
import java.util.Deque;
import org.roaringbitmap.RoaringBitmap;

/**
 * Which leaves were touched last. All that is touched until somebody is told is one version,
 * however much it is: films are filled in thousands of blocks. Guarded by its owner's lock.
 */
final class LeafChanges implements Changes {

  private final int remembered;

  /** Of the last versions, the oldest first. */
  private final Deque<RoaringBitmap> told = new ArrayDeque<>();

  private RoaringBitmap untold = new RoaringBitmap();
  private long version = 1;

  /**
   * Nothing was touched.
   *
   * @param remembered how many versions are; the oldest is forgotten first
   */
  LeafChanges(int remembered) {
    this.remembered = remembered;
  }

  void touch(long first, long end) {
    untold.add(first, end);
  }

  void touch(RoaringBitmap leaves) {
    untold.or(leaves);
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public boolean reaches(long since) {
    return since >= 1 && since <= version && version - since <= told.size();
  }

  @Override
  public boolean follows(long since) {
    return version > since || !untold.isEmpty();
  }

  /** Who is told last of a version does not begin another one: that can wait with the others. */
  @Override
  public long upTo(long since) {
    if (since == version && !untold.isEmpty()) {
      told.addLast(untold);
      untold = new RoaringBitmap();
      version++;
      if (told.size() > remembered) {
        told.removeFirst();
      }
    }
    return version;
  }

  /** All that was touched after one version, up to and with another. */
  RoaringBitmap touched(long since, long upTo) {
    RoaringBitmap all = new RoaringBitmap();
    long at = version - told.size();
    for (RoaringBitmap leaves : told) {
      at++;
      if (at > since && at <= upTo) {
        all.or(leaves);
      }
    }
    return all;
  }
}
