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
import org.p2pd.spp.Referral;
import org.p2pd.store.BlockStore;

/** The questions being prepared and those asked. Confined to the fetch loop. */
final class Underway {

  /** After as many referrals as one question can exclude a parent is asked less often. */
  private static final Duration REFERRED_ENOUGH = Duration.ofSeconds(1);

  private final BlockStore store;
  private final Arrivals arrivals;
  private final Patience patience;
  private final Detours detours;
  private final Mailbox mailbox;
  private final Executor disk;
  private final FetchCounters counters;
  private final Ticker ticker;

  private final Set<SpanFetch> fetches = new LinkedHashSet<>();
  private int preparing;

  /** Asked and not yet ended, those that were given up included. */
  private int transfers;

  Underway(
      BlockStore store,
      Arrivals arrivals,
      Patience patience,
      Detours detours,
      Mailbox mailbox,
      Executor disk,
      FetchCounters counters,
      Ticker ticker) {
    this.store = store;
    this.arrivals = arrivals;
    this.patience = patience;
    this.detours = detours;
    this.mailbox = mailbox;
    this.disk = disk;
    this.counters = counters;
    this.ticker = ticker;
  }

  /** Begins with a question: looks what is really missing, and asks for that. */
  void begin(List<Copy> copies, Urgency urgency, SourceRecord source) {
    begin(new Preparation(copies, urgency, source, Optional.empty()));
  }

  /** The same for a hedge: a second copy of what a viewer waits for too long. */
  void hedge(Copy copy, SourceRecord source, Optional<NodeId> besides) {
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

  /** False if the block came from elsewhere meanwhile: only one that is hedged can. */
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
      referred(fetch, referred.referral(), now);
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
  private void referred(SpanFetch fetch, Referral referral, long now) {
    for (Arrival arrival : arriving(fetch)) {
      detours.referred(arrival, referral, now);
      arrival.hedgedAtNanos = OptionalLong.empty();
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

  /** Gives up what is not worth waiting for; returns the blocks that did not come. */
  List<Arrival> givenUp(long now) {
    if (!patience.look(fetches, now)) {
      return List.of();
    }
    List<Arrival> missing = new ArrayList<>();
    for (SpanFetch fetch : List.copyOf(fetches)) {
      if (patience.isOver(fetch, now)) {
        counters.silences.increment();
        counters.spansFailed.increment();
        missed(fetch, now);
        missing.addAll(finish(fetch, true));
        cancel(fetch);
      }
    }
    return missing;
  }

  /** What is late and was asked of one source only. */
  List<Patience.Late> late(long now) {
    return Patience.late(fetches, now);
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
    Patience.count(fetch, now);
    boolean lostAHedge = false;
    int done = fetch.blocksDone();
    List<Arrival> missing = new ArrayList<>();
    for (int i = 0; i < fetch.copies.size(); i++) {
      Copy copy = fetch.copies.get(i);
      Arrival arrival = copy.arrival;
      arrival.asked.remove(fetch);
      boolean needed = arrival.needs(copy);
      lostAHedge |= !needed && i >= done;
      if (needed && !arrival.abandon(copy)) {
        missing.add(arrival);
      }
    }
    fetch.source.throughput.finished(fetch.urgency, fetch.lengthBytes(), owed || lostAHedge, now);
    if (lostAHedge && now - fetch.askedAtNanos() >= fetch.source.throughput.lateAfterNanos()) {
      fetch.source.repute.lostHedge(fetch.spell, now);
    }
    if (fetch.urgency == Urgency.PLAY_HEAD && (done > 0 || lostAHedge)) {
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
