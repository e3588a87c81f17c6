package org.p2pd.fetch;

import java.time.Duration;
import java.util.OptionalLong;
import org.p2pd.content.Urgency;

/**
 * What is under way to one source, and how fast it is: its rate while it has something to do, its
 * latency, and from these how much it is asked for. Confined to the fetch loop.
 */
final class Throughput {

  /** Spans at most under way to one source for play heads. */
  private static final int MAX_URGENT_SPANS = 32;

  /** Spans at most under way to one source for everything else. */
  private static final int MAX_BULK_SPANS = 16;

  private static final long MIN_BULK_BYTES = 512 * 1024;
  private static final long FIRST_BULK_BYTES = 2L * 1024 * 1024;
  private static final long MAX_BULK_BYTES = 8L * 1024 * 1024;
  private static final double BULK_MARGIN_SECONDS = 0.25;

  /** Expected of a source while no source's rate is known: 100 Mbit/s, near by. */
  static final double FIRST_BYTES_PER_SECOND = 12_500_000;

  /** No source is expected to be slower before it was measured: 10 Mbit/s. */
  static final double MODEST_BYTES_PER_SECOND = 1_250_000;

  private static final double FIRST_LATENCY_SECONDS = 0.005;

  /** A rate is believed after so many bytes, or after so much time with something under way. */
  private static final long MEASURED_BYTES = 1024 * 1024;

  private static final long MEASURED_NANOS = Duration.ofMillis(500).toNanos();

  /**
   * After so long without a byte half of what was measured is forgotten: a source that was slow is
   * tried again.
   */
  private static final double FORGETTING_SECONDS = 10;

  private final RateMeter rate = new RateMeter(0);
  private final UsualTime firstBlocks = new UsualTime();
  private int urgentSpans;
  private int bulkSpans;
  private long urgentBytes;
  private long bulkBytes;
  private long receivedBytes;
  private long receivedAtNanos;
  private long seenAtNanos;
  private double latencySeconds;
  private long busyNanos;
  private long busySinceNanos;

  /** Whether bytes came, or were waited for in vain, since it had nothing to do. */
  private boolean busyCounts;

  Throughput(long nowNanos) {
    this.receivedAtNanos = nowNanos;
    this.seenAtNanos = nowNanos;
  }

  /** When anything was last seen to come from it, or it was asked after it had nothing to do. */
  long seenAtNanos() {
    return seenAtNanos;
  }

  void seen(long nowNanos) {
    seenAtNanos = nowNanos;
  }

  boolean hasRoom(Urgency urgency, long nowNanos) {
    return urgency == Urgency.PLAY_HEAD
        ? urgentSpans < MAX_URGENT_SPANS
        : bulkSpans < MAX_BULK_SPANS && bulkBytes < bulkLimitBytes(nowNanos);
  }

  /** What it has lately sent, in bytes a second, if it was enough to say so. */
  OptionalLong measuredRate(long nowNanos) {
    if (receivedBytes < MEASURED_BYTES) {
      return OptionalLong.empty();
    }
    return OptionalLong.of((long) bytesPerSecond(FIRST_BYTES_PER_SECOND, nowNanos));
  }

  boolean isMeasured(long nowNanos) {
    return receivedBytes >= MEASURED_BYTES || busyNanos(nowNanos) >= MEASURED_NANOS;
  }

  /** What came of late while something was under way, at least 1. */
  double recentBytesPerSecond(long nowNanos) {
    return Math.max(1, rate.perSecond(busyNanos(nowNanos)));
  }

  /** How long it takes until a span would be here: its queue, its round trip, the span itself. */
  double expectedSeconds(SourceBook.Wish wish, double bytesPerSecond) {
    double latency = latencySeconds == 0 ? FIRST_LATENCY_SECONDS : latencySeconds;
    long before = wish.urgency() == Urgency.PLAY_HEAD ? urgentBytes : urgentBytes + bulkBytes;
    return latency + (before + wish.bytes()) / bytesPerSecond;
  }

  /**
   * Its rate while it is asked for more than it has sent, as far as that is known.
   *
   * @param assumed while it is not, and the more the longer ago it was
   */
  double bytesPerSecond(double assumed, long nowNanos) {
    if (!isMeasured(nowNanos)) {
      return assumed;
    }
    double measured = recentBytesPerSecond(nowNanos);
    long idleNanos = urgentSpans + bulkSpans > 0 ? 0 : nowNanos - receivedAtNanos;
    double believed = Math.pow(0.5, Math.max(0, idleNanos) / 1e9 / FORGETTING_SECONDS);
    return believed * measured + (1 - believed) * Math.max(measured, assumed);
  }

  /** The most bytes one span may have: several are to be under way, none for seconds. */
  long spanLimitBytes(long nowNanos) {
    return bulkLimitBytes(nowNanos) / 2;
  }

  /** What keeps it busy for its round trip and a little more. */
  private long bulkLimitBytes(long nowNanos) {
    if (latencySeconds == 0) {
      return FIRST_BULK_BYTES;
    }
    double needed =
        rate.perSecond(busyNanos(nowNanos)) * (2 * latencySeconds + BULK_MARGIN_SECONDS);
    return Math.max(MIN_BULK_BYTES, Math.min(MAX_BULK_BYTES, (long) needed));
  }

  double latencySeconds() {
    return latencySeconds;
  }

  void begun(Urgency urgency, long lengthBytes, long nowNanos) {
    if (urgentSpans + bulkSpans == 0) {
      busySinceNanos = nowNanos;
      busyCounts = false;
      seenAtNanos = nowNanos;
    }
    if (urgency == Urgency.PLAY_HEAD) {
      urgentSpans++;
      urgentBytes += lengthBytes;
      return;
    }
    bulkSpans++;
    bulkBytes += lengthBytes;
  }

  /**
   * One question less is under way.
   *
   * @param owed whether it was to bring bytes: time that went by for other answers alone does not
   *     tell how fast the source is
   */
  void finished(Urgency urgency, long lengthBytes, boolean owed, long nowNanos) {
    busyCounts |= owed;
    if (urgency == Urgency.PLAY_HEAD) {
      urgentSpans--;
      urgentBytes -= lengthBytes;
    } else {
      bulkSpans--;
      bulkBytes -= lengthBytes;
    }
    if (urgentSpans + bulkSpans == 0 && busyCounts) {
      busyNanos += nowNanos - busySinceNanos;
    }
  }

  private long busyNanos(long nowNanos) {
    return urgentSpans + bulkSpans == 0 ? busyNanos : busyNanos + nowNanos - busySinceNanos;
  }

  /**
   * A first answer came then: the time before it went by for a connection and a session, and does
   * not tell how fast it sends.
   */
  void answeredAt(long answeredAtNanos) {
    if (latencySeconds == 0 && answeredAtNanos - busySinceNanos > 0) {
      busySinceNanos = answeredAtNanos;
    }
  }

  void answeredAfter(long nanos) {
    double seconds = Math.max(1e-6, nanos / 1e9);
    latencySeconds = latencySeconds == 0 ? seconds : 0.8 * latencySeconds + 0.2 * seconds;
  }

  /** A play-head question's first block came after that time, or had not come by then. */
  void firstBlockAfter(long nanos) {
    firstBlocks.add(nanos);
  }

  /** How long a viewer waits for it before another source is asked too. */
  long lateAfterNanos() {
    return firstBlocks.lateAfterNanos();
  }

  /** Bytes came, be they of use or not; told before the question that brought them is finished. */
  void received(long bytes, long nowNanos) {
    if (bytes <= 0) {
      return;
    }
    busyCounts = true;
    rate.add(bytes, busyNanos(nowNanos));
    receivedBytes += bytes;
    receivedAtNanos = nowNanos;
  }
}
