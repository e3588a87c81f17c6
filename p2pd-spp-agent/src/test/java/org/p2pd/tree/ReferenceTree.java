package org.p2pd.tree;

import java.security.MessageDigest;
import java.util.Arrays;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;

/** RFC 9162 section 2.1.1 word for word, by recursion over the whole content: slow and plain. */
final class ReferenceTree {

  private final DigestAlgorithm digest;
  private final byte[] content;

  ReferenceTree(DigestAlgorithm digest, byte[] content) {
    this.digest = digest;
    this.content = content;
  }

  Edition edition() {
    return new Edition(digest, content.length, root());
  }

  Hash root() {
    return content.length == 0
        ? Hash.of(digest.newDigest().digest())
        : Hash.of(hash(0, new TreeShape(content.length).leafCount()));
  }

  /** The hash of any node, from the content. */
  Hash at(TreeNode node) {
    long leaves = new TreeShape(content.length).leafCount();
    long first = node.firstLeaf();
    return Hash.of(hash(first, Math.min(leaves, first + (1L << node.level()))));
  }

  private byte[] hash(long firstLeaf, long endLeaf) {
    MessageDigest h = digest.newDigest();
    long n = endLeaf - firstLeaf;
    if (n == 1) {
      int from = (int) (firstLeaf * BlockSize.LEAF_BYTES);
      int to = Math.min(content.length, from + BlockSize.LEAF_BYTES);
      h.update((byte) 0);
      return h.digest(Arrays.copyOfRange(content, from, to));
    }
    long k = Long.highestOneBit(n - 1);
    h.update((byte) 1);
    h.update(hash(firstLeaf, firstLeaf + k));
    return h.digest(hash(firstLeaf + k, endLeaf));
  }
}
