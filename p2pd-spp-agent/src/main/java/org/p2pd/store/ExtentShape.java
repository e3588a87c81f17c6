package org.p2pd.store;

import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Hash;

/**
 * Where things lie in one extent and its sidecar. Pure. Block numbers are the edition's.
 *
 * @param editionLengthBytes of the whole edition
 * @param extentBytes the store's extent size
 * @param index which extent, from 0
 */
record ExtentShape(long editionLengthBytes, long extentBytes, int index, BlockSize blockSize) {

  /** Where the slots begin in the sidecar. */
  static final int SLOTS_AT = 512;

  ExtentShape {
    if (index < 0 || (long) index * extentBytes >= editionLengthBytes) {
      throw new IllegalArgumentException("extent " + index + " of " + editionLengthBytes);
    }
  }

  /** Position in the edition of the first byte. */
  long start() {
    return index * extentBytes;
  }

  /** Shorter than the extent size at the edition's end. */
  long lengthBytes() {
    return Math.min(extentBytes, editionLengthBytes - start());
  }

  ByteRange range() {
    return ByteRange.ofLength(start(), lengthBytes());
  }

  int firstBlock() {
    return blockSize.blockAt(start());
  }

  int blockCount() {
    return blockSize.blockCount(lengthBytes());
  }

  int blockLength(int block) {
    return blockSize.lengthOf(block, editionLengthBytes);
  }

  /** Where in the data file a block begins. */
  long blockAt(int block) {
    return blockSize.start(block) - start();
  }

  /** Where in the sidecar a block's slot lies. */
  long slotAt(int block) {
    return SLOTS_AT + (long) (block - firstBlock()) * Hash.BYTES;
  }

  /** The end (exclusive) of the slots in the sidecar. */
  long slotsEnd() {
    return SLOTS_AT + (long) blockCount() * Hash.BYTES;
  }

  /** Where in the sidecar a hash page of tier 0 or 1 lies; the page number is the edition's. */
  long pageAt(HashPlace place) {
    long pagesAt = Charges.rounded(slotsEnd());
    if (place.tier() == 0) {
      return pagesAt + (place.page() - start() / HashPlace.pageSpan(0)) * HashPage.BYTES;
    }
    long inTier0 = HashPlace.pageCount(0, lengthBytes());
    return pagesAt + (inTier0 + place.page() - start() / HashPlace.pageSpan(1)) * HashPage.BYTES;
  }

  /** The sidecar's full length; an edition of up to 1 MiB has no hashes in tier 1. */
  long sidecarBytes() {
    long pages = HashPlace.pageCount(0, lengthBytes());
    if (editionLengthBytes > HashPlace.pageSpan(0)) {
      pages += HashPlace.pageCount(1, lengthBytes());
    }
    return Charges.rounded(slotsEnd()) + pages * HashPage.BYTES;
  }
}
