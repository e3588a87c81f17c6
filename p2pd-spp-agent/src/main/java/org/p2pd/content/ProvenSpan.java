package org.p2pd.content;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.Edition;
import org.p2pd.model.Span;

/**
 * Blocks and what another node needs to verify them.
 *
 * @param proof 32 bytes a hash, see {@code SpanProof}
 * @param leaves the leaf hashes of the first block, 32 bytes each; null if they were not wanted
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not shared
public record ProvenSpan(Span span, byte[] proof, byte @Nullable [] leaves) {

  /** What is known of a span at once, if all that is wanted is. */
  public static Optional<ProvenSpan> of(
      Content content, Edition edition, Span span, boolean withLeaves) {
    Optional<byte[]> proof = content.prove(edition, span);
    if (proof.isEmpty() || !withLeaves) {
      return proof.map(hashes -> new ProvenSpan(span, hashes, null));
    }
    Span first = new Span(span.blockSize(), span.firstBlock(), 1);
    return content
        .leafHashes(edition, first)
        .map(leaves -> new ProvenSpan(span, proof.get(), leaves));
  }
}
