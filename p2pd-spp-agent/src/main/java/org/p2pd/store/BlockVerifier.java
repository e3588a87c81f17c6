package org.p2pd.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;
import org.p2pd.store.KnownHashes.Order;
import org.p2pd.tree.SpanProof;
import org.p2pd.tree.TreeNode;
import org.p2pd.tree.TreeShape;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Establishes trust in one held block: its data must lead to the edition's root. Mends what is
 * found wrong beside it, and drops the block if the data is.
 */
final class BlockVerifier {

  private static final Logger log = LoggerFactory.getLogger(BlockVerifier.class);

  private final StoreParts parts;
  private final ExtentTrust trust;
  private final ProofKeeper proofs;

  BlockVerifier(StoreParts parts, ExtentTrust trust, ProofKeeper proofs) {
    this.parts = parts;
    this.trust = trust;
    this.proofs = proofs;
  }

  /**
   * Reads and verifies a held block of a lent extent.
   *
   * @return the verified bytes, in the scratch; nothing if the block is not held any more
   */
  Optional<ByteBuffer> verify(
      StoredEdition stored,
      Edition edition,
      Extent extent,
      int block,
      ScratchPool.Scratch scratch) {
    FileStamp before = trust.stamp(stored, extent).orElse(null);
    if (!stored.isHeld(extent, block)) {
      return Optional.empty();
    }
    ByteBuffer data = scratch.block(extent.shape.blockLength(block));
    try {
      if (!extent.files.read(data, extent.shape.blockAt(block))) {
        drop(stored, edition, extent, block, "the file is too short");
        return Optional.empty();
      }
      Hash found = scratch.hasher(edition.digest()).block(data.flip().duplicate());
      Optional<String> fault = judge(stored, edition, extent, block, found, scratch);
      if (fault.isPresent()) {
        drop(stored, edition, extent, block, fault.get());
        return Optional.empty();
      }
    } catch (IOException e) {
      drop(stored, edition, extent, block, e.toString());
      return Optional.empty();
    }
    trust.trust(stored, extent, block, before);
    return Optional.of(data);
  }

  /** What is wrong with the block, if anything is. */
  private Optional<String> judge(
      StoredEdition stored,
      Edition edition,
      Extent extent,
      int block,
      Hash found,
      ScratchPool.Scratch scratch)
      throws IOException {
    Question question = new Question(stored, edition, extent, block, scratch);
    if (question.leads(found, Order.PAGES_FIRST)) {
      mendSlot(stored, edition, extent, block, found);
      return Optional.empty();
    }
    Hash slot = extent.files.slot(block);
    if (!slot.equals(found) && question.leads(slot, Order.PAGES_FIRST)) {
      return Optional.of("its bytes were changed on disk");
    }
    if (question.leads(found, Order.SLOTS_FIRST)) {
      log.warn("hash pages of {} were damaged, and are mended from its slots", edition);
      mendSlot(stored, edition, extent, block, found);
      return Optional.empty();
    }
    return Optional.of(
        slot.equals(found)
            ? "the hashes that prove it are damaged or missing"
            : "neither its bytes nor its hash lead to the edition's root");
  }

  private void mendSlot(StoredEdition stored, Edition edition, Extent extent, int block, Hash right)
      throws IOException {
    if (extent.files.slot(block).equals(right)) {
      return;
    }
    log.warn("the slot of block {} of {} was changed on disk, and is mended", block, edition);
    parts.counters().failedVerifications.increment();
    trust.rewriteSlot(stored, extent, block, Optional.of(right));
  }

  private void drop(StoredEdition stored, Edition edition, Extent extent, int block, String fault) {
    log.warn(
        "block {} of {} in {} does not verify ({}): dropped, it will be fetched again",
        block,
        edition,
        extent.files.data(),
        fault);
    parts.counters().failedVerifications.increment();
    try {
      trust.rewriteSlot(stored, extent, block, Optional.empty());
    } catch (IOException e) {
      // It is not held in this life, and will fail again in the next.
      parts.writeFailures().report(extent.files.data(), e);
    }
  }

  /** Does that hash of this block lead to the root? What had to be folded for it is kept. */
  private final class Question {
    private final StoredEdition stored;
    private final Edition edition;
    private final TreeNode node;
    private final Span span;
    private final ScratchPool.Scratch scratch;

    Question(
        StoredEdition stored,
        Edition edition,
        Extent extent,
        int block,
        ScratchPool.Scratch scratch) {
      this.stored = stored;
      this.edition = edition;
      this.span = new Span(extent.shape.blockSize(), block, 1);
      this.node = new TreeShape(edition.lengthBytes()).block(span.blockSize(), block);
      this.scratch = scratch;
    }

    boolean leads(Hash hash, Order order) {
      KnownHashes known = new KnownHashes(stored, edition, order, scratch);
      Optional<SpanProof> proof =
          SpanProof.build(
                  edition.lengthBytes(),
                  span,
                  place -> place.equals(node) ? Optional.of(hash) : known.at(place))
              .flatMap(bytes -> SpanProof.verify(edition, span, bytes));
      if (proof.isPresent() && (known.hasFolded() || order == Order.SLOTS_FIRST)) {
        proofs.keep(stored, edition, proof.get());
      }
      return proof.isPresent();
    }
  }
}
