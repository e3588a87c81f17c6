package org.p2pd.spp;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;
import org.p2pd.tree.SpanProof;
import org.p2pd.tree.TreeHasher;
import org.p2pd.tree.TreeNode;
import org.p2pd.tree.TreeShape;

/** An edition with all of its bytes and its whole tree in memory. */
public final class TestEdition {

  public final byte[] bytes;
  public final Edition edition;
  private final Map<TreeNode, Hash> tree = new HashMap<>();

  public TestEdition(byte[] bytes, DigestAlgorithm digest) {
    this.bytes = bytes;
    TreeShape shape = new TreeShape(bytes.length);
    TreeHasher hasher = new TreeHasher(digest);
    for (long leaf = 0; leaf < shape.leafCount(); leaf++) {
      int start = (int) leaf * BlockSize.LEAF_BYTES;
      tree.put(
          new TreeNode(0, leaf),
          hasher.leaf(ByteBuffer.wrap(bytes, start, shape.leafLength(leaf))));
    }
    for (int level = 1; level <= shape.rootLevel(); level++) {
      for (long index = 0; index < shape.width(level); index++) {
        TreeNode node = new TreeNode(level, index);
        Hash left = tree.get(node.left());
        tree.put(node, shape.hasRight(node) ? hasher.inner(left, tree.get(node.right())) : left);
      }
    }
    Hash root = bytes.length == 0 ? TreeHasher.emptyRoot(digest) : tree.get(shape.root());
    this.edition = new Edition(digest, bytes.length, root);
  }

  public static TestEdition random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return new TestEdition(bytes, DigestAlgorithm.SHA_256);
  }

  public byte[] prove(Span span) {
    return SpanProof.build(bytes.length, span, node -> Optional.ofNullable(tree.get(node)))
        .orElseThrow();
  }

  public byte[] leafHashes(Span oneBlock) {
    BlockSize size = oneBlock.blockSize();
    int start = (int) size.start(oneBlock.firstBlock());
    int length = size.lengthOf(oneBlock.firstBlock(), bytes.length);
    return new TreeHasher(edition.digest()).leaves(ByteBuffer.wrap(bytes, start, length));
  }

  public byte[] slice(long first, long last) {
    return Arrays.copyOfRange(bytes, (int) first, (int) last + 1);
  }
}
