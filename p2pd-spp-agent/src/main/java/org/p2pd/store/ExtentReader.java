package org.p2pd.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.p2pd.content.FilePart;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;

/** Reads bytes for those who believe what they get. */
final class ExtentReader {

  private final StoreParts parts;
  private final ExtentTrust trust;
  private final BlockVerifier verifier;

  ExtentReader(StoreParts parts, ExtentTrust trust, BlockVerifier verifier) {
    this.parts = parts;
    this.trust = trust;
    this.verifier = verifier;
  }

  /**
   * A part of one extent's file, all of it held and trusted; it may be opened by name for some
   * time.
   */
  Optional<FilePart> filePart(StoredEdition stored, ByteRange range) {
    synchronized (stored) {
      Optional<Extent> found =
          stored
              .extentAt(range.first())
              .filter(extent -> extent.shape.range().contains(range) && extent.holds(range));
      if (found.isEmpty()) {
        return Optional.empty();
      }
      Extent extent = found.get();
      if (!(trust.confirm(stored, extent) && extent.trusts(range))) {
        return Optional.empty();
      }
      extent.pinnedUntil = parts.now() + TimeUnit.SECONDS.toNanos(FilePart.KEPT_SECONDS);
      extent.handedOut = true;
      extent.usedMillis = parts.clockMillis();
      stored.touch();
      long offset = range.first() - extent.shape.start();
      return Optional.of(new FilePart(extent.files.data(), offset, range.lengthBytes()));
    }
  }

  /** Reads as many held bytes as there are from a position on and fit; 0 if there are none. */
  int read(StoredEdition stored, Edition edition, long position, ByteBuffer to) {
    long at = position;
    while (to.hasRemaining() && at < edition.lengthBytes()) {
      Optional<Extent> extent = stored.lend(at);
      if (extent.isEmpty()) {
        break;
      }
      try {
        int n = readFrom(stored, edition, extent.get(), at, to);
        if (n == 0) {
          break;
        }
        at += n;
      } finally {
        stored.giveBack(extent.get());
      }
    }
    return (int) (at - position);
  }

  private int readFrom(
      StoredEdition stored, Edition edition, Extent extent, long at, ByteBuffer to) {
    if (!parts.config().verifyReads()) {
      Extent.Trusted trusted = stored.trustedFrom(extent, at);
      int n = (int) Math.min(to.remaining(), trusted.until() - at);
      if (n > 0 && readTrusted(stored, extent, trusted, at, to.slice().limit(n))) {
        to.position(to.position() + n);
        return n;
      }
    }
    return readVerified(stored, edition, extent, at, to);
  }

  /** The stamp is compared after the read: what changed before or in it is noticed. */
  private boolean readTrusted(
      StoredEdition stored, Extent extent, Extent.Trusted trusted, long at, ByteBuffer to) {
    try {
      return extent.files.read(to, at - extent.shape.start())
          && trust.confirm(stored, extent, trusted);
    } catch (IOException e) {
      // Verifying finds out which blocks cannot be read, and drops those.
      return false;
    }
  }

  private int readVerified(
      StoredEdition stored, Edition edition, Extent extent, long at, ByteBuffer to) {
    int block = extent.blockOf(at);
    try (ScratchPool.Scratch scratch = parts.scratch().borrow()) {
      Optional<ByteBuffer> data = verifier.verify(stored, edition, extent, block, scratch);
      if (data.isEmpty()) {
        return 0;
      }
      ByteBuffer bytes = data.get();
      bytes.position((int) (at - extent.shape.blockSize().start(block)));
      int n = Math.min(to.remaining(), bytes.remaining());
      to.put(bytes.limit(bytes.position() + n));
      return n;
    }
  }
}
