package org.p2pd.fetch;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.p2pd.content.Urgency;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;
import org.p2pd.store.BlockStore;

/**
 * Whose question is asked next: by urgency, at each urgency waiting viewers before read-ahead,
 * among equals in turn, one span each. Confined to the fetch loop.
 *
 * <p>A viewing waits here holding nothing: neither memory nor room nor a claim. When its turn comes
 * it gets all that its question needs, or goes on waiting.
 */
final class Turns {

  /** So many tries in vain at one urgency: then the others wait for the next event. */
  private static final int MAX_IN_VAIN = 32;

  private static final long IDLE_LOOK_NANOS = Duration.ofMillis(100).toNanos();

  /** How a turn went. */
  private enum Turn {
    /** Nothing more to ask for now. */
    DONE,
    /** Asked, and more to ask. */
    AGAIN,
    /** No source is to be asked for it now; others may have more luck. */
    LATER,
    /** The memory is used up: no one else need try. */
    STOP
  }

  private interface Ask {
    Turn ask(Viewing viewing, long nowNanos);
  }

  private final BlockStore store;
  private final Arrivals arrivals;
  private final SourceBook book;
  private final Detours detours;
  private final Underway underway;
  private final Map<Urgency, ArrayDeque<Viewing>> heads = new EnumMap<>(Urgency.class);
  private final Map<Urgency, ArrayDeque<Viewing>> aheads = new EnumMap<>(Urgency.class);
  private final List<Viewing> waitingInVain = new ArrayList<>();
  private boolean memoryShort;
  private long nextIdleLookNanos;

  Turns(
      BlockStore store,
      Arrivals arrivals,
      SourceBook book,
      Detours detours,
      Underway underway,
      long nowNanos) {
    this.store = store;
    this.arrivals = arrivals;
    this.book = book;
    this.detours = detours;
    this.underway = underway;
    this.nextIdleLookNanos = nowNanos;
    for (Urgency urgency : Urgency.values()) {
      heads.put(urgency, new ArrayDeque<>());
      aheads.put(urgency, new ArrayDeque<>());
    }
  }

  BlockSize blockSize(Edition edition, long position) {
    return store.blockSize(edition, (int) (position / BlockSize.REGION_BYTES));
  }

  /** Whether there is memory for the first block of one more viewing. */
  boolean admits(Viewing viewing, BlockSize size, int block, long nowNanos) {
    if (viewing.admitted) {
      return true;
    }
    long each = Slab.chargeBytes(size.lengthOf(block, viewing.edition.lengthBytes()));
    long waiting = queue(heads, viewing.headUrgency).size();
    Share share = Share.of(viewing.headUrgency);
    if (!arrivals.hasMemory(share, (waiting + 1) * each)) {
      dropIdle(nowNanos);
    }
    return arrivals.hasMemory(share, (waiting + 1) * each);
  }

  /** What no one has looked at for a while makes room; looked for now and then only. */
  private void dropIdle(long nowNanos) {
    if (nowNanos - nextIdleLookNanos >= 0) {
      nextIdleLookNanos = nowNanos + IDLE_LOOK_NANOS;
      arrivals.dropIdle(nowNanos);
    }
  }

  void wantHead(Viewing viewing) {
    if (!viewing.waitsForHead && !viewing.closed) {
      viewing.waitsForHead = true;
      queue(heads, viewing.headUrgency).addLast(viewing);
    }
  }

  void wantAhead(Viewing viewing) {
    if (!viewing.waitsForAhead && !viewing.closed && viewing.frontier < viewing.target) {
      viewing.waitsForAhead = true;
      queue(aheads, viewing.aheadUrgency).addLast(viewing);
    }
  }

  /** The viewing reads a block that is in memory or on its way. */
  void meet(Viewing viewing, Arrival arrival) {
    join(viewing, arrival);
    viewing.frontier = Math.max(viewing.frontier, arrival.end());
    if (!arrival.await(viewing.position, viewing.stream)) {
      viewing.stream.signal();
    }
  }

  private static void join(Viewing viewing, Arrival arrival) {
    if (!viewing.joined.add(arrival)) {
      return;
    }
    arrival.wanters.add(viewing);
    if (!arrival.asked.isEmpty()) {
      viewing.stream.fetched(arrival.start, arrival.end());
    }
  }

  /** Hedges a block that is late: asks another source too, if there is one, and memory. */
  void hedge(Patience.Late late, FetchCounters counters, long nowNanos) {
    Arrival arrival = late.arrival();
    boolean budgeted = counters.mayHedge(arrival.lengthBytes);
    if (!budgeted && !late.overdue()) {
      return;
    }
    Optional<SourceRecord> other = otherFor(late, nowNanos);
    Optional<Copy> second = other.flatMap(source -> arrivals.hedge(arrival));
    if (other.isEmpty() || second.isEmpty()) {
      return;
    }
    counters.hedged(arrival.lengthBytes, budgeted);
    arrival.hedgedAtNanos = OptionalLong.of(nowNanos);
    arrival.rescued |= late.overdue();
    underway.hedge(second.get(), other.get(), late.source().source().node());
  }

  /**
   * Who is asked for a late block: the node to which a parent has referred; when nothing has come
   * at all a parent; else whoever is the best of the others.
   */
  private Optional<SourceRecord> otherFor(Patience.Late late, long nowNanos) {
    Arrival arrival = late.arrival();
    SourceRecord source = late.source();
    Detours.Detour detour = detours.of(arrival.edition, arrival.start, nowNanos);
    if (detour.target().isPresent()) {
      Optional<SourceRecord> referred =
          book.referred(detour.target().get(), arrival.edition, nowNanos)
              .filter(to -> to != source);
      if (referred.isPresent()) {
        return referred.filter(to -> to.throughput.hasRoom(Urgency.PLAY_HEAD, nowNanos));
      }
      detours.failed(arrival, detour.target().get().to(), nowNanos);
    }
    SourceBook.Wish wish = SourceBook.Wish.late(arrival);
    Optional<SourceRecord> upstream =
        late.overdue() ? book.chooseUpstream(source, wish, nowNanos) : Optional.empty();
    return upstream.or(() -> book.chooseOther(source, wish, nowNanos));
  }

  /** Makes sure that what the viewing is about to read, and what comes, goes on coming for it. */
  void joinArriving(Viewing viewing) {
    long position = viewing.position;
    while (position <= viewing.range.last()) {
      BlockSize size = blockSize(viewing.edition, position);
      Arrival present =
          arrivals.at(viewing.edition, size.start(size.blockAt(position))).orElse(null);
      if (present != null && present.canBePassedOn()) {
        join(viewing, present);
        position = present.end();
        continue;
      }
      long heldUntil = store.heldUntil(viewing.edition, position);
      if (heldUntil <= position) {
        return;
      }
      position = heldUntil;
    }
  }

  /** Lets everyone ask who can; returns those for whom no source has anything. */
  List<Viewing> give(long nowNanos) {
    if (memoryShort) {
      memoryShort = false;
      dropIdle(nowNanos);
    }
    for (Urgency urgency : Urgency.values()) {
      serve(queue(heads, urgency), nowNanos, this::askHead);
      serve(queue(aheads, urgency), nowNanos, this::askAhead);
    }
    List<Viewing> inVain = List.copyOf(waitingInVain);
    waitingInVain.clear();
    return inVain;
  }

  private static void serve(ArrayDeque<Viewing> queue, long nowNanos, Ask ask) {
    int later = 0;
    while (later < Math.min(queue.size(), MAX_IN_VAIN)) {
      Viewing viewing = queue.removeFirst();
      switch (ask.ask(viewing, nowNanos)) {
        case DONE -> {}
        case AGAIN -> queue.addLast(viewing);
        case LATER -> {
          queue.addLast(viewing);
          later++;
        }
        case STOP -> {
          queue.addFirst(viewing);
          return;
        }
      }
    }
  }

  private Turn askHead(Viewing viewing, long nowNanos) {
    viewing.waitsForHead = false;
    if (viewing.closed) {
      return Turn.DONE;
    }
    BlockSize size = blockSize(viewing.edition, viewing.position);
    int block = size.blockAt(viewing.position);
    Arrival present = arrivals.at(viewing.edition, size.start(block)).orElse(null);
    if (present != null) {
      meet(viewing, present);
      return Turn.DONE;
    }
    long end =
        viewing.headUrgency == Urgency.PLAY_HEAD ? viewing.position + 1 : viewing.range.last() + 1;
    viewing.waitsForHead = true;
    Turn turn =
        ask(viewing, size, block, end, viewing.headUrgency, BlockSize.REGION_BYTES, nowNanos);
    if (turn == Turn.LATER && book.heldByNone(viewing.edition, viewing.position, nowNanos)) {
      waitingInVain.add(viewing);
      return Turn.DONE;
    }
    if (turn != Turn.AGAIN) {
      return turn;
    }
    viewing.waitsForHead = false;
    arrivals.at(viewing.edition, size.start(block)).ifPresent(mine -> meet(viewing, mine));
    return Turn.DONE;
  }

  private Turn askAhead(Viewing viewing, long nowNanos) {
    viewing.waitsForAhead = false;
    if (viewing.closed) {
      return Turn.DONE;
    }
    skipPresent(viewing);
    if (viewing.frontier >= viewing.target) {
      return Turn.DONE;
    }
    BlockSize size = blockSize(viewing.edition, viewing.frontier);
    Turn turn =
        ask(
            viewing,
            size,
            size.blockAt(viewing.frontier),
            viewing.target,
            viewing.aheadUrgency,
            0,
            nowNanos);
    if (turn == Turn.AGAIN && viewing.frontier >= viewing.target) {
      return Turn.DONE;
    }
    viewing.waitsForAhead = true;
    return turn;
  }

  /** Moves the frontier over what is held (a hint only) and joins what is in memory. */
  private void skipPresent(Viewing viewing) {
    while (viewing.frontier < viewing.target) {
      BlockSize size = blockSize(viewing.edition, viewing.frontier);
      long start = size.start(size.blockAt(viewing.frontier));
      Arrival present = arrivals.at(viewing.edition, start).orElse(null);
      if (present != null) {
        join(viewing, present);
        viewing.frontier = present.end();
        continue;
      }
      long heldUntil = store.heldUntil(viewing.edition, viewing.frontier);
      if (heldUntil <= viewing.frontier) {
        return;
      }
      viewing.frontier = heldUntil;
    }
  }

  /**
   * Asks for the blocks from {@code first} on, up to the one with the byte before {@code end}, the
   * end of the region, the first that is in memory, and what memory and source allow.
   *
   * @param atLeastBytes a span this long is asked for even if the source is slow
   * @return AGAIN if something was asked for
   */
  private Turn ask(
      Viewing viewing,
      BlockSize size,
      int first,
      long end,
      Urgency urgency,
      long atLeastBytes,
      long nowNanos) {
    Optional<SourceRecord> chosen =
        whom(viewing.edition, size.start(first), end, size, urgency, nowNanos);
    if (chosen.isEmpty()) {
      return Turn.LATER;
    }
    SourceRecord source = chosen.get();
    int last = lastOf(size, first, end, atLeastBytes, viewing.edition, source, nowNanos);
    List<Copy> claimed = new ArrayList<>(last - first + 1);
    for (int block = first; block <= last; block++) {
      Arrivals.Claim claim = arrivals.claim(viewing.edition, size, block, Share.of(urgency));
      if (!(claim instanceof Arrivals.Claim.Owner owner)) {
        memoryShort |= claim instanceof Arrivals.Claim.NoMemory;
        break;
      }
      claimed.addAll(owner.arrival().copies());
      join(viewing, owner.arrival());
      viewing.frontier = Math.max(viewing.frontier, owner.arrival().end());
    }
    if (claimed.isEmpty()) {
      return Turn.STOP;
    }
    underway.begin(claimed, urgency, source);
    return Turn.AGAIN;
  }

  /** The node to which a parent has referred, if it did; else the best of all. */
  private Optional<SourceRecord> whom(
      Edition edition, long start, long end, BlockSize size, Urgency urgency, long nowNanos) {
    Detours.Detour detour = detours.of(edition, start, nowNanos);
    if (detour.target().isPresent()) {
      Optional<SourceRecord> referred = book.referred(detour.target().get(), edition, nowNanos);
      if (referred.isPresent()) {
        return referred.filter(source -> source.throughput.hasRoom(urgency, nowNanos));
      }
      NodeId node = detour.target().get().to();
      for (long at = start;
          at < end && detours.of(edition, at, nowNanos).isLike(detour);
          at += size.bytes()) {
        detours.failed(edition, at, node, nowNanos);
      }
    }
    long spanBytes = Math.max(size.bytes(), Math.min(end - start, BlockSize.REGION_BYTES));
    return book.choose(new SourceBook.Wish(edition, start, urgency, spanBytes), nowNanos);
  }

  /** A block is complete. */
  void settled(Arrival arrival) {
    detours.over(arrival);
  }

  /** The last block of a span from {@code first} on that the source is to be asked for. */
  private int lastOf(
      BlockSize size,
      int first,
      long end,
      long atLeastBytes,
      Edition edition,
      SourceRecord source,
      long nowNanos) {
    long spanBytes = Math.max(atLeastBytes, source.throughput.spanLimitBytes(nowNanos));
    int most = (int) Math.max(1, Math.min(size.blocksPerRegion(), spanBytes / size.bytes()));
    int regionEnd = (first / size.blocksPerRegion() + 1) * size.blocksPerRegion();
    int last = Math.min(Math.min(size.blockAt(end - 1), regionEnd - 1), first + most - 1);
    Detours.Detour detour = detours.of(edition, size.start(first), nowNanos);
    if (detour.target().isEmpty()) {
      long said = source.source().offersUntil(edition, size.start(first));
      if (said > size.start(first)) { // else it is a guess, and it sends as much as it has
        last = Math.min(last, size.blockAt(Math.min(said, edition.lengthBytes()) - 1));
      }
    }
    int like = first;
    while (like < last) {
      Detours.Detour next = detours.of(edition, size.start(like + 1), nowNanos);
      if (!next.isLike(detour) || next.isPutOffBy(source.name(), nowNanos)) {
        break;
      }
      like++;
    }
    return like;
  }

  boolean anyWaits() {
    for (Urgency urgency : Urgency.values()) {
      if (!queue(heads, urgency).isEmpty() || !queue(aheads, urgency).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private static ArrayDeque<Viewing> queue(
      Map<Urgency, ArrayDeque<Viewing>> queues, Urgency urgency) {
    ArrayDeque<Viewing> queue = queues.get(urgency);
    if (queue == null) {
      throw new IllegalStateException("no queue for " + urgency);
    }
    return queue;
  }
}
