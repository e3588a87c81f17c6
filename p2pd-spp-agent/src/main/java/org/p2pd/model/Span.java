package org.p2pd.model;

/**
 * Consecutive blocks within one region: what one SPP request asks for (at most 1 MiB, 64 blocks).
 *
 * @param blockSize the size in which the blocks are counted
 * @param firstBlock number of the first block, from 0
 * @param blockCount how many, at least one
 */
public record Span(BlockSize blockSize, int firstBlock, int blockCount) {

  public Span {
    int perRegion = blockSize.blocksPerRegion();
    if (firstBlock < 0
        || blockCount < 1
        || blockCount > perRegion
        || firstBlock / perRegion != (firstBlock + blockCount - 1) / perRegion) {
      throw new IllegalArgumentException(
          "span of " + blockCount + " blocks of " + blockSize + " from " + firstBlock);
    }
  }

  public int lastBlock() {
    return firstBlock + blockCount - 1;
  }

  /** The region, counted from 0, in which all of the span lies. */
  public int region() {
    return firstBlock / blockSize.blocksPerRegion();
  }

  /** The span's bytes in an edition of that length, which must reach into its last block. */
  public ByteRange bytes(long editionLengthBytes) {
    long first = blockSize.start(firstBlock);
    long end = Math.min(blockSize.start(lastBlock()) + blockSize.bytes(), editionLengthBytes);
    if (end <= blockSize.start(lastBlock())) {
      throw new IllegalArgumentException(this + " lies beyond " + editionLengthBytes + " bytes");
    }
    return new ByteRange(first, end - 1);
  }
}
