package org.p2pd.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;
import org.p2pd.store.KnownHashes.Order;
import org.p2pd.tree.SpanProof;
import org.p2pd.tree.TreeNode;
import org.p2pd.tree.TreeShape;

/**
 * Proves to others what is held. A proof is checked to the root before it is given away; if it does
 * not lead there, the blocks are verified, which mends or drops what is wrong, and it is tried once
 * more.
 */
final class Prover {

  private final StoreParts parts;
  private final BlockVerifier verifier;
  private final ProofKeeper proofs;

  Prover(StoreParts parts, BlockVerifier verifier, ProofKeeper proofs) {
    this.parts = parts;
    this.verifier = verifier;
    this.proofs = proofs;
  }

  Optional<byte[]> prove(StoredEdition stored, Edition edition, Span span) {
    ByteRange range = span.bytes(edition.lengthBytes());
    Optional<Extent> lent = lend(stored, range);
    if (lent.isEmpty()) {
      return Optional.empty();
    }
    try {
      Optional<byte[]> built = build(stored, edition, span, Order.PAGES_FIRST);
      if (built.isEmpty() || SpanProof.verify(edition, span, built.get()).isPresent()) {
        return built;
      }
      verifyBlocks(stored, edition, lent.get(), range);
      Optional<SpanProof> mended =
          build(stored, edition, span, Order.SLOTS_FIRST)
              .filter(proof -> stored.holdsNow(range))
              .flatMap(proof -> SpanProof.verify(edition, span, proof));
      mended.ifPresent(proof -> proofs.keep(stored, edition, proof));
      return mended.map(SpanProof::toBytes);
    } finally {
      stored.giveBack(lent.get());
    }
  }

  /** The leaf hashes of one block (of any size), checked to the root. */
  Optional<byte[]> leafHashes(StoredEdition stored, Edition edition, Span oneBlock) {
    ByteRange range = oneBlock.bytes(edition.lengthBytes());
    Optional<Extent> lent = lend(stored, range);
    if (lent.isEmpty()) {
      return Optional.empty();
    }
    try {
      Optional<byte[]> leaves = checkedLeaves(stored, edition, oneBlock, lent.get(), range);
      if (leaves.isEmpty()) {
        verifyBlocks(stored, edition, lent.get(), range);
      }
      return leaves;
    } finally {
      stored.giveBack(lent.get());
    }
  }

  private Optional<byte[]> checkedLeaves(
      StoredEdition stored, Edition edition, Span oneBlock, Extent extent, ByteRange range) {
    try (ScratchPool.Scratch scratch = parts.scratch().borrow()) {
      ByteBuffer data = scratch.block((int) range.lengthBytes());
      if (!extent.files.read(data, range.first() - extent.shape.start())) {
        return Optional.empty();
      }
      byte[] leaves = scratch.hasher(edition.digest()).leaves(data.flip());
      Hash block = scratch.hasher(edition.digest()).fold(leaves);
      TreeNode node =
          new TreeShape(edition.lengthBytes()).block(oneBlock.blockSize(), oneBlock.firstBlock());
      KnownHashes known = new KnownHashes(stored, edition, Order.PAGES_FIRST, scratch);
      return SpanProof.build(
              edition.lengthBytes(),
              oneBlock,
              place -> place.equals(node) ? Optional.of(block) : known.at(place))
          .flatMap(proof -> SpanProof.verify(edition, oneBlock, proof))
          .map(proof -> leaves);
    } catch (IOException e) {
      // Verifying finds out what cannot be read, and drops it.
      return Optional.empty();
    }
  }

  private Optional<byte[]> build(StoredEdition stored, Edition edition, Span span, Order order) {
    try (ScratchPool.Scratch scratch = parts.scratch().borrow()) {
      KnownHashes known = new KnownHashes(stored, edition, order, scratch);
      return SpanProof.build(edition.lengthBytes(), span, known);
    }
  }

  private void verifyBlocks(StoredEdition stored, Edition edition, Extent extent, ByteRange range) {
    for (int block = extent.blockOf(range.first());
        block <= extent.blockOf(range.last());
        block++) {
      if (stored.isHeld(extent, block)) {
        try (ScratchPool.Scratch scratch = parts.scratch().borrow()) {
          verifier.verify(stored, edition, extent, block, scratch);
        }
      }
    }
  }

  /** A range within a region lies in one extent. */
  private static Optional<Extent> lend(StoredEdition stored, ByteRange range) {
    return stored.holdsNow(range) ? stored.lend(range.first()) : Optional.empty();
  }
}
