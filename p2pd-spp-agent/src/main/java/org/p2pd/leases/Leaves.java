package org.p2pd.leases;

import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Span;

/** Sets of leaves of one region, as 64 bits: bit i is the region's leaf i. */
final class Leaves {

  static final long NONE = 0;

  private static final long LEAF = BlockSize.LEAF_BYTES;

  private Leaves() {}

  /** The leaves that a span of an edition of that length has. */
  static long of(Span span, long editionLengthBytes) {
    return touchedBy(span.bytes(editionLengthBytes), span.region());
  }

  /** The region's leaves of which any byte lies in the range. */
  static long touchedBy(ByteRange range, int region) {
    long start = start(region);
    long first = Math.max(range.first() - start, 0);
    long last = Math.min(range.last() - start, BlockSize.REGION_BYTES - 1);
    return run(first / LEAF, last / LEAF);
  }

  /** The region's leaves of which all bytes lie in the range; an edition's last may be short. */
  static long wholeIn(ByteRange range, int region, long editionLengthBytes) {
    long start = start(region);
    long first = Math.max(range.first() - start, 0);
    long end = Math.min(range.last(), editionLengthBytes - 1) + 1;
    long whole = end == editionLengthBytes ? end + LEAF - 1 : end;
    return run((first + LEAF - 1) / LEAF, Math.min((whole - start) / LEAF, Long.SIZE) - 1);
  }

  private static long start(int region) {
    return (long) region * BlockSize.REGION_BYTES;
  }

  private static long run(long first, long last) {
    return last < first ? NONE : -1L >>> (Long.SIZE - 1 - (last - first)) << first;
  }

  /** Whether all of {@code some} are among {@code all}. */
  static boolean covers(long all, long some) {
    return (all & some) == some;
  }
}
