package org.p2pd.fetch;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;
import org.p2pd.tree.SpanProof;
import org.p2pd.tree.TreeHasher;
import org.p2pd.tree.TreeNode;
import org.p2pd.tree.TreeShape;

/**
 * The part of an edition's tree that some verified proofs tell, and what follows from it. Confined
 * to one thread.
 */
final class KnownTree {

  private final Edition edition;
  private final TreeShape shape;
  private final Map<TreeNode, Hash> known = new HashMap<>();

  KnownTree(Edition edition) {
    this.edition = edition;
    this.shape = new TreeShape(edition.lengthBytes());
  }

  void add(SpanProof proof) {
    for (int i = 0; i < proof.places().size(); i++) {
      known.put(proof.places().get(i), proof.hashes().get(i));
    }
  }

  /** Adds the hashes of consecutive leaves, 32 bytes each. */
  void addLeaves(long firstLeaf, byte[] hashes) {
    for (int i = 0; i < hashes.length / Hash.BYTES; i++) {
      known.put(new TreeNode(0, firstLeaf + i), Hash.of(hashes, i * Hash.BYTES));
    }
  }

  /** The proof of a span, checked to the root, if what is known makes one. */
  Optional<byte[]> prove(Span span) {
    fold();
    return SpanProof.build(
            edition.lengthBytes(), span, place -> Optional.ofNullable(known.get(place)))
        .filter(proof -> SpanProof.verify(edition, span, proof).isPresent());
  }

  /** Adds every node whose children are known, from the leaves upwards. */
  private void fold() {
    TreeHasher hasher = new TreeHasher(edition.digest());
    TreeMap<TreeNode, Hash> open =
        new TreeMap<>(Comparator.comparingInt(TreeNode::level).thenComparingLong(TreeNode::index));
    open.putAll(known);
    while (!open.isEmpty()) {
      TreeNode node = open.pollFirstEntry().getKey();
      if (node.level() < shape.rootLevel() && node.index() % 2 == 0) {
        TreeNode parent = node.parent();
        Hash folded = folded(parent, hasher);
        if (folded != null && known.putIfAbsent(parent, folded) == null) {
          open.put(parent, folded);
        }
      }
    }
  }

  private @Nullable Hash folded(TreeNode parent, TreeHasher hasher) {
    Hash left = known.get(parent.left());
    if (left == null || !shape.hasRight(parent)) {
      return left;
    }
    Hash right = known.get(parent.right());
    return right == null ? null : hasher.inner(left, right);
  }
}
