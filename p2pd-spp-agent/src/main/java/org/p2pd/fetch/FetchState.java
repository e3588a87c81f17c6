package org.p2pd.fetch;

import com.google.common.base.Ticker;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.p2pd.content.ContentFailure;
import org.p2pd.model.BlockSize;
import org.p2pd.model.EditionId;

/**
 * What the fetch loop knows: who wants which block, and what is under way. Confined to the loop.
 *
 * <p>A block's way: a viewing wants it → it is <i>claimed</i> with memory for it ({@link Arrivals})
 * → elsewhere the disk is asked whether it is really missing, and for room ({@link Preparation}) →
 * a source is asked ({@link SpanFetch}) → it settles, stored or not → it leaves memory. When a
 * question ends early, its remaining blocks leave memory at once and are claimed anew: failing and
 * beginning are the same path.
 */
final class FetchState {

  private final Arrivals arrivals;
  private final Turns turns;
  private final Underway underway;
  private final FetchCounters counters;
  private final SourceBook book;
  private final Demand demand;
  private final Ticker ticker;
  private final Set<Viewing> viewings = new HashSet<>();
  private boolean closing;

  FetchState(
      Arrivals arrivals,
      SourceBook book,
      Turns turns,
      Underway underway,
      FetchCounters counters,
      Demand demand,
      Ticker ticker) {
    this.arrivals = arrivals;
    this.book = book;
    this.underway = underway;
    this.turns = turns;
    this.counters = counters;
    this.demand = demand;
    this.ticker = ticker;
  }

  void wanted(Viewing viewing, long position) {
    if (!moved(viewing, position)) {
      return;
    }
    BlockSize size = turns.blockSize(viewing.edition, viewing.position);
    int block = size.blockAt(viewing.position);
    Arrival arrival = arrivals.at(viewing.edition, size.start(block)).orElse(null);
    if (arrival != null) {
      viewing.admitted = true;
      turns.meet(viewing, arrival);
    } else if (turns.admits(viewing, size, block, ticker.read())) {
      viewing.admitted = true;
      // What lay ahead may have left memory too: begin anew.
      viewing.frontier = viewing.position;
      turns.wantHead(viewing);
    } else {
      counters.busyReadings.increment();
      viewing.stream.fail(ContentFailure.BUSY, "the memory for blocks (-M) is used up");
      closed(viewing);
      return;
    }
    aim(viewing, size);
  }

  void advanced(Viewing viewing, long position) {
    if (moved(viewing, position)) {
      aim(viewing, turns.blockSize(viewing.edition, viewing.position));
    }
  }

  void joining(Viewing viewing, long position) {
    if (moved(viewing, position)) {
      turns.joinArriving(viewing);
    }
  }

  private boolean moved(Viewing viewing, long position) {
    if (viewing.closed) {
      return false;
    }
    if (closing) {
      viewing.stream.fail(ContentFailure.CLOSING, "this node is shutting down");
      return false;
    }
    if (!viewing.begun) {
      viewing.begun = true;
      viewings.add(viewing);
      if (viewing.fetches) {
        demand.begins(viewing.edition);
      }
    }
    viewing.moveTo(position, ticker.read());
    viewing.joined.removeIf(arrival -> arrival.end() <= viewing.position && left(viewing, arrival));
    return true;
  }

  /** Sets how far ahead is asked, and when the stream is to say that it got on. */
  private void aim(Viewing viewing, BlockSize size) {
    long now = ticker.read();
    long window;
    if (!viewing.hasTaken()) {
      window = ReadAhead.first(viewing.remainingBytes());
    } else if (viewing.passing) {
      window =
          ReadAhead.passingWindow(viewing.bytesPerSecond(now), book.latencySeconds(), size.bytes());
    } else {
      window = ReadAhead.window(viewing.bytesPerSecond(now), book.latencySeconds(), size.bytes());
    }
    long rangeEnd = viewing.range.last() + 1;
    viewing.target = Math.min(rangeEnd, viewing.position + window);
    // Half a window at a time: fewer, larger questions.
    long step = viewing.passing ? 1 : window / 2;
    if (viewing.target - viewing.frontier >= step || viewing.target == rangeEnd) {
      turns.wantAhead(viewing);
    }
    viewing.stream.noticeFrom(noticeAt(viewing, window, step, size));
  }

  private static long noticeAt(Viewing viewing, long window, long step, BlockSize size) {
    if (viewing.passing) {
      return size.start(size.blockAt(viewing.position)) + size.bytes();
    }
    if (!viewing.hasTaken()) {
      return viewing.position + 1;
    }
    return Math.max(viewing.frontier + step - window, viewing.position + step / 4);
  }

  void closed(Viewing viewing) {
    if (viewing.closed) {
      return;
    }
    viewing.closed = true;
    if (viewings.remove(viewing) && viewing.fetches) {
      demand.ends(viewing.edition);
    }
    List<Arrival> joined = List.copyOf(viewing.joined);
    viewing.joined.clear();
    joined.forEach(arrival -> left(viewing, arrival));
  }

  /** One who wanted a block does not any more; if it was the last one, no one needs it. */
  private boolean left(Viewing viewing, Arrival arrival) {
    arrival.wanters.remove(viewing);
    if (arrival.wanters.isEmpty()) {
      switch (arrival.state()) {
        case KEPT, PASSING -> arrivals.retireAndSignal(arrival);
        case ARRIVING -> underway.cancelIfUnwanted(arrival);
        case GONE -> {}
      }
    }
    return true;
  }

  void prepared(Preparation preparation, List<Preparation.Part> parts) {
    underway.prepared(preparation, parts, closing);
  }

  void settled(Arrival arrival) {
    turns.settled(arrival);
    switch (arrival.state()) {
      case KEPT -> {
        if (arrival.wanters.isEmpty()) {
          arrivals.retireAndSignal(arrival);
        } else {
          arrivals.linger(arrival);
        }
      }
      case PASSING -> {
        if (arrival.wanters.isEmpty()) {
          arrivals.retireAndSignal(arrival);
        } else {
          arrivals.passes(arrival);
        }
      }
      case ARRIVING, GONE -> {}
    }
    underway.cancelIfUnwanted(arrival);
  }

  void ended(SpanFetch fetch, BlockSource.Outcome outcome) {
    underway.ended(fetch, outcome).forEach(this::again);
  }

  /** A question did not bring this block: whoever wants it wants it anew. */
  private void again(Arrival arrival) {
    List<CacheStream> waiting = arrivals.retire(arrival);
    for (Viewing viewing : List.copyOf(arrival.wanters)) {
      viewing.joined.remove(arrival);
      arrival.wanters.remove(viewing);
      viewing.frontier = Math.min(viewing.frontier, Math.max(arrival.start, viewing.position));
      turns.wantAhead(viewing);
    }
    for (CacheStream stream : waiting) {
      Viewing viewing = stream.viewing();
      if (viewing.begun && !viewing.closed && viewing.fetches) {
        viewing.moveTo(Math.max(viewing.position, arrival.start), ticker.read());
        turns.wantHead(viewing);
      } else {
        stream.signal();
      }
    }
  }

  void published(List<EditionId> editions) {
    book.published(editions);
  }

  /** After every batch of events: gives turns, and looks after what is under way. */
  void decide() {
    long now = ticker.read();
    if (closing) {
      return;
    }
    underway.givenUp(now).forEach(this::again);
    underway.late(now).forEach(late -> turns.hedge(late, counters, now));
    for (Viewing viewing : turns.give(now)) {
      viewing.stream.fail(
          ContentFailure.EDITION_GONE, "no source holds edition " + viewing.edition.id());
      closed(viewing);
    }
  }

  /** Whether time alone may change something. */
  boolean restless() {
    return !underway.isIdle() || turns.anyWaits();
  }

  void close() {
    closing = true;
    for (Viewing viewing : List.copyOf(viewings)) {
      viewing.stream.fail(ContentFailure.CLOSING, "this node is shutting down");
      closed(viewing);
    }
    underway.cancelAll();
    arrivals.all().forEach(arrivals::retireAndSignal);
  }

  /** Nothing is under way any more, not even what was cancelled. */
  boolean quiet() {
    return closing && underway.isQuiet();
  }
}
