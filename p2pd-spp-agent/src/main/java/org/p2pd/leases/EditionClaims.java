package org.p2pd.leases;

import java.util.Collection;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;

/** What children were sent of one edition. Owned by its {@link LeaseTable}. */
final class EditionClaims {

  final Edition edition;

  private final TreeMap<Integer, RegionClaims> regions = new TreeMap<>();
  private final SecondCopies seconds;
  private long firstBytes;

  EditionClaims(Edition edition, long nowNanos) {
    this.edition = edition;
    this.seconds = new SecondCopies(nowNanos);
  }

  @Nullable RegionClaims known(int index) {
    return regions.get(index);
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

  void sent(Ruling.Copy copy, NodeId asker, long bytes, long nowNanos) {
    firstBytes += copy == Ruling.Copy.FIRST ? bytes : 0;
    seconds.sent(copy, asker, bytes, nowNanos);
  }

  /** How many bytes may be sent to an asker now although another child is receiving them. */
  long secondBytesLeft(Ruling.Copy copy, NodeId asker, long nowNanos) {
    long onceBytes = Math.max(edition.lengthBytes(), firstBytes);
    return seconds.leftBytes(copy, asker, onceBytes, nowNanos);
  }
}
