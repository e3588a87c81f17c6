package org.p2pd.fetch;

import com.google.common.base.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.p2pd.content.Urgency;
import org.p2pd.model.NodeId;
import org.p2pd.store.BlockStore;

/** The questions being prepared and those asked. Confined to the fetch loop. */
final class Underway {

  /** So often within the longest silence it is looked at what goes on. */
  private static final int LOOKS_PER_SILENCE = 20;

  /** So many looks without a byte are enough where another source has the blocks. */
  private static final int SHORT_LOOKS = 4;

  /** So long after a race that came to nothing a block is not raced again. */
  private static final long RACED_AGAIN_NANOS = Duration.ofMillis(500).toNanos();

  /** So long after the question it is not judged how fast it goes on, where a viewer waits... */
  private static final long GRACE_NANOS = Duration.ofMillis(500).toNanos();

  /** ...and where none does. */
  private static final long AHEAD_GRACE_NANOS = Duration.ofSeconds(1).toNanos();

  /** After so long not only the source is judged, but also what it does for that one question. */
  private static final long OWN_GRACE_NANOS = Duration.ofSeconds(1).toNanos();

  /** A block at a play head of which nothing has come for so long is asked of a parent too. */
  private static final long OVERDUE_NANOS = Duration.ofSeconds(1).toNanos();

  /** After as many referrals as one question can exclude a parent is asked less often. */
  private static final Duration REFERRED_ENOUGH = Duration.ofSeconds(1);

  private final BlockStore store;
  private final Arrivals arrivals;
  private final SourceBook book;
  private final Detours detours;
  private final Mailbox mailbox;
  private final Executor disk;
  private final FetchCounters counters;
  private final Ticker ticker;
  private final long silenceNanos;

  private final Set<SpanFetch> fetches = new LinkedHashSet<>();
  private int preparing;

  /** Asked and not yet ended, those that were given up included. */
  private int transfers;

  private long nextLookNanos;

  Underway(
      BlockStore store,
      Arrivals arrivals,
      SourceBook book,
      Detours detours,
      Mailbox mailbox,
      Executor disk,
      FetchCounters counters,
      Duration silence,
      Ticker ticker) {
    this.store = store;
    this.arrivals = arrivals;
    this.book = book;
    this.detours = detours;
    this.mailbox = mailbox;
    this.disk = disk;
    this.counters = counters;
    this.silenceNanos = silence.toNanos();
    this.ticker = ticker;
    this.nextLookNanos = ticker.read();
  }

  /** Begins with a question: looks what is really missing, and asks for that. */
  void begin(List<Copy> copies, Urgency urgency, SourceRecord source) {
    begin(new Preparation(copies, urgency, source, Optional.empty()));
  }

  /** The same for a second copy of what a viewer waits for too long. */
  void race(Copy copy, SourceRecord source, Optional<NodeId> besides) {
    begin(new Preparation(List.of(copy), Urgency.PLAY_HEAD, source, besides));
  }

  private void begin(Preparation preparation) {
    preparation
        .source()
        .throughput
        .begun(preparation.urgency(), preparation.lengthBytes(), ticker.read());
    preparing++;
    onDisk(() -> mailbox.post(new FetchEvent.Prepared(preparation, preparation.run(store))));
  }

  void prepared(Preparation preparation, List<Preparation.Part> parts, boolean closing) {
    preparing--;
    preparation
        .source()
        .throughput
        .finished(preparation.urgency(), preparation.lengthBytes(), false, ticker.read());
    Set<Copy> held = new HashSet<>(preparation.copies());
    for (Preparation.Part part : parts) {
      part.copies().forEach(held::remove);
      if (closing || isUseless(part.copies())) {
        part.copies().forEach(this::giveUp);
        onDisk(() -> Preparation.close(part.room()));
      } else {
        ask(preparation, part);
      }
    }
    // The store has them after all: who waits looks there.
    held.forEach(this::giveUp);
  }

  /** This copy will not be filled; if it was the only one, who waits has to look again. */
  private void giveUp(Copy copy) {
    Arrival arrival = copy.arrival;
    if (arrival.needs(copy) && !arrival.abandon(copy)) {
      arrivals.retireAndSignal(arrival);
    }
  }

  private void ask(Preparation preparation, Preparation.Part part) {
    if (!fillingBegins(part.copies(), preparation.source().source().relation())) {
      onDisk(() -> Preparation.close(part.room()));
      return;
    }
    SpanFetch fetch = new SpanFetch(part, preparation, store, mailbox, counters, ticker);
    long now = ticker.read();
    fetch.seenAtNanos = now;
    fetch.judgedFromNanos = now;
    for (Copy copy : fetch.copies) {
      Arrival arrival = copy.arrival;
      arrival.asked.add(fetch);
      for (Viewing viewing : arrival.wanters) {
        viewing.passing = !fetch.kept();
        viewing.stream.fetched(arrival.start, arrival.end());
      }
    }
    fetches.add(fetch);
    transfers++;
    fetch.source.throughput.begun(fetch.urgency, fetch.lengthBytes(), now);
    counters.spansAsked.increment();
    BlockSource.SpanQuery query =
        new BlockSource.SpanQuery(
            fetch.edition,
            fetch.span,
            fetch.urgency,
            excluded(preparation, fetch, now),
            fetch.source.throughput.measuredRate(now));
    try {
      fetch.transfer = fetch.source.source().fetch(query, fetch);
    } catch (RuntimeException e) {
      fetch.ended(new BlockSource.Outcome.Lost("could not be asked: " + e));
    }
  }

  private List<NodeId> excluded(Preparation preparation, SpanFetch fetch, long now) {
    List<NodeId> excluded = detours.of(fetch.edition, fetch.nextByte(), now).excluded();
    if (preparation.besides().filter(node -> !excluded.contains(node)).isEmpty()) {
      return excluded;
    }
    List<NodeId> more = new ArrayList<>(excluded);
    more.add(preparation.besides().get());
    if (more.size() > Detours.MAX_EXCLUDED) {
      more.remove(0);
    }
    return more;
  }

  /** False if the block came from elsewhere meanwhile: only one that is raced can. */
  private static boolean fillingBegins(List<Copy> copies, BlockSource.Relation source) {
    boolean all = true;
    for (Copy copy : copies) {
      all &= copy.arrival.fillingBegins(copy, source);
    }
    if (!all && copies.size() > 1) {
      throw new IllegalStateException("of a span asked for once a block came from elsewhere");
    }
    return all;
  }

  /** Takes note of an end; returns the blocks that it did not bring. */
  List<Arrival> ended(SpanFetch fetch, BlockSource.Outcome outcome) {
    transfers--;
    if (!fetches.contains(fetch)) {
      return List.of();
    }
    long now = ticker.read();
    fetch.source.ended(fetch, outcome, now);
    if (outcome instanceof BlockSource.Outcome.Mismatch) {
      counters.mismatches.increment();
    }
    missed(fetch, now);
    List<Arrival> missing = finish(fetch, outcome instanceof BlockSource.Outcome.Delivered);
    if (outcome instanceof BlockSource.Outcome.Referred referred) {
      counters.referrals.increment();
      referred(fetch, new Detours.Target(referred.to(), referred.at()), now);
      return missing;
    }
    if (outcome instanceof BlockSource.Outcome.Busy busy) {
      putOff(fetch, busy.retryAfter(), now);
    } else if (outcome instanceof BlockSource.Outcome.Later later) {
      putOff(fetch, later.retryAfter(), now);
    }
    if (!missing.isEmpty()) {
      counters.spansFailed.increment();
    }
    return missing;
  }

  /**
   * The next to be asked is that node, also for a block that another question is still to bring.
   * What was excluded while the question was under way is asked for again, excluding it.
   */
  private void referred(SpanFetch fetch, Detours.Target target, long now) {
    for (Arrival arrival : arriving(fetch)) {
      detours.referred(arrival, target, now);
      arrival.racedAtNanos = OptionalLong.empty();
      arrival.rescued = false;
      if (detours.of(arrival.edition, arrival.start, now).isFull()) {
        detours.putOff(arrival, fetch.source.name(), REFERRED_ENOUGH, now);
      }
    }
  }

  private void putOff(SpanFetch fetch, Duration pause, long now) {
    for (Arrival arrival : arriving(fetch)) {
      detours.putOff(arrival, fetch.source.name(), pause, now);
    }
  }

  /** The blocks of a question that have not come from anywhere. */
  private static List<Arrival> arriving(SpanFetch fetch) {
    return fetch.copies.stream()
        .map(copy -> copy.arrival)
        .filter(arrival -> arrival.state() == Arrival.State.ARRIVING)
        .toList();
  }

  /**
   * Gives up what has been silent for too long, or is far behind what another source would have
   * done; returns the blocks that did not come. Where another source has them, patience with
   * silence is shorter: with a source that sends nothing at all, for its spans may only have to
   * wait for each other.
   */
  List<Arrival> givenUp(long now) {
    if (now - nextLookNanos < 0) {
      return List.of();
    }
    nextLookNanos = now + silenceNanos / LOOKS_PER_SILENCE;
    for (SpanFetch fetch : fetches) {
      look(fetch, now);
    }
    List<Arrival> missing = new ArrayList<>();
    for (SpanFetch fetch : List.copyOf(fetches)) {
      boolean silent = now - fetch.seenAtNanos >= silenceNanos;
      boolean replaceable =
          now - fetch.source.throughput.seenAtNanos()
                  >= silenceNanos / LOOKS_PER_SILENCE * SHORT_LOOKS
              && now - fetch.seenAtNanos >= silenceNanos / LOOKS_PER_SILENCE * SHORT_LOOKS
              && book.hasOther(fetch.source, fetch.edition, fetch.nextByte(), now);
      if (silent || replaceable) {
        fetch.source.repute.silent(Duration.ofNanos(now - fetch.seenAtNanos), fetch.spell, now);
      } else if (isFarBehind(fetch, now)) {
        fetch.source.repute.fellBehind(fetch.toString(), fetch.spell, now);
      } else {
        continue;
      }
      counters.silences.increment();
      counters.spansFailed.increment();
      missed(fetch, now);
      missing.addAll(finish(fetch, true));
      cancel(fetch);
    }
    return missing;
  }

  /** Whether another source would have brought all the rest long before this one will. */
  private boolean isFarBehind(SpanFetch fetch, long now) {
    boolean viewerWaits = fetch.isAwaited();
    long judgedNanos = now - fetch.judgedFromNanos;
    if (fetch.isStoring()
        || fetch.isComplete()
        || judgedNanos < (viewerWaits ? GRACE_NANOS : AHEAD_GRACE_NANOS)) {
      return false;
    }
    long rest = fetch.remainingBytes();
    double seconds = rest / fetch.source.throughput.recentBytesPerSecond(now);
    if (judgedNanos >= (viewerWaits ? OWN_GRACE_NANOS : silenceNanos)) {
      long came = Math.max(1, fetch.receivedBytes() - fetch.judgedFromBytes);
      seconds = Math.max(seconds, rest * (judgedNanos / 1e9) / came);
    }
    Urgency urgency = viewerWaits ? Urgency.PLAY_HEAD : fetch.urgency;
    SourceBook.Wish wish = new SourceBook.Wish(fetch.edition, fetch.nextByte(), urgency, rest);
    return SourceChoice.isFarBehind(
        seconds, book.otherSeconds(fetch.source, fetch.askedForNext(), wish, now), viewerWaits);
  }

  private static void look(SpanFetch fetch, long now) {
    count(fetch, now);
    if (fetch.isStoring()) {
      // What the disk takes is not the source's fault.
      fetch.judgedFromNanos = now;
      fetch.judgedFromBytes = fetch.receivedBytes();
    }
    long progress = fetch.progress();
    if (progress != fetch.seenProgress || fetch.isStoring()) {
      fetch.seenProgress = progress;
      fetch.seenAtNanos = now;
      fetch.source.throughput.seen(now);
    }
  }

  /** Counts for a source what has come of it. */
  private static void count(SpanFetch fetch, long now) {
    fetch
        .answerNanos()
        .ifPresent(nanos -> fetch.source.throughput.answeredAt(fetch.askedAtNanos() + nanos));
    long received = fetch.receivedBytes();
    fetch.source.throughput.received(received - fetch.countedBytes, now);
    fetch.countedBytes = Math.max(fetch.countedBytes, received);
  }

  /**
   * A block for which a viewer waits longer than its source usually takes.
   *
   * @param overdue nothing of it has come for very long, and no parent was asked for that reason
   */
  record Late(Arrival arrival, SourceRecord source, boolean overdue) {}

  /** What is late and was asked of one source only. */
  List<Late> late(long now) {
    List<Late> all = new ArrayList<>(0);
    for (SpanFetch fetch : fetches) {
      for (Copy copy : fetch.copies) {
        Arrival arrival = copy.arrival;
        if (!arrival.isAwaited() || fetch.isStoring()) {
          arrival.lateSinceNanos = OptionalLong.empty();
        } else if (arrival.lateSinceNanos.isEmpty()) {
          arrival.lateSinceNanos = OptionalLong.of(now);
        } else if (arrival.copies().size() == 1) {
          long waitedNanos = now - arrival.lateSinceNanos.getAsLong();
          boolean overdue = waitedNanos >= OVERDUE_NANOS && arrival.isEmpty() && !arrival.rescued;
          boolean late =
              waitedNanos >= fetch.source.throughput.lateAfterNanos() && isToBeRaced(arrival, now);
          if (overdue || late) {
            all.add(new Late(arrival, fetch.source, overdue));
          }
        }
      }
    }
    return all;
  }

  private static boolean isToBeRaced(Arrival arrival, long now) {
    return now - arrival.racedAtNanos.orElse(now - RACED_AGAIN_NANOS) >= RACED_AGAIN_NANOS;
  }

  /**
   * Gives up the question that is to bring a block, if nobody wants any block of it. One that has a
   * complete block in hand is looked at again when that has settled: what came is kept.
   */
  void cancelIfUnwanted(Arrival arrival) {
    for (SpanFetch fetch : List.copyOf(arrival.asked)) {
      if (isUseless(fetch.copies) && !fetch.isStoring() && !fetch.isComplete()) {
        finish(fetch, false).forEach(arrivals::retireAndSignal);
        cancel(fetch);
      }
    }
  }

  void cancelAll() {
    for (SpanFetch fetch : List.copyOf(fetches)) {
      finish(fetch, false);
      cancel(fetch);
    }
  }

  /**
   * It is over.
   *
   * @param owed whether what it did not bring tells how fast its source is
   */
  private List<Arrival> finish(SpanFetch fetch, boolean owed) {
    long now = ticker.read();
    fetches.remove(fetch);
    count(fetch, now);
    boolean lostARace = false;
    int done = fetch.blocksDone();
    List<Arrival> missing = new ArrayList<>();
    for (int i = 0; i < fetch.copies.size(); i++) {
      Copy copy = fetch.copies.get(i);
      Arrival arrival = copy.arrival;
      arrival.asked.remove(fetch);
      boolean needed = arrival.needs(copy);
      lostARace |= !needed && i >= done;
      if (needed && !arrival.abandon(copy)) {
        missing.add(arrival);
      }
    }
    fetch.source.throughput.finished(fetch.urgency, fetch.lengthBytes(), owed || lostARace, now);
    if (lostARace && now - fetch.askedAtNanos() >= fetch.source.throughput.lateAfterNanos()) {
      fetch.source.repute.lostRace(fetch.spell, now);
    }
    if (fetch.urgency == Urgency.PLAY_HEAD && (done > 0 || lostARace)) {
      fetch.source.throughput.firstBlockAfter(fetch.firstBlockAfter(now));
    }
    fetch.answerNanos().ifPresent(fetch.source.throughput::answeredAfter);
    return missing;
  }

  /** What a sibling did not bring it is not asked for again; what was given up here is no fault. */
  private void missed(SpanFetch fetch, long now) {
    Optional<NodeId> node = fetch.source.source().node();
    if (node.isEmpty() || fetch.source.source().relation() != BlockSource.Relation.SIBLING) {
      return;
    }
    for (Copy copy : fetch.copies) {
      if (copy.arrival.needs(copy)) {
        detours.failed(copy.arrival, node.get(), now);
      }
    }
  }

  private static void cancel(SpanFetch fetch) {
    BlockSource.Transfer transfer = fetch.transfer;
    if (transfer != null) {
      transfer.cancel();
    }
  }

  /** Whether nobody wants any of the blocks, or they came from elsewhere. */
  private static boolean isUseless(List<Copy> copies) {
    return copies.stream()
        .noneMatch(copy -> !copy.arrival.wanters.isEmpty() && copy.arrival.needs(copy));
  }

  private void onDisk(Runnable work) {
    try {
      disk.execute(work);
    } catch (RejectedExecutionException e) {
      work.run(); // the owner shuts down: this little is done here
    }
  }

  boolean isIdle() {
    return fetches.isEmpty();
  }

  boolean isQuiet() {
    return preparing == 0 && transfers == 0;
  }
}
