package org.p2pd.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;

/**
 * The hashes that lead from a span to its edition's root.
 *
 * <p>They are the hashes of the span's blocks and the roots of the maximal subtrees outside the
 * span, left to right. Their number and order follow from the edition's length and the span alone,
 * so the size of a proof is known before it is read; with the root alone anyone can check it.
 *
 * <p>An instance has been verified against its edition's root.
 */
public final class SpanProof {

  /** The most hashes a proof can have: 64 blocks and the subtrees beside a region. */
  public static final int MAX_HASHES = 64 + TreeShape.MAX_LEVEL;

  private final Span span;
  private final List<TreeNode> nodes;
  private final List<Hash> hashes;
  private final int firstBlockAt;

  private SpanProof(Span span, List<TreeNode> nodes, List<Hash> hashes, int firstBlockAt) {
    this.span = span;
    this.nodes = List.copyOf(nodes);
    this.hashes = List.copyOf(hashes);
    this.firstBlockAt = firstBlockAt;
  }

  /** The places whose hashes make the proof of a span, left to right. */
  public static List<TreeNode> places(long editionLengthBytes, Span span) {
    TreeShape shape = new TreeShape(editionLengthBytes);
    if (span.lastBlock() >= span.blockSize().blockCount(editionLengthBytes)) {
      throw new IllegalArgumentException(span + " in " + editionLengthBytes + " bytes");
    }
    List<TreeNode> places = new ArrayList<>();
    collect(shape, shape.root(), span, places);
    return places;
  }

  private static void collect(TreeShape shape, TreeNode node, Span span, List<TreeNode> places) {
    int blockLevel = Math.min(span.blockSize().level(), shape.rootLevel());
    long firstBlock = node.firstLeaf() >> blockLevel;
    long endBlock = (node.firstLeaf() + (1L << node.level())) >> blockLevel;
    boolean outside = endBlock <= span.firstBlock() || firstBlock > span.lastBlock();
    if (outside || node.level() == blockLevel) {
      places.add(node);
      return;
    }
    collect(shape, node.left(), span, places);
    if (shape.hasRight(node)) {
      collect(shape, node.right(), span, places);
    }
  }

  /** The proof's bytes, 32 a hash, or nothing if one of its hashes is not known. */
  public static Optional<byte[]> build(long editionLengthBytes, Span span, TreeHashes known) {
    List<TreeNode> places = places(editionLengthBytes, span);
    byte[] proof = new byte[places.size() * Hash.BYTES];
    for (int i = 0; i < places.size(); i++) {
      Optional<Hash> hash = known.at(places.get(i));
      if (hash.isEmpty()) {
        return Optional.empty();
      }
      hash.get().copyTo(proof, i * Hash.BYTES);
    }
    return Optional.of(proof);
  }

  /** Checks a stranger's proof to the root; nothing if it has the wrong size or does not lead. */
  public static Optional<SpanProof> verify(Edition edition, Span span, byte[] proof) {
    List<TreeNode> places = places(edition.lengthBytes(), span);
    if (proof.length != places.size() * Hash.BYTES) {
      return Optional.empty();
    }
    List<Hash> hashes = new ArrayList<>(places.size());
    for (int i = 0; i < places.size(); i++) {
      hashes.add(Hash.of(proof, i * Hash.BYTES));
    }
    TreeShape shape = new TreeShape(edition.lengthBytes());
    Folding folding = new Folding(shape, places, hashes, new TreeHasher(edition.digest()));
    if (!folding.fold(shape.root()).equals(edition.root())) {
      return Optional.empty();
    }
    int firstBlockAt = places.indexOf(shape.block(span.blockSize(), span.firstBlock()));
    return Optional.of(new SpanProof(span, places, hashes, firstBlockAt));
  }

  public Span span() {
    return span;
  }

  /** The verified hash of one of the span's blocks. */
  public Hash blockHash(int block) {
    if (block < span.firstBlock() || block > span.lastBlock()) {
      throw new IllegalArgumentException("block " + block + " of " + span);
    }
    return hashes.get(firstBlockAt + block - span.firstBlock());
  }

  /** All places of the proof, blocks included, left to right. */
  public List<TreeNode> places() {
    return nodes;
  }

  /** The verified hashes at {@link #places()}. */
  public List<Hash> hashes() {
    return hashes;
  }

  /** The hashes as they travel, 32 bytes each. */
  public byte[] toBytes() {
    byte[] proof = new byte[hashes.size() * Hash.BYTES];
    for (int i = 0; i < hashes.size(); i++) {
      hashes.get(i).copyTo(proof, i * Hash.BYTES);
    }
    return proof;
  }

  /** Whether leaf hashes (32 bytes each) are those of the block with that hash and length. */
  public static boolean leavesMatch(
      Edition edition, Hash blockHash, int blockLengthBytes, byte[] leafHashes) {
    int leaves = (blockLengthBytes + BlockSize.LEAF_BYTES - 1) / BlockSize.LEAF_BYTES;
    return leafHashes.length == leaves * Hash.BYTES
        && new TreeHasher(edition.digest()).fold(leafHashes).equals(blockHash);
  }

  /** Walks the tree once more, taking the proof's hashes in order and folding the rest. */
  private static final class Folding {
    private final TreeShape shape;
    private final List<TreeNode> places;
    private final List<Hash> hashes;
    private final TreeHasher hasher;
    private int next;

    Folding(TreeShape shape, List<TreeNode> places, List<Hash> hashes, TreeHasher hasher) {
      this.shape = shape;
      this.places = places;
      this.hashes = hashes;
      this.hasher = hasher;
    }

    Hash fold(TreeNode node) {
      if (next < places.size() && places.get(next).equals(node)) {
        return hashes.get(next++);
      }
      Hash left = fold(node.left());
      return shape.hasRight(node) ? hasher.inner(left, fold(node.right())) : left;
    }
  }
}
