package org.p2pd.store;

import org.p2pd.model.BlockSize;
import org.p2pd.tree.TreeNode;
import org.p2pd.tree.TreeShape;

/**
 * Which hash page holds a node of the tree, and where in it. Pure.
 *
 * @param tier 0 to 4: tier t holds levels 6t to 6t+5
 * @param page the page's number in its tier: the index of the node of level 6t+6 that it hangs from
 * @param slot 0 to 125: level by level from the top, left to right
 */
record HashPlace(int tier, long page, int slot) {

  private static final int LEVELS = 6;

  /** Tiers from this one on live in the edition's tree file, those below in sidecars. */
  static final int FIRST_TREE_TIER = 2;

  static final int TIERS = TreeShape.MAX_LEVEL / LEVELS;

  /** The place of a node below the root of the longest edition. */
  static HashPlace of(TreeNode node) {
    int tier = node.level() / LEVELS;
    int depth = LEVELS - node.level() % LEVELS;
    long width = 1L << depth;
    return new HashPlace(
        tier, node.index() >> depth, (int) (width - 2 + (node.index() & (width - 1))));
  }

  /** How many bytes of the edition one page of a tier covers. */
  static long pageSpan(int tier) {
    return (long) BlockSize.LEAF_BYTES << (LEVELS * (tier + 1));
  }

  /** How many pages of a tier cover that many bytes. */
  static long pageCount(int tier, long lengthBytes) {
    return (lengthBytes + pageSpan(tier) - 1) / pageSpan(tier);
  }

  /** The first byte of the edition that the page covers. */
  long start() {
    return page * pageSpan(tier);
  }

  /** Where in the edition's tree file this page (tier 2 and up) lies. */
  long treeFileAt(long editionLengthBytes) {
    long before = 0;
    for (int t = FIRST_TREE_TIER; t < tier; t++) {
      before += pageCount(t, editionLengthBytes);
    }
    return (before + page) * HashPage.BYTES;
  }

  /** The full length of an edition's tree file; 0 if it needs none. */
  static long treeFileBytes(long editionLengthBytes) {
    long pages = 0;
    for (int t = FIRST_TREE_TIER; t < TIERS && editionLengthBytes > pageSpan(t - 1); t++) {
      pages += pageCount(t, editionLengthBytes);
    }
    return pages * HashPage.BYTES;
  }
}
