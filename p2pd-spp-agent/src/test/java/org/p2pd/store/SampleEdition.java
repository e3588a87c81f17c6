package org.p2pd.store;

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
import org.p2pd.tree.TreeHashes;
import org.p2pd.tree.TreeNode;
import org.p2pd.tree.TreeShape;

/**
 * An edition of any length with all its hashes. Its content repeats every seven regions, so that
 * even a very long one is made quickly. Confined to one thread.
 */
final class SampleEdition implements TreeHashes {

  private static final int PATTERNS = 7;
  private static final int REGION = BlockSize.REGION_BYTES;

  private final byte[][] patterns;
  private final TreeHasher hasher = new TreeHasher(DigestAlgorithm.SHA_256);
  private final Map<TreeNode, Hash> known = new HashMap<>();
  private final Map<Integer, Hash> wholeRegions = new HashMap<>();
  private final TreeShape shape;
  final Edition edition;

  SampleEdition(long seed, long lengthBytes) {
    int regions = (int) ((lengthBytes + REGION - 1) / REGION);
    this.patterns = new byte[Math.min(PATTERNS, regions)][(int) Math.min(REGION, lengthBytes)];
    for (int i = 0; i < patterns.length; i++) {
      new Random(seed * PATTERNS + i).nextBytes(patterns[i]);
    }
    this.shape = new TreeShape(lengthBytes);
    this.edition = new Edition(DigestAlgorithm.SHA_256, lengthBytes, hash(shape.root()));
  }

  long length() {
    return edition.lengthBytes();
  }

  /** Bytes within one region. */
  ByteBuffer bytes(ByteRange range) {
    int pattern = (int) (range.first() / REGION % PATTERNS);
    return ByteBuffer.wrap(
            patterns[pattern], (int) (range.first() % REGION), (int) range.lengthBytes())
        .slice();
  }

  ByteBuffer block(BlockSize size, int block) {
    return bytes(ByteRange.ofLength(size.start(block), size.lengthOf(block, length())));
  }

  Hash blockHash(BlockSize size, int block) {
    return hash(shape.block(size, block));
  }

  SpanProof proof(Span span) {
    byte[] bytes = SpanProof.build(length(), span, this).orElseThrow();
    return SpanProof.verify(edition, span, bytes).orElseThrow();
  }

  @Override
  public Optional<Hash> at(TreeNode node) {
    return Optional.of(hash(node));
  }

  private Hash hash(TreeNode node) {
    Hash hash = known.get(node);
    if (hash == null) {
      hash = compute(node);
      known.put(node, hash);
    }
    return hash;
  }

  private Hash compute(TreeNode node) {
    if (node.level() > 6) {
      Hash left = hash(node.left());
      return shape.hasRight(node) ? hasher.inner(left, hash(node.right())) : left;
    }
    long first = node.firstLeaf() * BlockSize.LEAF_BYTES;
    long end = Math.min(shape.lengthBytes(), first + ((long) BlockSize.LEAF_BYTES << node.level()));
    boolean whole = end - first == REGION;
    int pattern = (int) (first / REGION % PATTERNS);
    if (whole && wholeRegions.containsKey(pattern)) {
      return wholeRegions.get(pattern);
    }
    Hash hash = hasher.block(bytes(new ByteRange(first, end - 1)));
    if (whole) {
      wholeRegions.put(pattern, hash);
    }
    return hash;
  }
}
