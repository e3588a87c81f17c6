package org.p2pd.fetch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.tree.SpanProof;

/**
 * One block on its way through memory: where the source that fills it and the viewers that wait for
 * it meet.
 *
 * <pre>
 * ARRIVING --complete, stored--&gt; KEPT ----+
 *     |  \--complete, not stored--&gt; PASSING --+--retire--&gt; GONE
 *     +--------------------------------------+
 * </pre>
 *
 * <p>The source's thread fills it ({@link #verified}) and settles it; viewers' threads look and
 * pin; only the fetch loop claims and retires it. Its memory is given back when it is GONE, no
 * viewer reads it and no source may still write to it. Verified bytes never change: a block that
 * has to be asked for again is a new arrival in new memory.
 */
final class Arrival {

  enum State {
    ARRIVING,
    KEPT,
    PASSING,
    GONE
  }

  final Edition edition;
  final BlockSize blockSize;
  final int block;
  final long start;
  final int lengthBytes;

  /** Who wants it. Confined to the fetch loop. */
  final Set<Viewing> wanters = new HashSet<>(2);

  /** The question that is to bring it, once asked. Confined to the fetch loop. */
  @Nullable SpanFetch fetch;

  private final Slab.Piece piece;
  private final ByteBuffer memory;

  @GuardedBy("this")
  private State state = State.ARRIVING;

  @GuardedBy("this")
  private int verified;

  @GuardedBy("this")
  private int pins;

  @GuardedBy("this")
  private boolean filling;

  /** When a viewer last looked, or when it was complete. */
  @GuardedBy("this")
  private long touchedNanos;

  @GuardedBy("this")
  private List<CacheStream> waiters = List.of();

  @GuardedBy("this")
  private @Nullable SpanProof proof;

  Arrival(Edition edition, BlockSize blockSize, int block, Slab.Piece piece) {
    this.edition = edition;
    this.blockSize = blockSize;
    this.block = block;
    this.start = blockSize.start(block);
    this.lengthBytes = blockSize.lengthOf(block, edition.lengthBytes());
    this.piece = piece;
    this.memory = piece.buffer(0, lengthBytes);
  }

  long end() {
    return start + lengthBytes;
  }

  /** What a viewer finds at a position. */
  sealed interface Look {
    /** These bytes; to be unpinned. */
    record Pinned(ByteBuffer bytes) implements Look {}

    /** Nothing yet; the waiter will be signalled. */
    record Waiting() implements Look {}

    /** It left memory: look in the store. */
    record Left() implements Look {}
  }

  private static final Look WAITING = new Look.Waiting();
  private static final Look LEFT = new Look.Left();

  /** At most {@code maxBytes} verified bytes from a position within the block on. */
  synchronized Look look(long position, int maxBytes, CacheStream waiter, long nowNanos) {
    if (state == State.GONE) {
      return LEFT;
    }
    int offset = (int) (position - start);
    if (offset < verified) {
      pins++;
      touchedNanos = nowNanos;
      return new Look.Pinned(
          memory.slice(offset, Math.min(maxBytes, verified - offset)).asReadOnlyBuffer());
    }
    addWaiter(waiter);
    return WAITING;
  }

  /**
   * Has a viewer signalled at the next progress; false if there is something for it to see now (it
   * is then not registered).
   */
  synchronized boolean await(long position, CacheStream waiter) {
    if (state == State.GONE || position - start < verified) {
      return false;
    }
    addWaiter(waiter);
    return true;
  }

  @GuardedBy("this")
  private void addWaiter(CacheStream waiter) {
    if (waiters.isEmpty()) {
      waiters = new ArrayList<>(1);
    }
    waiters.add(waiter);
  }

  /** The whole block, if it is complete; to be unpinned. */
  synchronized Optional<ByteBuffer> pinWhole() {
    if (state == State.GONE || verified < lengthBytes) {
      return Optional.empty();
    }
    pins++;
    return Optional.of(memory.asReadOnlyBuffer());
  }

  synchronized void unpin() {
    pins--;
    releaseIfLeft();
  }

  /** A question is about to be asked that fills this block. */
  synchronized void fillingBegins() {
    filling = true;
  }

  /** The source will not write any more. */
  synchronized void fillingEnded() {
    if (filling) {
      filling = false;
      releaseIfLeft();
    }
  }

  synchronized void proven(SpanProof spanProof) {
    proof = spanProof;
  }

  /** The proof that came before its bytes, if it came. */
  synchronized @Nullable SpanProof proof() {
    return proof;
  }

  /** A buffer of its own over the whole block. */
  ByteBuffer buffer() {
    return memory.duplicate();
  }

  /** The first {@code bytes} are verified: waiting viewers are told. */
  void verified(int bytes) {
    List<CacheStream> told;
    synchronized (this) {
      if (state == State.GONE || bytes <= verified) {
        return;
      }
      verified = bytes;
      told = takeWaiters();
    }
    told.forEach(CacheStream::signal);
  }

  /** The whole block is verified and was stored or not; false if no one wants it any more. */
  synchronized boolean settle(boolean stored, long nowNanos) {
    if (state != State.ARRIVING) {
      return false;
    }
    state = stored ? State.KEPT : State.PASSING;
    touchedNanos = nowNanos;
    return true;
  }

  synchronized State state() {
    return state;
  }

  /** How long no viewer has looked, in nanoseconds. */
  synchronized long idleNanos(long nowNanos) {
    return nowNanos - touchedNanos;
  }

  /** Charges what is on disk already to the share of what may be dropped at any time. */
  boolean chargeAsKept() {
    return piece.moveTo(Share.KEPT);
  }

  /** Leaves memory as soon as no one reads or writes it; returns who was waiting. */
  synchronized List<CacheStream> retire() {
    if (state == State.GONE) {
      return List.of();
    }
    state = State.GONE;
    List<CacheStream> left = takeWaiters();
    releaseIfLeft();
    return left;
  }

  @GuardedBy("this")
  private List<CacheStream> takeWaiters() {
    List<CacheStream> taken = waiters;
    waiters = List.of();
    return taken;
  }

  @GuardedBy("this")
  private void releaseIfLeft() {
    if (state == State.GONE && pins == 0 && !filling) {
      piece.release();
    }
  }

  @Override
  public String toString() {
    return "block " + block + " (" + blockSize + ") of " + edition.id();
  }
}
