package org.p2pd.tree;

/**
 * The place of one node in a hash tree.
 *
 * @param level 0 for leaves; a node at level k spans 2^k leaves, fewer at the right edge
 * @param index its place on the level, from 0 at the left
 */
public record TreeNode(int level, long index) {

  public TreeNode {
    if (level < 0 || level > TreeShape.MAX_LEVEL || index < 0) {
      throw new IllegalArgumentException("node " + level + "/" + index);
    }
  }

  public TreeNode left() {
    return new TreeNode(level - 1, 2 * index);
  }

  public TreeNode right() {
    return new TreeNode(level - 1, 2 * index + 1);
  }

  public TreeNode parent() {
    return new TreeNode(level + 1, index / 2);
  }

  /** The first leaf below this node. */
  public long firstLeaf() {
    return index << level;
  }
}
