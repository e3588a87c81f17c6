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
    preparation.source().begun(preparation.urgency(), preparation.lengthBytes(), ticker.read());
    preparing++;
    onDisk(() -> mailbox.post(new FetchEvent.Prepared(preparation, preparation.run(store))));
  }

  void prepared(Preparation preparation, List<Preparation.Part> parts, boolean closing) {
    preparing--;
    preparation.source().finished(preparation.urgency(), preparation.lengthBytes(), ticker.read());
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
    fetch.source.begun(fetch.urgency, fetch.lengthBytes(), now);
    counters.spansAsked.increment();
    BlockSource.SpanQuery query =
        new BlockSource.SpanQuery(
            fetch.edition,
            fetch.span,
            fetch.urgency,
            excluded(preparation, fetch, now),
            fetch.source.measuredRate(now));
    try {
      fetch.transfer = fetch.source.source().fetch(query, fetch);
    } catch (RuntimeException e) {
      fetch.ended(new BlockSource.Outcome.Lost("could not be asked: " + e));
    }
  }

  private List<NodeId> excluded(Preparation preparation, SpanFetch fetch, long now) {
    List<NodeId> excluded = detours.of(fetch.edition, fetch.nextByte(), now).excluded();
    if (preparation.besides().filter(node -> !excluded.contains(node)).isEmpty()
        || excluded.size() >= Detours.MAX_EXCLUDED) {
      return excluded;
    }
    List<NodeId> more = new ArrayList<>(excluded);
    more.add(preparation.besides().get());
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
    List<Arrival> missing = finish(fetch);
    if (outcome instanceof BlockSource.Outcome.Referred referred) {
      counters.referrals.increment();
      Detours.Target target = new Detours.Target(referred.to(), referred.at());
      boolean sense = true;
      for (Arrival arrival : missing) {
        sense &= detours.referred(arrival, target, now);
      }
      if (!sense) {
        fetch.source.failed("it refers to a node that was excluded", fetch.spell, now);
      }
    } else if (!missing.isEmpty()) {
      counters.spansFailed.increment();
    }
    return missing;
  }

  /**
   * Gives up what has been silent for too long; returns the blocks that did not come. Where another
   * source has them, patience is shorter: with a source that sends nothing at all, for its spans
   * may only have to wait for each other.
   */
  List<Arrival> silent(long now) {
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
          now - fetch.source.seenAtNanos() >= silenceNanos / LOOKS_PER_SILENCE * SHORT_LOOKS
              && now - fetch.seenAtNanos >= silenceNanos / LOOKS_PER_SILENCE * SHORT_LOOKS
              && book.hasOther(fetch.source, fetch.edition, fetch.nextByte(), now);
      if (silent || replaceable) {
        counters.silences.increment();
        counters.spansFailed.increment();
        fetch.source.silent(Duration.ofNanos(now - fetch.seenAtNanos), fetch.spell, now);
        missed(fetch, now);
        missing.addAll(finish(fetch));
        cancel(fetch);
      }
    }
    return missing;
  }

  private static void look(SpanFetch fetch, long now) {
    long progress = fetch.progress();
    if (progress != fetch.seenProgress || fetch.isStoring()) {
      fetch.seenProgress = progress;
      fetch.seenAtNanos = now;
      fetch.source.seen(now);
    }
  }

  /** A block for which a viewer waits longer than its source usually takes. */
  record Late(Arrival arrival, SourceRecord source) {}

  /** What is late and was asked of one source only. */
  List<Late> late(long now) {
    List<Late> late = new ArrayList<>(0);
    for (SpanFetch fetch : fetches) {
      for (Copy copy : fetch.copies) {
        Arrival arrival = copy.arrival;
        if (!arrival.isAwaited() || fetch.isStoring()) {
          arrival.lateSinceNanos = OptionalLong.empty();
        } else if (arrival.lateSinceNanos.isEmpty()) {
          arrival.lateSinceNanos = OptionalLong.of(now);
        } else if (now - arrival.lateSinceNanos.getAsLong() >= fetch.source.lateAfterNanos()
            && arrival.copies().size() == 1
            && now - arrival.racedAtNanos.orElse(now - RACED_AGAIN_NANOS) >= RACED_AGAIN_NANOS) {
          late.add(new Late(arrival, fetch.source));
        }
      }
    }
    return late;
  }

  /**
   * Gives up the question that is to bring a block, if nobody wants any block of it. One that has a
   * complete block in hand is looked at again when that has settled: what came is kept.
   */
  void cancelIfUnwanted(Arrival arrival) {
    for (SpanFetch fetch : List.copyOf(arrival.asked)) {
      if (isUseless(fetch.copies) && !fetch.isStoring() && !fetch.isComplete()) {
        finish(fetch).forEach(arrivals::retireAndSignal);
        cancel(fetch);
      }
    }
  }

  void cancelAll() {
    for (SpanFetch fetch : List.copyOf(fetches)) {
      finish(fetch);
      cancel(fetch);
    }
  }

  private List<Arrival> finish(SpanFetch fetch) {
    long now = ticker.read();
    fetches.remove(fetch);
    fetch.source.finished(fetch.urgency, fetch.lengthBytes(), now);
    long received = 0;
    boolean lostARace = false;
    int done = fetch.blocksDone();
    List<Arrival> missing = new ArrayList<>();
    for (int i = 0; i < fetch.copies.size(); i++) {
      Copy copy = fetch.copies.get(i);
      Arrival arrival = copy.arrival;
      arrival.asked.remove(fetch);
      received += i < done ? arrival.lengthBytes : 0;
      boolean needed = arrival.needs(copy);
      lostARace |= !needed && i >= done;
      if (needed && !arrival.abandon(copy)) {
        missing.add(arrival);
      }
    }
    fetch.source.received(received, now);
    if (fetch.urgency == Urgency.PLAY_HEAD && (done > 0 || lostARace)) {
      fetch.source.firstBlockAfter(fetch.firstBlockAfter(now));
    }
    fetch.answerNanos().ifPresent(fetch.source::answeredAfter);
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
