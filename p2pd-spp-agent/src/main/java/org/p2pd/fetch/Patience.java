package org.p2pd.fetch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import org.p2pd.content.Urgency;

/**
 * How long is waited for what was asked: when a question is given up, and when a block is late.
 * Confined to the fetch loop.
 */
final class Patience {

  /** So often within the longest silence it is looked at what goes on. */
  private static final int LOOKS_PER_SILENCE = 20;

  /** So many looks without a byte are enough where another source has the blocks. */
  private static final int SHORT_LOOKS = 4;

  /** So long after a hedge that came to nothing a block is not hedged again. */
  private static final long HEDGED_AGAIN_NANOS = Duration.ofMillis(500).toNanos();

  /** So long after the question it is not judged how fast it goes on, where a viewer waits... */
  private static final long GRACE_NANOS = Duration.ofMillis(500).toNanos();

  /** ...and where none does. */
  private static final long AHEAD_GRACE_NANOS = Duration.ofSeconds(1).toNanos();

  /** After so long not only the source is judged, but also what it does for that one question. */
  private static final long OWN_GRACE_NANOS = Duration.ofSeconds(1).toNanos();

  /** A block at a play head of which nothing has come for so long is asked of a parent too. */
  private static final long OVERDUE_NANOS = Duration.ofSeconds(1).toNanos();

  private final SourceBook book;
  private final long silenceNanos;
  private final long lookNanos;
  private long nextLookNanos;

  /**
   * Nothing was looked at yet.
   *
   * @param silence a question of which nothing comes for so long is given up
   */
  Patience(SourceBook book, Duration silence, long nowNanos) {
    this.book = book;
    this.silenceNanos = silence.toNanos();
    this.lookNanos = silenceNanos / LOOKS_PER_SILENCE;
    this.nextLookNanos = nowNanos;
  }

  /** Now and then looks how far all questions have come; false if it is too soon for that. */
  boolean look(Collection<SpanFetch> fetches, long now) {
    if (now - nextLookNanos < 0) {
      return false;
    }
    nextLookNanos = now + lookNanos;
    for (SpanFetch fetch : fetches) {
      look(fetch, now);
    }
    return true;
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
  static void count(SpanFetch fetch, long now) {
    Throughput throughput = fetch.source.throughput;
    fetch.answerNanos().ifPresent(nanos -> throughput.answeredAt(fetch.askedAtNanos() + nanos));
    long received = fetch.receivedBytes();
    throughput.received(received - fetch.countedBytes, now);
    fetch.countedBytes = Math.max(fetch.countedBytes, received);
  }

  /**
   * Whether a question is to be given up, which is then held against its source: it has been silent
   * for too long, or is far behind what another source would have done.
   */
  boolean isOver(SpanFetch fetch, long now) {
    if (isSilent(fetch, now)) {
      Duration silence = Duration.ofNanos(now - fetch.seenAtNanos);
      fetch.source.repute.silent(silence, fetch.spell, now);
      return true;
    }
    if (isFarBehind(fetch, now)) {
      fetch.source.repute.fellBehind(fetch.subject(), fetch.spell, now);
      return true;
    }
    return false;
  }

  /**
   * Where another source has the blocks patience with silence is shorter: with a source that sends
   * nothing at all, for its spans may only have to wait for each other.
   */
  private boolean isSilent(SpanFetch fetch, long now) {
    long shortNanos = lookNanos * SHORT_LOOKS;
    return now - fetch.seenAtNanos >= silenceNanos
        || (now - fetch.source.throughput.seenAtNanos() >= shortNanos
            && now - fetch.seenAtNanos >= shortNanos
            && book.hasOther(fetch.source, fetch.edition, fetch.nextByte(), now));
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

  /**
   * A block for which a viewer waits longer than its source usually takes.
   *
   * @param overdue nothing of it has come for very long, and no parent was asked for that reason
   */
  record Late(Arrival arrival, SourceRecord source, boolean overdue) {}

  /** What is late and was asked of one source only. */
  static List<Late> late(Collection<SpanFetch> fetches, long now) {
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
              waitedNanos >= fetch.source.throughput.lateAfterNanos() && isToBeHedged(arrival, now);
          if (overdue || late) {
            all.add(new Late(arrival, fetch.source, overdue));
          }
        }
      }
    }
    return all;
  }

  private static boolean isToBeHedged(Arrival arrival, long now) {
    return now - arrival.hedgedAtNanos.orElse(now - HEDGED_AGAIN_NANOS) >= HEDGED_AGAIN_NANOS;
  }
}
