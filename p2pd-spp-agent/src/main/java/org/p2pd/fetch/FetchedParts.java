package org.p2pd.fetch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.p2pd.model.BlockSize;
import org.roaringbitmap.RoaringBitmap;

/** Which parts of an edition one stream had to have fetched. Thread-safe. */
final class FetchedParts {

  @GuardedBy("this")
  private final RoaringBitmap leaves = new RoaringBitmap();

  /**
   * @param start of a block
   * @param end of the block, exclusive
   */
  synchronized void add(long start, long end) {
    leaves.add(leaf(start), leaf(end - 1) + 1);
  }

  synchronized boolean contains(long position) {
    return leaves.contains((int) leaf(position));
  }

  /** How many of the bytes from {@code first} to {@code end} (exclusive) lie in none of them. */
  synchronized long bytesOutside(long first, long end) {
    if (leaves.isEmpty()) {
      return end - first;
    }
    long outside = 0;
    for (long position = first; position < end; ) {
      long next = Math.min(end, (leaf(position) + 1) * BlockSize.LEAF_BYTES);
      if (!leaves.contains((int) leaf(position))) {
        outside += next - position;
      }
      position = next;
    }
    return outside;
  }

  private static long leaf(long position) {
    return position / BlockSize.LEAF_BYTES;
  }
}
