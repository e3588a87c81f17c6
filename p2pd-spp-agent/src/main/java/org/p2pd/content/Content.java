package org.p2pd.content;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.Span;

/**
 * The bytes of editions that a node has or can get. Thread-safe; no call waits for another node.
 */
public interface Content {

  /** Whether what is not here may be asked of another node, for those for whom that is done. */
  boolean canFetch();

  /** Whether all bytes of the range are here, to be read without asking another node. */
  boolean holds(Edition edition, ByteRange range);

  /**
   * The range as a part of one file, when all of it is here, in one file, and may be sent to that
   * reader as it lies there. For a viewer that takes trust (an extent that is sealed and unchanged,
   * or blocks verified in this process's life).
   */
  Optional<FilePart> filePart(Edition edition, ByteRange range, Reader reader);

  /** Begins a reading. Failures show in the stream. */
  ContentStream open(ReadRequest request);

  /**
   * The proof of a span (32 bytes a hash, see {@code SpanProof}), if the hashes it takes are known
   * here. May read and hash up to 1 MiB of local data.
   */
  Optional<byte[]> prove(Edition edition, Span span);

  /** The leaf hashes of a block that is held here, 32 bytes each. */
  Optional<byte[]> leafHashes(Edition edition, Span oneBlock);

  /**
   * The proof of a span, or of the blocks of it that come first, as soon as it is known here: of
   * blocks that are held, or on their way here from a node that is no sibling. Nothing if there are
   * none, or if they do not come after all. Completes on any thread, after the arrival of what it
   * depends on; the caller bounds how long it waits.
   *
   * @param leaves whether the first block's leaf hashes are wanted too; then that block is waited
   *     for
   */
  default CompletionStage<Optional<ProvenSpan>> proveArriving(
      Edition edition, Span span, boolean leaves) {
    return CompletableFuture.completedFuture(
        holds(edition, span.bytes(edition.lengthBytes()))
            ? ProvenSpan.of(this, edition, span, leaves)
            : Optional.empty());
  }
}
