package org.p2pd.fetch;

import com.google.common.base.Ticker;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.p2pd.content.Content;
import org.p2pd.content.ContentStream;
import org.p2pd.content.Fetching;
import org.p2pd.content.FilePart;
import org.p2pd.content.ProvenSpan;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Span;
import org.p2pd.store.BlockStore;

/**
 * The content of a cache: what its store holds, and what its sources have, fetched when it is read.
 *
 * <p>Owns the thread {@code p2pd-fetch} and the memory for blocks; the store, the sources and the
 * executor are the caller's, who closes this first. Design: {@code docs/design/006-fetching.md}.
 */
public final class CacheContent implements Content, AutoCloseable {

  private final BlockStore store;
  private final Slab slab;
  private final Arrivals arrivals;
  private final ArrivingProofs proofs;
  private final RelayProofs relayProofs;
  private final ReadBuffers buffers;
  private final FetchCounters counters;
  private final Ticker ticker;
  private final Mailbox mailbox;
  private final Runnable end;

  /** Makes the loop that is to own a state; in tests one without a thread. */
  interface Loop extends Mailbox {
    void begin(FetchState state);

    void end();
  }

  CacheContent(
      BlockStore store,
      Sources sources,
      FetchConfig config,
      Demand demand,
      Executor disk,
      Ticker ticker,
      Loop loop) {
    this.store = store;
    this.ticker = ticker;
    this.mailbox = loop;
    this.end = loop::end;
    slab = new Slab(config.memoryLimitBytes());
    arrivals = new Arrivals(slab);
    proofs = new ArrivingProofs(arrivals);
    relayProofs = new RelayProofs(store, arrivals, disk);
    buffers = new ReadBuffers(slab, loop);
    counters = new FetchCounters();
    Detours detours = new Detours();
    SourceBook book =
        new SourceBook(sources, detours, counters, config.parentBelowBytesPerSecond());
    Patience patience = new Patience(book, config.silence(), ticker.read());
    Underway underway =
        new Underway(store, arrivals, patience, detours, loop, disk, counters, ticker);
    Turns turns = new Turns(store, arrivals, book, detours, underway, ticker.read());
    loop.begin(new FetchState(arrivals, book, turns, underway, counters, demand, ticker));
  }

  /**
   * A cache's content, ready to be read.
   *
   * @param demand hears what is fetched
   * @param disk where rooms are reserved: threads that may wait for the disk, at least one
   * @param ticker the clock by which rates and silence are measured
   */
  public static CacheContent over(
      BlockStore store,
      Sources sources,
      FetchConfig config,
      Demand demand,
      Executor disk,
      Ticker ticker) {
    return new CacheContent(store, sources, config, demand, disk, ticker, new EventLoop());
  }

  @Override
  public boolean canFetch() {
    return true;
  }

  @Override
  public boolean holds(Edition edition, ByteRange range) {
    return store.holds(edition, range);
  }

  @Override
  public Optional<FilePart> filePart(Edition edition, ByteRange range, Reader reader) {
    store.touch(edition);
    return store.filePart(edition, range);
  }

  @Override
  public ContentStream open(ReadRequest request) {
    store.touch(request.edition());
    CacheStream stream =
        new CacheStream(request, store, arrivals, buffers, mailbox, counters, ticker);
    if (request.fetching() == Fetching.ARRIVING) {
      stream.want(); // before those leave for whom it comes
    }
    return stream;
  }

  @Override
  public Optional<byte[]> prove(Edition edition, Span span) {
    Optional<byte[]> stored = store.prove(edition, span);
    return stored.isPresent() ? stored : proofs.prove(edition, span);
  }

  @Override
  public Optional<byte[]> leafHashes(Edition edition, Span oneBlock) {
    Optional<byte[]> stored = store.leafHashes(edition, oneBlock);
    return stored.isPresent() ? stored : proofs.leafHashes(edition, oneBlock);
  }

  @Override
  public CompletionStage<Optional<ProvenSpan>> proveArriving(
      Edition edition, Span span, boolean leaves) {
    return relayProofs.prove(edition, span, leaves);
  }

  /** Titles became these editions: that a source did not hold one may be over. */
  public void published(Collection<EditionId> editions) {
    mailbox.post(new FetchEvent.Published(List.copyOf(editions)));
  }

  /** A source came, went or became usable: those who wait for one need not wait for the clock. */
  public void sourcesChanged() {
    mailbox.post(new FetchEvent.SourcesChanged());
  }

  /** The most memory that blocks may take, in bytes. */
  public long memoryLimitBytes() {
    return slab.limitBytes();
  }

  Arrivals arrivals() {
    return arrivals;
  }

  public FetchStats stats() {
    return counters.stats(slab);
  }

  /**
   * Fails all readings with {@code CLOSING}, gives up what is under way, ends the thread. Takes as
   * long as the sources take to let go of their buffers, at most five seconds.
   */
  @Override
  public void close() {
    end.run();
    slab.close();
  }

  @Override
  public String toString() {
    return "cache over " + store;
  }
}
