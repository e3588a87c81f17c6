package org.p2pd.publish;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.p2pd.content.Content;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.content.FailedStream;
import org.p2pd.content.FilePart;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;
import org.p2pd.model.Title;
import org.p2pd.tree.SpanProof;
import org.p2pd.tree.TreeHasher;
import org.p2pd.tree.TreeNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owner's files as content. Every block that a viewer reads is verified before a byte of it
 * leaves, because the owner may overwrite a file at any moment; a file whose stat differs from when
 * it was hashed is not read at all.
 */
final class MediaContent implements Content {

  private static final Logger log = LoggerFactory.getLogger(MediaContent.class);

  private final Editions editions;
  private final OpenFiles openFiles;
  private final PinnedFiles pinned;
  private final BufferPool buffers;
  private final ProofBuffers proofBuffers;
  private final boolean trustFiles;
  private final Consumer<Title> suspected;
  private final LongAdder failedVerifications = new LongAdder();

  /**
   * @param suspected told of a title whose bytes or kept hashes are wrong although its stat is not;
   *     must not wait
   */
  MediaContent(
      Editions editions,
      OpenFiles openFiles,
      PinnedFiles pinned,
      BufferPool buffers,
      ProofBuffers proofBuffers,
      boolean trustFiles,
      Consumer<Title> suspected) {
    this.editions = editions;
    this.openFiles = openFiles;
    this.pinned = pinned;
    this.buffers = buffers;
    this.proofBuffers = proofBuffers;
    this.trustFiles = trustFiles;
    this.suspected = suspected;
  }

  long failedVerifications() {
    return failedVerifications.sum();
  }

  @Override
  public boolean canFetch() {
    return false;
  }

  @Override
  public boolean holds(Edition edition, ByteRange range) {
    return range.last() < edition.lengthBytes() && editions.usable(edition).isPresent();
  }

  /** A peer verifies what it gets; but no name may lead out of the public directory meanwhile. */
  @Override
  public Optional<FilePart> filePart(Edition edition, ByteRange range, Reader reader) {
    if (range.last() >= edition.lengthBytes() || (reader == Reader.VIEWER && !trustFiles)) {
      return Optional.empty();
    }
    return editions
        .usable(edition)
        .filter(Editions.Usable::sure)
        .flatMap(usable -> pinned.pin(usable.file()))
        .map(path -> new FilePart(path, range.first(), range.lengthBytes()));
  }

  @Override
  public ContentStream open(ReadRequest request) {
    Optional<Editions.Usable> usable = editions.usable(request.edition());
    if (usable.isEmpty()) {
      // The catalogue named it a moment ago: its file has changed since, or is gone.
      return failed(request, ContentFailure.EDITION_GONE, "no file is this edition any more");
    }
    try {
      OpenFiles.Hold hold = openFiles.hold(usable.get().file());
      boolean trusted = trustFiles && usable.get().sure();
      return new MediaStream(request.range(), hold, buffers, trusted, this::mismatch);
    } catch (OpenMedia.ReplacedException e) {
      // Replaced since its stat was looked at: the next look says by what.
      return failed(request, ContentFailure.EDITION_GONE, String.valueOf(e.getMessage()));
    } catch (OpenMedia.HashesLostException e) {
      mismatch(usable.get().file(), String.valueOf(e.getMessage()));
      return failed(request, ContentFailure.EDITION_GONE, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      log.warn("{} cannot be read: {}", usable.get().file().title(), e.toString());
      return failed(request, ContentFailure.UNREADABLE, e.toString());
    }
  }

  private static ContentStream failed(ReadRequest request, ContentFailure why, String detail) {
    return new FailedStream(request.range().first(), why, detail);
  }

  /** Bytes, or kept hashes, are not what was hashed: nothing of the file leaves any more. */
  private void mismatch(HashedFile file, String detail) {
    failedVerifications.increment();
    openFiles.breakOff(file); // its hashes may be what is wrong, and are replaced
    if (editions.spoil(file)) {
      log.warn("{} is not what it was when it was hashed ({})", file.title(), detail);
      suspected.accept(file.title());
    }
  }

  @Override
  public Optional<byte[]> prove(Edition edition, Span span) {
    return provenSpan(edition, span).map(SpanProof::toBytes);
  }

  private Optional<SpanProof> provenSpan(Edition edition, Span span) {
    if (span.lastBlock() >= span.blockSize().blockCount(edition.lengthBytes())) {
      return Optional.empty();
    }
    return reading(
        edition,
        (media, buffer) -> {
          TreeHasher hasher = new TreeHasher(edition.digest());
          Optional<byte[]> proof =
              SpanProof.build(
                  edition.lengthBytes(),
                  span,
                  node -> Optional.of(hashAt(media, node, hasher, buffer)));
          // A proof that does not lead would be held against this node: better none.
          Optional<SpanProof> verified =
              proof.flatMap(bytes -> SpanProof.verify(edition, span, bytes));
          if (verified.isEmpty()) {
            mismatch(media.file(), "its hashes do not lead to the root");
          }
          return verified;
        });
  }

  private static Hash hashAt(
      OpenMedia media, TreeNode node, TreeHasher hasher, ProofBuffers.Loan buffer) {
    try {
      return media.hash(node, hasher, buffer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Optional<byte[]> leafHashes(Edition edition, Span oneBlock) {
    Optional<SpanProof> proof = provenSpan(edition, oneBlock);
    if (oneBlock.blockCount() != 1 || proof.isEmpty()) {
      return Optional.empty();
    }
    return reading(
        edition,
        (media, buffer) -> {
          ByteRange bytes = oneBlock.bytes(edition.lengthBytes());
          int length = (int) bytes.lengthBytes();
          TreeHasher hasher = new TreeHasher(edition.digest());
          byte[] leaves = media.leaves(bytes.first(), length, hasher, buffer);
          if (SpanProof.leavesMatch(
              edition, proof.get().blockHash(oneBlock.firstBlock()), length, leaves)) {
            return Optional.of(leaves);
          }
          mismatch(media.file(), "block " + oneBlock.firstBlock() + " differs from its hash");
          return Optional.empty();
        });
  }

  /**
   * Reads a range again, at most a region of it; if it is wrong the title is hashed anew. True if
   * it is as it should be, as far as can be told.
   */
  boolean recheck(Edition edition, ByteRange range) {
    if (range.first() >= edition.lengthBytes()) {
      return true;
    }
    Optional<BlockSize> kept =
        reading(edition, (media, buffer) -> Optional.of(media.keptBlockSize()));
    if (kept.isEmpty()) {
      return false;
    }
    long regionEnd = range.first() | (BlockSize.REGION_BYTES - 1L);
    long last = Math.min(Math.min(range.last(), regionEnd), edition.lengthBytes() - 1);
    int first = kept.get().blockAt(range.first());
    Span span = new Span(kept.get(), first, kept.get().blockAt(last) - first + 1);
    Optional<SpanProof> proof = provenSpan(edition, span);
    return proof.isPresent()
        && reading(edition, (media, buffer) -> matches(media, proof.get(), buffer)).orElse(false);
  }

  private Optional<Boolean> matches(OpenMedia media, SpanProof proof, ProofBuffers.Loan buffer)
      throws IOException {
    Edition edition = media.edition();
    BlockSize size = proof.span().blockSize();
    TreeHasher hasher = new TreeHasher(edition.digest());
    for (int block = proof.span().firstBlock(); block <= proof.span().lastBlock(); block++) {
      int length = size.lengthOf(block, edition.lengthBytes());
      byte[] leaves = media.leaves(size.start(block), length, hasher, buffer);
      if (!hasher.fold(leaves).equals(proof.blockHash(block))) {
        mismatch(media.file(), "block " + block + " of " + size + " differs from its hash");
        return Optional.of(false);
      }
    }
    return Optional.of(true);
  }

  private interface Reading<T> {
    Optional<T> from(OpenMedia media, ProofBuffers.Loan buffer) throws IOException;
  }

  private <T> Optional<T> reading(Edition edition, Reading<T> reading) {
    Optional<Editions.Usable> usable = editions.usable(edition);
    if (usable.isEmpty()) {
      return Optional.empty();
    }
    try (OpenFiles.Hold hold = openFiles.hold(usable.get().file());
        ProofBuffers.Loan buffer = proofBuffers.borrow()) {
      return reading.from(hold.media(), buffer);
    } catch (OpenMedia.ReplacedException e) {
      log.debug("nothing is proven: {}", e.getMessage());
    } catch (OpenMedia.HashesLostException e) {
      mismatch(usable.get().file(), String.valueOf(e.getMessage()));
    } catch (IOException | UncheckedIOException e) {
      // A channel that an interrupted thread closed is opened anew by the next reading.
      openFiles.breakOff(usable.get().file());
      log.warn("{} cannot be read: {}", usable.get().file().title(), e.toString());
    }
    return Optional.empty();
  }
}
