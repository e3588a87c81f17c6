package org.p2pd.fetch;

import com.google.common.base.Ticker;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.content.Fetching;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Urgency;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.store.BlockStore;

/**
 * One reading from a cache: bytes that are arriving from the memory into which they arrive, all
 * others from the store; what is in neither is wanted of the fetch loop.
 *
 * <p>Its fields are confined to its owner, but for what the loop and the sources' threads may call:
 * {@link #signal}, {@link #fail}, {@link #noticeFrom}, {@link #fetched}.
 */
final class CacheStream implements ContentStream {

  /** So close to the end of what is held, the rest is asked for before it is missed. */
  private static final long APPROACH_BYTES = BlockSize.REGION_BYTES;

  /** So often may the store say that it holds what it then cannot read. */
  private static final int MAX_CONTRADICTIONS = 3;

  private static final Next PENDING = new Next.Pending();
  private static final Next END = new Next.End();

  private final ReadRequest request;
  private final Edition edition;
  private final BlockStore store;
  private final Arrivals arrivals;
  private final ReadBuffers buffers;
  private final Mailbox mailbox;
  private final FetchCounters counters;
  private final Ticker ticker;
  private final Viewing viewing;
  private final WakeUp wakeUp = new WakeUp();
  private final FetchedParts fetched = new FetchedParts();

  private long position;
  private long heldBytes;
  private int contradictions;
  private boolean known;
  private boolean pending;
  private @Nullable Lent lent;
  private boolean closed;

  private volatile Next.@Nullable Failed failed;
  private volatile long noticeFrom = Long.MAX_VALUE;

  CacheStream(
      ReadRequest request,
      BlockStore store,
      Arrivals arrivals,
      ReadBuffers buffers,
      Mailbox mailbox,
      FetchCounters counters,
      Ticker ticker) {
    this.request = request;
    this.edition = request.edition();
    this.store = store;
    this.arrivals = arrivals;
    this.buffers = buffers;
    this.mailbox = mailbox;
    this.counters = counters;
    this.ticker = ticker;
    this.viewing = new Viewing(this, request, ticker.read());
    this.position = request.range().first();
    counters.openReadings.increment();
  }

  // Called by the fetch loop and the sources' threads.

  Viewing viewing() {
    return viewing;
  }

  /** Whether it passes on to a sibling what comes for others. */
  boolean passesOn() {
    return request.fetching() == Fetching.ARRIVING;
  }

  /** Whether a viewer waits at its reading position. */
  boolean isAtPlayHead() {
    return request.urgency() == Urgency.PLAY_HEAD;
  }

  /** It may be worth looking again. */
  void signal() {
    wakeUp.signal();
  }

  void fail(ContentFailure failure, String detail) {
    failed = new Next.Failed(failure, detail);
    wakeUp.signal();
  }

  /** From that position on the loop is to be told where the reading is. */
  void noticeFrom(long noticePosition) {
    noticeFrom = noticePosition;
  }

  /** These bytes were not held when this stream wanted them. */
  void fetched(long start, long end) {
    fetched.add(start, end);
  }

  // Called by the owner.

  @Override
  public Next next(int maxBytes) {
    if (maxBytes < 1) {
      throw new IllegalArgumentException("at most " + maxBytes + " bytes");
    }
    if (lent != null) {
      throw new IllegalStateException("release the bytes of " + edition.id() + " before the next");
    }
    wakeUp.looking();
    pending = false;
    if (closed) {
      return new Next.Failed(ContentFailure.CLOSED, "the reading was closed");
    }
    if (failed == null && mailbox.isClosing()) {
      failed = new Next.Failed(ContentFailure.CLOSING, "this node is shutting down");
    }
    if (failed != null) {
      return failed;
    }
    long rest = request.range().last() + 1 - position;
    if (rest == 0) {
      return END;
    }
    int most = (int) Math.min(rest, maxBytes);
    Next found = request.fetching() == Fetching.NOTHING ? null : fromMemory(most);
    found = found == null ? fromStore(most) : found;
    pending = found == PENDING;
    return found;
  }

  private @Nullable Next fromMemory(int maxBytes) {
    BlockSize size = store.blockSize(edition, (int) (position / BlockSize.REGION_BYTES));
    Optional<Arrival> arrival = arrivals.at(edition, size.start(size.blockAt(position)));
    if (arrival.isEmpty()) {
      return null;
    }
    Arrival.Look look = look(arrival.get(), maxBytes);
    if (look instanceof Arrival.Look.Pinned pinned) {
      return available(new FromMemory(pinned.bytes(), pinned.copy()));
    }
    if (look instanceof Arrival.Look.Left) {
      return null;
    }
    if (!fetched.contains(position)) {
      // It arrives for someone else: it must not stop when that one leaves.
      want();
    }
    return PENDING;
  }

  private Arrival.Look look(Arrival arrival, int maxBytes) {
    long now = ticker.read();
    return passesOn()
        ? arrival.lookToPassOn(position, maxBytes, this, now)
        : arrival.look(position, maxBytes, this, now);
  }

  private Next fromStore(int maxBytes) {
    long heldUntil = store.heldUntil(edition, position);
    if (heldUntil <= position) {
      return missing();
    }
    int most = (int) Math.min(Math.min(maxBytes, ReadBuffers.MAX_BYTES), heldUntil - position);
    Optional<Slab.Piece> piece = buffers.take(most, this);
    if (piece.isEmpty()) {
      return PENDING;
    }
    ByteBuffer buffer = piece.get().buffer(0, Math.min(most, piece.get().lengthBytes()));
    int read = 0;
    try {
      read = store.read(edition, position, buffer);
    } finally {
      if (read <= 0) {
        buffers.giveBack(piece.get());
      }
    }
    if (read <= 0) {
      return missing(heldUntil);
    }
    contradictions = 0;
    approach(heldUntil);
    return available(new FromStore(buffer.flip(), piece.get()));
  }

  /** The store held it a moment ago; it may have been evicted, or found wrong. */
  private Next missing(long heldUntil) {
    if (++contradictions > MAX_CONTRADICTIONS) {
      fail(
          ContentFailure.UNAVAILABLE,
          "bytes " + position + " to " + heldUntil + " are held but cannot be read");
      return java.util.Objects.requireNonNull(failed);
    }
    return missing();
  }

  private Next missing() {
    if (request.fetching() != Fetching.MISSING) {
      // A block leaves memory only when the store has it or it did not come: so it does not come.
      Next.Failed unavailable =
          new Next.Failed(
              ContentFailure.UNAVAILABLE, "byte " + position + " is not held, nor to be fetched");
      failed = unavailable;
      return unavailable;
    }
    want();
    return PENDING;
  }

  /** Tells the loop what this reading is about to wait for. */
  void want() {
    known = true;
    mailbox.post(
        request.fetching() == Fetching.ARRIVING
            ? new FetchEvent.Joining(viewing, position)
            : new FetchEvent.Wanted(viewing, position));
    if (mailbox.isClosing()) {
      wakeUp.signal(); // the loop may have ended without this event
    }
  }

  private void approach(long heldUntil) {
    if (!known
        && request.fetching() == Fetching.MISSING
        && heldUntil <= request.range().last()
        && heldUntil - position < APPROACH_BYTES) {
      known = true;
      mailbox.post(new FetchEvent.Advanced(viewing, position));
    }
  }

  private Next available(Lent bytes) {
    int length = bytes.data().remaining();
    heldBytes += fetched.bytesOutside(position, position + length);
    position += length;
    lent = bytes;
    if (position >= noticeFrom) {
      noticeFrom = Long.MAX_VALUE; // the loop sets the next
      mailbox.post(new FetchEvent.Advanced(viewing, position));
    }
    return new Next.Available(bytes);
  }

  @Override
  public void whenReady(Runnable wake) {
    if (closed) {
      return;
    }
    if (!pending) {
      wake.run();
      return;
    }
    wakeUp.register(wake);
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public long heldBytes() {
    return heldBytes;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    wakeUp.forget();
    if (lent != null) {
      lent.release();
    }
    counters.openReadings.decrement();
    if (known) {
      mailbox.post(new FetchEvent.Closed(viewing));
    }
  }

  @Override
  public String toString() {
    return "reading " + request.range() + " of " + edition.id() + " at " + position;
  }

  /** Bytes in the hands of the owner. */
  private abstract class Lent implements Next.Bytes {
    private final ByteBuffer data;
    private boolean released;

    Lent(ByteBuffer data) {
      this.data = data;
    }

    @Override
    public ByteBuffer data() {
      return data;
    }

    @Override
    public void release() {
      if (released) {
        return;
      }
      released = true;
      lent = null;
      giveBack();
    }

    abstract void giveBack();
  }

  private final class FromMemory extends Lent {
    private final Copy copy;

    FromMemory(ByteBuffer data, Copy copy) {
      super(data);
      this.copy = copy;
    }

    @Override
    void giveBack() {
      copy.unpin();
    }
  }

  private final class FromStore extends Lent {
    private final Slab.Piece piece;

    FromStore(ByteBuffer data, Slab.Piece piece) {
      super(data);
      this.piece = piece;
    }

    @Override
    void giveBack() {
      buffers.giveBack(piece);
    }
  }
}
