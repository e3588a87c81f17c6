package org.p2pd.fetch;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;
import org.p2pd.tree.SpanProof;
import org.p2pd.tree.TreeHasher;
import org.p2pd.tree.TreeNode;

/**
 * What can be proved of blocks that are only on their way through memory, so that a node whose disk
 * is full still passes them on to others. Thread-safe.
 *
 * <p>A hash that a span's proof takes and that is outside the span is a subtree beside one of its
 * blocks: so the proofs with which all its blocks came contain the span's own.
 */
final class ArrivingProofs {

  private final Arrivals arrivals;

  ArrivingProofs(Arrivals arrivals) {
    this.arrivals = arrivals;
  }

  Optional<byte[]> prove(Edition edition, Span span) {
    Map<TreeNode, Hash> known = new HashMap<>();
    for (int block = span.firstBlock(); block <= span.lastBlock(); ) {
      SpanProof proof =
          arrivals.at(edition, span.blockSize().start(block)).map(Arrival::proof).orElse(null);
      if (proof == null || !proof.span().blockSize().equals(span.blockSize())) {
        return Optional.empty();
      }
      if (proof.span().equals(span)) {
        return Optional.of(proof.toBytes());
      }
      for (int i = 0; i < proof.places().size(); i++) {
        known.put(proof.places().get(i), proof.hashes().get(i));
      }
      block = proof.span().lastBlock() + 1;
    }
    return SpanProof.build(
        edition.lengthBytes(), span, place -> Optional.ofNullable(known.get(place)));
  }

  /** The leaf hashes of a block that is complete in memory. */
  Optional<byte[]> leafHashes(Edition edition, Span oneBlock) {
    BlockSize size = oneBlock.blockSize();
    Arrival arrival = arrivals.at(edition, size.start(oneBlock.firstBlock())).orElse(null);
    if (arrival == null || !arrival.blockSize.equals(size)) {
      return Optional.empty();
    }
    Optional<Arrival.Look.Pinned> whole = arrival.pinWhole();
    if (whole.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new TreeHasher(edition.digest()).leaves(whole.get().bytes()));
    } finally {
      whole.get().copy().unpin();
    }
  }
}
