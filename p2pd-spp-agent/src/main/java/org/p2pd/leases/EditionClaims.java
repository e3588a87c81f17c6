package org.p2pd.leases;

import java.util.Collection;
import java.util.TreeMap;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;

/** What children were sent of one edition. Owned by its {@link LeaseTable}. */
final class EditionClaims {

  /** The part of an edition that may be sent twice. */
  private static final double SECOND_SHARE = 0.05;

  final Edition edition;

  private final TreeMap<Integer, RegionClaims> regions = new TreeMap<>();
  private long firstBytes;
  private long secondBytes;

  EditionClaims(Edition edition) {
    this.edition = edition;
  }

  RegionClaims region(int index) {
    return regions.computeIfAbsent(index, i -> new RegionClaims(this, i));
  }

  /** Those regions in the range of which something was sent. */
  Collection<RegionClaims> regions(ByteRange range) {
    int first = (int) Math.min(range.first() / BlockSize.REGION_BYTES, Integer.MAX_VALUE);
    int last = (int) Math.min(range.last() / BlockSize.REGION_BYTES, Integer.MAX_VALUE);
    return regions.subMap(first, true, last, true).values();
  }

  Collection<RegionClaims> all() {
    return regions.values();
  }

  void remove(RegionClaims region) {
    regions.remove(region.index);
  }

  boolean isEmpty() {
    return regions.isEmpty();
  }

  void sent(long bytes, Ruling.Copy copy) {
    switch (copy) {
      case FIRST -> firstBytes += bytes;
      case SECOND -> secondBytes += bytes;
      case EXEMPT -> {}
    }
  }

  /** How many bytes may be sent a second time now. */
  long secondBytesLeft() {
    double share = SECOND_SHARE * Math.max(edition.lengthBytes(), firstBytes);
    return Math.max(BlockSize.REGION_BYTES, (long) share) - secondBytes;
  }
}
