package org.p2pd.tree;

import org.p2pd.model.BlockSize;

/**
 * The shape of the hash tree over an edition of a given length: which nodes there are.
 *
 * @param lengthBytes the edition's length; an empty edition has no node at all
 */
public record TreeShape(long lengthBytes) {

  /** The level of the root of the longest edition. */
  public static final int MAX_LEVEL = 30;

  public TreeShape {
    if (lengthBytes < 0) {
      throw new IllegalArgumentException("length " + lengthBytes);
    }
  }

  public long leafCount() {
    return (lengthBytes + BlockSize.LEAF_BYTES - 1) / BlockSize.LEAF_BYTES;
  }

  /** The level of the root: 0 if there is one leaf. */
  public int rootLevel() {
    long leaves = leafCount();
    return leaves <= 1 ? 0 : Long.SIZE - Long.numberOfLeadingZeros(leaves - 1);
  }

  public TreeNode root() {
    return new TreeNode(rootLevel(), 0);
  }

  /** How many nodes a level has. */
  public long width(int level) {
    return (leafCount() + (1L << level) - 1) >> level;
  }

  public boolean contains(TreeNode node) {
    return node.level() <= rootLevel() && node.index() < width(node.level());
  }

  /** Whether the node has a right child; without one its hash is its left child's. */
  public boolean hasRight(TreeNode node) {
    return 2 * node.index() + 1 < width(node.level() - 1);
  }

  /** The length in bytes of leaf {@code index}: 16 KiB unless it is the last. */
  public int leafLength(long index) {
    return (int) Math.min(BlockSize.LEAF_BYTES, lengthBytes - index * BlockSize.LEAF_BYTES);
  }

  /** The node that carries a block's hash: on the block size's level, or the root if lower. */
  public TreeNode block(BlockSize size, int block) {
    int level = size.level();
    return level > rootLevel() ? root() : new TreeNode(level, block);
  }
}
