package org.p2pd.fetch;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;
import org.p2pd.tree.SpanProof;
import org.p2pd.tree.TreeHasher;
import org.p2pd.tree.TreeNode;
import org.p2pd.tree.TreeShape;

/** An edition of random bytes with its whole tree. */
final class Film {

  private final byte[] bytes;
  private final Edition edition;
  private final TreeShape shape;
  private final Map<TreeNode, Hash> tree = new HashMap<>();

  Film(long seed, int lengthBytes) {
    bytes = new byte[lengthBytes];
    new Random(seed).nextBytes(bytes);
    shape = new TreeShape(lengthBytes);
    edition = new Edition(DigestAlgorithm.SHA_256, lengthBytes, hash(shape.root()));
  }

  private Hash hash(TreeNode node) {
    TreeHasher hasher = new TreeHasher(DigestAlgorithm.SHA_256);
    Hash hash;
    if (node.level() == 0) {
      int start = (int) node.firstLeaf() * BlockSize.LEAF_BYTES;
      hash = hasher.leaf(ByteBuffer.wrap(bytes, start, shape.leafLength(node.index())));
    } else {
      Hash left = hash(node.left());
      hash = shape.hasRight(node) ? hasher.inner(left, hash(node.right())) : left;
    }
    tree.put(node, hash);
    return hash;
  }

  Edition edition() {
    return edition;
  }

  int length() {
    return bytes.length;
  }

  ByteRange all() {
    return new ByteRange(0, bytes.length - 1);
  }

  byte at(long position) {
    return bytes[(int) position];
  }

  ByteBuffer bytes(long from, int length) {
    return ByteBuffer.wrap(bytes).slice((int) from, length).asReadOnlyBuffer();
  }

  ByteBuffer block(BlockSize size, int block) {
    return bytes(size.start(block), size.lengthOf(block, bytes.length));
  }

  byte[] rawProof(Span span) {
    return SpanProof.build(bytes.length, span, node -> Optional.ofNullable(tree.get(node)))
        .orElseThrow();
  }

  /** The leaf hashes of one block. */
  byte[] leaves(Span oneBlock) {
    return new TreeHasher(DigestAlgorithm.SHA_256)
        .leaves(block(oneBlock.blockSize(), oneBlock.firstBlock()).duplicate());
  }

  SpanProof proof(Span span) {
    return SpanProof.verify(edition, span, rawProof(span)).orElseThrow();
  }

  Hash blockHash(BlockSize size, int block) {
    return tree.get(shape.block(size, block));
  }
}
