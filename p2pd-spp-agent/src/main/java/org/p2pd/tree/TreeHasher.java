package org.p2pd.tree;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Hash;

/**
 * Computes the hashes of leaves, inner nodes and whole aligned runs of leaves.
 *
 * <p>Holds one digest and scratch space: confined to one thread at a time.
 */
public final class TreeHasher {

  private static final byte LEAF = 0;
  private static final byte INNER = 1;
  private static final int MAX_RUN_LEAVES = BlockSize.REGION_BYTES / BlockSize.LEAF_BYTES;

  private final MessageDigest digest;
  private final byte[] run = new byte[MAX_RUN_LEAVES * Hash.BYTES];

  public TreeHasher(DigestAlgorithm algorithm) {
    this.digest = algorithm.newDigest();
  }

  /** The root of an edition without a byte: H of nothing. */
  public static Hash emptyRoot(DigestAlgorithm algorithm) {
    return Hash.of(algorithm.newDigest().digest());
  }

  /** The hash of one leaf: what remains in the buffer, whose position moves to its limit. */
  public Hash leaf(ByteBuffer data) {
    digest.update(LEAF);
    digest.update(data);
    return Hash.of(digest.digest());
  }

  public Hash inner(Hash left, Hash right) {
    digest.update(INNER);
    digest.update(left.toBytes());
    digest.update(right.toBytes());
    return Hash.of(digest.digest());
  }

  /**
   * The hash of an aligned run of leaves (a block, or the edition's ragged end): what remains in
   * the buffer, at least one byte and at most 1 MiB. The buffer's position moves to its limit.
   */
  public Hash block(ByteBuffer data) {
    int leaves = hashLeaves(data);
    return Hash.of(run, foldRun(leaves));
  }

  /** The hashes of all leaves of such a run, 32 bytes each, left to right. */
  public byte[] leaves(ByteBuffer data) {
    int leaves = hashLeaves(data);
    byte[] hashes = new byte[leaves * Hash.BYTES];
    System.arraycopy(run, 0, hashes, 0, hashes.length);
    return hashes;
  }

  /** The hash over the hashes of an aligned run of nodes of one level (1 to 64 of 32 bytes). */
  public Hash fold(byte[] hashes) {
    int count = hashes.length / Hash.BYTES;
    if (count < 1 || count > MAX_RUN_LEAVES || hashes.length % Hash.BYTES != 0) {
      throw new IllegalArgumentException("a run of " + hashes.length + " bytes of hashes");
    }
    System.arraycopy(hashes, 0, run, 0, hashes.length);
    return Hash.of(run, foldRun(count));
  }

  private int hashLeaves(ByteBuffer data) {
    int length = data.remaining();
    if (length < 1 || length > BlockSize.REGION_BYTES) {
      throw new IllegalArgumentException("a run of " + length + " bytes");
    }
    int leaves = 0;
    int limit = data.limit();
    while (data.position() < limit) {
      data.limit(Math.min(limit, data.position() + BlockSize.LEAF_BYTES));
      digest.update(LEAF);
      digest.update(data);
      digestInto(run, leaves * Hash.BYTES);
      leaves++;
    }
    return leaves;
  }

  /** Folds the hashes at the start of {@link #run} in place; their root ends at offset 0. */
  private int foldRun(int count) {
    int width = count;
    while (width > 1) {
      int pairs = width / 2;
      for (int i = 0; i < pairs; i++) {
        digest.update(INNER);
        digest.update(run, 2 * i * Hash.BYTES, 2 * Hash.BYTES);
        digestInto(run, i * Hash.BYTES);
      }
      if (width % 2 == 1) {
        System.arraycopy(run, (width - 1) * Hash.BYTES, run, pairs * Hash.BYTES, Hash.BYTES);
      }
      width = pairs + width % 2;
    }
    return 0;
  }

  private void digestInto(byte[] to, int offset) {
    try {
      digest.digest(to, offset, Hash.BYTES);
    } catch (java.security.DigestException e) {
      throw new IllegalStateException("a 32-byte digest did not fit 32 bytes", e);
    }
  }
}
