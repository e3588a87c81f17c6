package org.p2pd.spp.client;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;
import org.p2pd.tree.SpanProof;
import org.p2pd.tree.TreeHasher;

/**
 * Takes the bytes of a span as they come: copies them into the blocks' buffers and hashes them on
 * the way, leaf by leaf, out of the connection's buffer while they are warm. Confined to one thread
 * at a time.
 */
final class SpanHasher {

  private static final byte LEAF = 0;

  private final Edition edition;
  private final Span span;
  private final SpanProof proof;
  private final byte @Nullable [] firstLeaves;
  private final BlockReceiver receiver;
  private final MessageDigest digest;
  private final TreeHasher folder;
  private final byte[] leaves;

  private int block;
  private int blockLength;
  private int inBlock;
  private @Nullable ByteBuffer buffer;

  /**
   * Begins at the span's first byte.
   *
   * @param firstLeaves the first block's leaf hashes, checked to its hash; null if not brought
   */
  SpanHasher(
      Edition edition, SpanProof proof, byte @Nullable [] firstLeaves, BlockReceiver receiver) {
    this.edition = edition;
    this.span = proof.span();
    this.proof = proof;
    this.firstLeaves = firstLeaves;
    this.receiver = receiver;
    this.digest = edition.digest().newDigest();
    this.folder = new TreeHasher(edition.digest());
    this.leaves = new byte[span.blockSize().bytes() / BlockSize.LEAF_BYTES * Hash.BYTES];
    this.block = span.firstBlock();
    this.blockLength = span.blockSize().lengthOf(block, edition.lengthBytes());
  }

  /** Whether all blocks came. */
  boolean complete() {
    return block > span.lastBlock();
  }

  /**
   * Takes all of what remains in {@code data}, or as much as is wanted; false if it does not match
   * the proof, or is more than the span: then nothing further counts.
   *
   * @param wanted asked before each leaf
   */
  boolean take(ByteBuffer data, BooleanSupplier wanted) {
    while (data.hasRemaining() && wanted.getAsBoolean()) {
      if (complete() || !takeWithinLeaf(data)) {
        return false;
      }
    }
    return true;
  }

  private boolean takeWithinLeaf(ByteBuffer data) {
    ByteBuffer to = buffer;
    if (to == null) {
      to = receiver.bufferFor(block);
      buffer = to;
    }
    int inLeaf = inBlock % BlockSize.LEAF_BYTES;
    int leafStart = inBlock - inLeaf;
    int leafLength = Math.min(BlockSize.LEAF_BYTES, blockLength - leafStart);
    if (inLeaf == 0) {
      digest.update(LEAF);
    }
    int count = Math.min(data.remaining(), leafLength - inLeaf);
    ByteBuffer piece = data.slice(data.position(), count);
    digest.update(piece.duplicate());
    to.put(piece);
    data.position(data.position() + count);
    inBlock += count;
    return inLeaf + count < leafLength || leafEnded(leafStart);
  }

  private boolean leafEnded(int leafStart) {
    int at = leafStart / BlockSize.LEAF_BYTES * Hash.BYTES;
    try {
      digest.digest(leaves, at, Hash.BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException("a 32-byte digest did not fit 32 bytes", e);
    }
    byte[] known = block == span.firstBlock() ? firstLeaves : null;
    if (known != null && !Arrays.equals(leaves, at, at + Hash.BYTES, known, at, at + Hash.BYTES)) {
      return false;
    }
    if (inBlock < blockLength) {
      if (known != null) {
        receiver.prefixVerified(block, inBlock);
      }
      return true;
    }
    return blockEnded(at + Hash.BYTES);
  }

  private boolean blockEnded(int leavesLength) {
    if (!folder.fold(Arrays.copyOf(leaves, leavesLength)).equals(proof.blockHash(block))) {
      return false;
    }
    receiver.blockVerified(block);
    block++;
    inBlock = 0;
    buffer = null;
    blockLength = complete() ? 0 : span.blockSize().lengthOf(block, edition.lengthBytes());
    return true;
  }
}
