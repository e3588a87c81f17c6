package org.p2pd.fetch;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.p2pd.tree.SpanProof;

/**
 * One memory for an arriving block, which one question fills. A block has one, or two while it is
 * hedged.
 *
 * <p>Its memory is given back when it was dropped, no viewer reads it, and no source may still
 * write to it. Verified bytes never change: a question that is asked anew gets a new copy.
 */
final class Copy {

  final Arrival arrival;

  private final Slab.Piece piece;
  private final ByteBuffer memory;

  // Guarded by the monitor of the arrival, as are the methods whose names end in Locked.
  private int verified;
  private int pins;
  private boolean filling;
  private boolean dropped;
  private Arrival.Origin origin = Arrival.Origin.NOT_ASKED;
  private @Nullable SpanProof proof;

  Copy(Arrival arrival, Slab.Piece piece) {
    this.arrival = arrival;
    this.piece = piece;
    this.memory = piece.buffer(0, arrival.lengthBytes);
  }

  /** A buffer of its own over the whole block. */
  ByteBuffer buffer() {
    return memory.duplicate();
  }

  void fillingBeginsLocked(Arrival.Origin from) {
    filling = true;
    origin = from;
  }

  Arrival.Origin originLocked() {
    return origin;
  }

  /** The source will not write any more. */
  void fillingEnded() {
    synchronized (arrival) {
      if (filling) {
        filling = false;
        releaseIfOverLocked();
      }
    }
  }

  void provenLocked(SpanProof spanProof) {
    proof = spanProof;
  }

  @Nullable SpanProof proofLocked() {
    return proof;
  }

  /** The proof that came before its bytes, if it came. */
  @Nullable SpanProof proof() {
    synchronized (arrival) {
      return proof;
    }
  }

  /** The first {@code bytes} are verified: waiting viewers are told. */
  void verified(int bytes) {
    arrival.verified(this, bytes);
  }

  boolean advanceLocked(int bytes) {
    if (dropped || bytes <= verified) {
      return false;
    }
    verified = bytes;
    return true;
  }

  int verifiedLocked() {
    return verified;
  }

  ByteBuffer pinLocked(int offset, int length) {
    pins++;
    return memory.slice(offset, length).asReadOnlyBuffer();
  }

  /** A viewer has read what was pinned. */
  void unpin() {
    synchronized (arrival) {
      pins--;
      releaseIfOverLocked();
    }
  }

  /** It is not to be read any more by those who do not read it now. */
  void dropLocked() {
    if (!dropped) {
      dropped = true;
      releaseIfOverLocked();
    }
  }

  private void releaseIfOverLocked() {
    if (dropped && pins == 0 && !filling) {
      piece.release();
    }
  }

  /** Charges what is on disk already to the share of what may be dropped at any time. */
  boolean chargeAsKept() {
    return piece.moveTo(Share.KEPT);
  }
}
