package org.p2pd.fetch;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.tree.SpanProof;

/**
 * One block on its way through memory: where the sources that bring it and the viewers that wait
 * for it meet.
 *
 * <pre>
 * ARRIVING --complete, stored--&gt; KEPT ----+
 *     |  \--complete, not stored--&gt; PASSING --+--retire--&gt; GONE
 *     +--------------------------------------+
 * </pre>
 *
 * <p>A source's thread fills a {@link Copy} of it and settles it; viewers' threads look and pin;
 * only the fetch loop claims and retires it. Whichever copy has more verified bytes is read; the
 * first that is complete is the block, and the other is dropped.
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

  /** From whom it comes. */
  enum Origin {
    /** It is claimed, and no one was asked yet. */
    NOT_ASKED,
    /** From siblings alone. */
    SIBLING,
    /** From a parent, a stand-in, a mirror: others may have it while it comes. */
    OTHER
  }

  /** Who wants it. Confined to the fetch loop. */
  final Set<Viewing> wanters = new HashSet<>(2);

  /** The questions under way that are to bring it. Confined to the fetch loop. */
  final Set<SpanFetch> asked = new HashSet<>(2);

  /** Since when a viewer was seen to wait for it in vain. Confined to the fetch loop. */
  OptionalLong lateSinceNanos = OptionalLong.empty();

  /** When it was last hedged: asked of a second source too. Confined to the fetch loop. */
  OptionalLong hedgedAtNanos = OptionalLong.empty();

  /** Whether it was asked of a parent because nothing came at all. Confined to the fetch loop. */
  boolean rescued;

  @GuardedBy("this")
  private State state = State.ARRIVING;

  /** One or two that were not dropped; none when it is gone. */
  @GuardedBy("this")
  private List<Copy> copies;

  /** When a viewer last looked, or when it was complete. */
  @GuardedBy("this")
  private long touchedNanos;

  @GuardedBy("this")
  private List<CacheStream> waiters = List.of();

  @GuardedBy("this")
  private List<Runnable> watchers = List.of();

  Arrival(Edition edition, BlockSize blockSize, int block, Slab.Piece piece) {
    this.edition = edition;
    this.blockSize = blockSize;
    this.block = block;
    this.start = blockSize.start(block);
    this.lengthBytes = blockSize.lengthOf(block, edition.lengthBytes());
    this.copies = List.of(new Copy(this, piece));
  }

  long end() {
    return start + lengthBytes;
  }

  synchronized List<Copy> copies() {
    return copies;
  }

  /** Whether a copy may still become the block. */
  synchronized boolean needs(Copy copy) {
    return state == State.ARRIVING && copies.contains(copy);
  }

  /** A second memory, for the hedge; none if it came meanwhile. */
  synchronized Optional<Copy> hedged(Slab.Piece piece) {
    if (state != State.ARRIVING || copies.size() != 1) {
      return Optional.empty();
    }
    Copy second = new Copy(this, piece);
    copies = List.of(copies.get(0), second);
    return Optional.of(second);
  }

  /** That copy will not be completed; false if it was the only one. */
  boolean abandon(Copy copy) {
    News news;
    synchronized (this) {
      if (copies.size() < 2 || !copies.contains(copy)) {
        return false;
      }
      copies = copies.stream().filter(other -> other != copy).toList();
      copy.dropLocked();
      news = originChangedLocked();
    }
    news.tell();
    return true;
  }

  /** Who is to be told of something, once the monitor is left. */
  private record News(List<CacheStream> streams, List<Runnable> watchers) {
    void tell() {
      streams.forEach(CacheStream::signal);
      watchers.forEach(Runnable::run);
    }
  }

  /** Who waits to pass it on must not, once it comes from siblings alone. */
  @GuardedBy("this")
  private News originChangedLocked() {
    if (originLocked() != Origin.SIBLING) {
      return new News(List.of(), takeWatchers());
    }
    List<CacheStream> passingOn = waiters.stream().filter(CacheStream::passesOn).toList();
    if (!passingOn.isEmpty()) {
      waiters.removeAll(passingOn);
    }
    return new News(passingOn, takeWatchers());
  }

  @GuardedBy("this")
  private Origin originLocked() {
    Origin origin = Origin.NOT_ASKED;
    for (Copy copy : copies) {
      origin = copy.originLocked().compareTo(origin) > 0 ? copy.originLocked() : origin;
    }
    return origin;
  }

  /**
   * A question is about to be asked that fills that copy; false if the block came meanwhile: the
   * copy's memory may be another's by now.
   */
  boolean fillingBegins(Copy copy, BlockSource.Relation source) {
    News news;
    synchronized (this) {
      if (!needs(copy)) {
        return false;
      }
      copy.fillingBeginsLocked(
          source == BlockSource.Relation.SIBLING ? Origin.SIBLING : Origin.OTHER);
      news = originChangedLocked();
    }
    news.tell();
    return true;
  }

  void proven(Copy copy, SpanProof proof) {
    List<Runnable> told;
    synchronized (this) {
      copy.provenLocked(proof);
      told = takeWatchers();
    }
    told.forEach(Runnable::run);
  }

  /** What a viewer finds at a position. */
  sealed interface Look {
    /** These bytes; the copy is to be unpinned. */
    record Pinned(ByteBuffer bytes, Copy copy) implements Look {}

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
    Copy best = best();
    if (offset < best.verifiedLocked()) {
      touchedNanos = nowNanos;
      int length = Math.min(maxBytes, best.verifiedLocked() - offset);
      return new Look.Pinned(best.pinLocked(offset, length), best);
    }
    addWaiter(waiter);
    return WAITING;
  }

  /** The same for one who passes it on to a sibling: what comes from a sibling is not there yet. */
  synchronized Look lookToPassOn(long position, int maxBytes, CacheStream waiter, long nowNanos) {
    return canBePassedOn() ? look(position, maxBytes, waiter, nowNanos) : LEFT;
  }

  /** Whether a sibling may have it, or wait for it: it is complete, or not from siblings alone. */
  synchronized boolean canBePassedOn() {
    return state != State.GONE && (originLocked() != Origin.SIBLING || isWholeLocked());
  }

  @GuardedBy("this")
  private boolean isWholeLocked() {
    return best().verifiedLocked() == lengthBytes;
  }

  /** The copy with the most verified bytes. */
  @GuardedBy("this")
  private Copy best() {
    Copy best = copies.get(0);
    for (Copy copy : copies) {
      best = copy.verifiedLocked() > best.verifiedLocked() ? copy : best;
    }
    return best;
  }

  /**
   * Has a viewer signalled at the next progress; false if there is something for it to see now (it
   * is then not registered).
   */
  synchronized boolean await(long position, CacheStream waiter) {
    if (state == State.GONE || position - start < best().verifiedLocked()) {
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

  /** Whether not even its beginning has come. */
  synchronized boolean isEmpty() {
    return state == State.ARRIVING && best().verifiedLocked() == 0;
  }

  /** Whether a viewer's play head has come to its bytes and waits. */
  synchronized boolean isAwaited() {
    return state == State.ARRIVING && waiters.stream().anyMatch(CacheStream::isAtPlayHead);
  }

  /** The whole block, if it is complete; to be unpinned. */
  synchronized Optional<Look.Pinned> pinWhole() {
    if (state == State.GONE || !isWholeLocked()) {
      return Optional.empty();
    }
    return Optional.of(new Look.Pinned(best().pinLocked(0, lengthBytes), best()));
  }

  /** The proof that came with it, if one came. */
  synchronized @Nullable SpanProof proof() {
    for (Copy copy : copies) {
      SpanProof proof = copy.proofLocked();
      if (proof != null) {
        return proof;
      }
    }
    return null;
  }

  /**
   * How far it has come.
   *
   * @param gone it left memory: look in the store
   * @param proof null until it came
   * @param whole all of it is verified
   */
  record Progress(boolean gone, Origin origin, @Nullable SpanProof proof, boolean whole) {}

  synchronized Progress progress() {
    boolean gone = state == State.GONE;
    return new Progress(gone, originLocked(), proof(), !gone && isWholeLocked());
  }

  /**
   * Has something run once, on the thread that brings the news, when it has come further than was
   * seen; false if that is so already (it is then not registered).
   */
  synchronized boolean watch(Progress seen, Runnable watcher) {
    if (!progress().equals(seen)) {
      return false;
    }
    if (watchers.isEmpty()) {
      watchers = new ArrayList<>(1);
    }
    watchers.add(watcher);
    return true;
  }

  /** The first bytes of a copy are verified: waiting viewers are told. */
  void verified(Copy by, int bytes) {
    News news;
    synchronized (this) {
      if (!by.advanceLocked(bytes)) {
        return;
      }
      news = new News(takeWaiters(), bytes == lengthBytes ? takeWatchers() : List.of());
    }
    news.tell();
  }

  /**
   * A copy is complete and was stored or not; false if it is not needed any more: no one wants the
   * block, or the other copy was first.
   */
  synchronized boolean settle(Copy by, boolean stored, long nowNanos) {
    if (state != State.ARRIVING || !copies.contains(by)) {
      return false;
    }
    state = stored ? State.KEPT : State.PASSING;
    touchedNanos = nowNanos;
    for (Copy copy : copies) {
      if (copy != by) {
        copy.dropLocked();
      }
    }
    copies = List.of(by);
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
    List<Copy> settled = copies();
    return !settled.isEmpty() && settled.get(0).chargeAsKept();
  }

  /** Leaves memory as soon as no one reads or writes it; returns who was waiting. */
  List<CacheStream> retire() {
    News news;
    synchronized (this) {
      if (state == State.GONE) {
        return List.of();
      }
      state = State.GONE;
      news = new News(takeWaiters(), takeWatchers());
      copies.forEach(Copy::dropLocked);
      copies = List.of();
    }
    news.watchers().forEach(Runnable::run);
    return news.streams();
  }

  @GuardedBy("this")
  private List<CacheStream> takeWaiters() {
    List<CacheStream> taken = waiters;
    waiters = List.of();
    return taken;
  }

  @GuardedBy("this")
  private List<Runnable> takeWatchers() {
    List<Runnable> taken = watchers;
    watchers = List.of();
    return taken;
  }

  @Override
  public String toString() {
    return "block " + block + " (" + blockSize + ") of " + edition.id();
  }
}
