package org.p2pd.fetch;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.p2pd.content.Urgency;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node has seen of one source: what is under way to it, how fast it is, when it is to be
 * left alone. Confined to the fetch loop, but for its name.
 */
final class SourceRecord {

  /** Spans at most under way to one source for play heads. */
  static final int MAX_URGENT_SPANS = 32;

  /** Spans at most under way to one source for everything else. */
  static final int MAX_BULK_SPANS = 16;

  private static final Logger LOG = LoggerFactory.getLogger(SourceRecord.class);

  private static final long MIN_BULK_BYTES = 512 * 1024;
  private static final long FIRST_BULK_BYTES = 2L * 1024 * 1024;
  private static final long MAX_BULK_BYTES = 8L * 1024 * 1024;
  private static final double BULK_MARGIN_SECONDS = 0.25;

  /** Expected of a source that has not sent anything yet: 100 Mbit/s, near by. */
  private static final double FIRST_BYTES_PER_SECOND = 12_500_000;

  private static final double FIRST_LATENCY_SECONDS = 0.005;

  /** A rate is believed only after so many bytes. */
  private static final long MEASURED_BYTES = 1024 * 1024;

  /**
   * After so long without a byte half of what was measured is forgotten: a source that was slow is
   * tried again.
   */
  private static final double FORGETTING_SECONDS = 10;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /** So long others come first after a failure, twice as long after each further one. */
  private static final Duration FIRST_DOUBT = Duration.ofSeconds(2);

  private static final Duration LONGEST_DOUBT = Duration.ofMinutes(1);
  private static final Duration NOT_HELD_PAUSE = Duration.ofSeconds(1);
  private static final Duration FIRST_MISMATCH_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_AVOIDANCE = Duration.ofMinutes(10);

  /** So long a mismatch is remembered against a source; three within it shun all but a parent. */
  private static final Duration BLAME = Duration.ofMinutes(10);

  private static final Duration WARNING_INTERVAL = Duration.ofMinutes(1);
  private static final int SHUNNED_MISMATCHES = 3;

  /**
   * So many answers of "not held" for one edition, a pause between them, are taken as final until
   * the next pause is over. It does not get longer either: a title whose file was touched, or was
   * out of reach for a while, is back without a word.
   */
  private static final int FINAL_NOT_HELD = 3;

  private static final int MAX_AVOIDED_EDITIONS = 1_000;

  /** Editions that it does not have, or has wrong. */
  private static final class Avoidance {
    int notHeld;
    int mismatches;
    long untilNanos;

    /** When the last answer was counted: what was asked until then tells nothing more. */
    long countedAtNanos;

    boolean isNews(long askedAtNanos) {
      return notHeld + mismatches == 0 || askedAtNanos - countedAtNanos > 0;
    }
  }

  private final Map<EditionId, Avoidance> avoided =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<EditionId, Avoidance> eldest) {
          return size() > MAX_AVOIDED_EDITIONS;
        }
      };

  private BlockSource source;
  private final RateMeter rate;
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
  private int failures;

  /** The time between two failures: questions of one spell fail together. */
  private long spell;

  private long nextWarningNanos;
  private int mismatches;
  private long pausedUntilNanos;
  private long blamedAtNanos;
  private long blamedUntilNanos;
  private long doubtedUntilNanos;

  SourceRecord(BlockSource source, long nowNanos) {
    this.source = source;
    this.rate = new RateMeter(0);
    this.pausedUntilNanos = nowNanos;
    this.blamedUntilNanos = nowNanos;
    this.doubtedUntilNanos = nowNanos;
    this.nextWarningNanos = nowNanos;
    this.receivedAtNanos = nowNanos;
    this.seenAtNanos = nowNanos;
  }

  long spell() {
    return spell;
  }

  /** When anything was last seen to come from it, or it was asked after it had nothing to do. */
  long seenAtNanos() {
    return seenAtNanos;
  }

  void seen(long nowNanos) {
    seenAtNanos = nowNanos;
  }

  String name() {
    return source.name();
  }

  BlockSource source() {
    return source;
  }

  /** The object now known under that name. */
  void renewed(BlockSource now) {
    source = now;
  }

  /**
   * What is known of it for one question.
   *
   * @param position of the first byte
   * @param spanBytes about how much is to be asked for
   */
  SourceChoice.Candidate candidate(
      Edition edition, long position, Urgency urgency, long spanBytes, long nowNanos) {
    return new SourceChoice.Candidate(
        source.relation(),
        isAvailable(nowNanos),
        isAvoidedFor(edition.id(), nowNanos),
        source.offersUntil(edition, position) > position,
        hasRoom(urgency, nowNanos),
        isDoubtful(nowNanos),
        expectedSeconds(urgency, spanBytes, nowNanos),
        receivedBytes < MEASURED_BYTES ? Double.POSITIVE_INFINITY : bytesPerSecond(nowNanos));
  }

  /** Whether it could be asked for that byte now, were there room. */
  boolean isWilling(Edition edition, long position, long nowNanos) {
    return isAvailable(nowNanos)
        && !isDoubtful(nowNanos)
        && !isAvoidedFor(edition.id(), nowNanos)
        && source.offersUntil(edition, position) > position;
  }

  boolean hasRoom(Urgency urgency, long nowNanos) {
    return urgency == Urgency.PLAY_HEAD
        ? urgentSpans < MAX_URGENT_SPANS
        : bulkSpans < MAX_BULK_SPANS && bulkBytes < bulkLimitBytes(nowNanos);
  }

  /** Whether it may be asked for the edition now, whatever it says that it holds. */
  boolean canBeAsked(Edition edition, long nowNanos) {
    return isAvailable(nowNanos) && !isAvoidedFor(edition.id(), nowNanos);
  }

  /** What it has lately sent, in bytes a second, if that is known. */
  OptionalLong measuredRate(long nowNanos) {
    return receivedBytes < MEASURED_BYTES
        ? OptionalLong.empty()
        : OptionalLong.of((long) bytesPerSecond(nowNanos));
  }

  private boolean isDoubtful(long nowNanos) {
    return nowNanos - blamedUntilNanos < 0 || nowNanos - doubtedUntilNanos < 0;
  }

  private boolean isAvailable(long nowNanos) {
    return source.usable() && nowNanos - pausedUntilNanos >= 0;
  }

  private boolean isAvoidedFor(EditionId edition, long nowNanos) {
    Avoidance avoidance = avoided.get(edition);
    return avoidance != null && nowNanos - avoidance.untilNanos < 0;
  }

  /** How long it takes until a span would be here: its queue, its round trip, the span itself. */
  private double expectedSeconds(Urgency urgency, long spanBytes, long nowNanos) {
    double latency = latencySeconds == 0 ? FIRST_LATENCY_SECONDS : latencySeconds;
    long before = urgency == Urgency.PLAY_HEAD ? urgentBytes : urgentBytes + bulkBytes;
    return latency + (before + spanBytes) / bytesPerSecond(nowNanos);
  }

  /** Its rate while it is asked for more than it has sent, as far as that is known. */
  private double bytesPerSecond(long nowNanos) {
    if (receivedBytes < MEASURED_BYTES) {
      return FIRST_BYTES_PER_SECOND;
    }
    double measured = Math.max(1, rate.perSecond(busyNanos(nowNanos)));
    double idle = Math.max(0, nowNanos - receivedAtNanos) / 1e9;
    double believed = Math.pow(0.5, idle / FORGETTING_SECONDS);
    return believed * measured + (1 - believed) * Math.max(measured, FIRST_BYTES_PER_SECOND);
  }

  /**
   * Whether it has said often enough, and just now, that it does not hold the edition, or is one of
   * those who only have what they hold, and cannot hold that byte.
   */
  boolean lacksForGood(Edition edition, long position, long nowNanos) {
    if (source.offersUntil(edition, position) <= position) {
      return !source.mayHave(edition, position);
    }
    Avoidance avoidance = avoided.get(edition.id());
    return source.usable()
        && avoidance != null
        && avoidance.notHeld >= FINAL_NOT_HELD
        && isAvoidedFor(edition.id(), nowNanos);
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

  void finished(Urgency urgency, long lengthBytes, long nowNanos) {
    if (urgency == Urgency.PLAY_HEAD) {
      urgentSpans--;
      urgentBytes -= lengthBytes;
    } else {
      bulkSpans--;
      bulkBytes -= lengthBytes;
    }
    if (urgentSpans + bulkSpans == 0) {
      busyNanos += nowNanos - busySinceNanos;
    }
  }

  private long busyNanos(long nowNanos) {
    return urgentSpans + bulkSpans == 0 ? busyNanos : busyNanos + nowNanos - busySinceNanos;
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

  void received(long bytes, long nowNanos) {
    rate.add(bytes, busyNanos(nowNanos));
    receivedBytes += bytes;
    receivedAtNanos = nowNanos;
  }

  /** Something is learnt from how a question ended. */
  void ended(SpanFetch fetch, BlockSource.Outcome outcome, long nowNanos) {
    EditionId edition = fetch.edition.id();
    boolean broughtBlocks = fetch.blocksDone() > 0;
    if (outcome instanceof BlockSource.Outcome.Delivered && broughtBlocks) {
      worked(edition, nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.Delivered) {
      failed("it sent nothing", fetch.spell, nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.NotHeld
        && source.relation() != BlockSource.Relation.SIBLING) { // its claims are corrected instead
      notHeld(edition, fetch.askedAtNanos(), nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.Busy busy) {
      pause(busy.retryAfter(), nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.Mismatch mismatch) {
      mismatched(edition, mismatch.detail(), fetch.askedAtNanos(), nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.Refused refused) {
      LOG.warn("{} refuses to send blocks: {}", name(), refused.detail());
      pause(LONGEST_PAUSE, nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.Lost lost) {
      failed(lost.detail(), fetch.spell, nowNanos);
    }
  }

  /**
   * What was under way together is answered together: that counts once. A file whose stat differs
   * is not held until it was hashed, and then it is.
   */
  private void notHeld(EditionId edition, long askedAtNanos, long nowNanos) {
    Avoidance avoidance = avoided.computeIfAbsent(edition, id -> new Avoidance());
    if (avoidance.isNews(askedAtNanos)) {
      avoidance.notHeld = Math.min(avoidance.notHeld + 1, FINAL_NOT_HELD);
      avoid(avoidance, NOT_HELD_PAUSE, avoidance.notHeld, nowNanos);
    }
  }

  /** The edition is named anew: that it was not held may be over. Lies are not forgotten. */
  void published(EditionId edition) {
    Avoidance avoidance = avoided.get(edition);
    if (avoidance != null && avoidance.mismatches == 0) {
      avoided.remove(edition);
    }
  }

  private void worked(EditionId edition, long nowNanos) {
    avoided.remove(edition);
    doubtedUntilNanos = nowNanos;
    if (failures > 1) {
      LOG.info("{} sends blocks again", name());
    }
    failures = 0;
  }

  /**
   * Asked again at once after a first failure, then left alone, longer each time. What was under
   * way together fails together: that counts once.
   */
  void failed(String detail, long askedInSpell, long nowNanos) {
    if (askedInSpell != spell) {
      return;
    }
    spell++;
    Duration doubt = doubled(FIRST_DOUBT, failures + 1);
    doubtedUntilNanos = nowNanos + Math.min(doubt.toNanos(), LONGEST_DOUBT.toNanos());
    if (failures++ == 0) {
      warn(detail, nowNanos);
      return;
    }
    pause(doubled(FIRST_PAUSE, failures - 1), nowNanos);
  }

  /** It sent nothing for too long: others first. */
  void silent(Duration silence, long askedInSpell, long nowNanos) {
    if (askedInSpell == spell && failures == 0) {
      failures = 1;
      warn("silent for " + silence.toMillis() + " ms", nowNanos);
    }
    failed("silent again", askedInSpell, nowNanos);
  }

  private void warn(String detail, long nowNanos) {
    if (nowNanos - nextWarningNanos < 0) {
      LOG.debug("{} failed: {}", name(), detail);
      return;
    }
    nextWarningNanos = nowNanos + WARNING_INTERVAL.toNanos();
    LOG.warn("{} failed: {}; its blocks are asked for again", name(), detail);
  }

  private void mismatched(EditionId edition, String detail, long askedAtNanos, long nowNanos) {
    LOG.warn(
        "{} sent of {} what does not verify: {}; nothing of it was used", name(), edition, detail);
    Avoidance avoidance = avoided.computeIfAbsent(edition, id -> new Avoidance());
    if (avoidance.isNews(askedAtNanos)) {
      avoidance.mismatches++;
      avoid(avoidance, FIRST_MISMATCH_PAUSE, avoidance.mismatches, nowNanos);
    }
    blame(askedAtNanos, nowNanos);
  }

  /** One bad file may be met by many questions at once: it is one lie. */
  private void blame(long askedAtNanos, long nowNanos) {
    if (nowNanos - blamedUntilNanos >= 0) {
      mismatches = 0;
    }
    if (mismatches > 0 && askedAtNanos - blamedAtNanos <= 0) {
      return;
    }
    mismatches++;
    blamedAtNanos = nowNanos;
    blamedUntilNanos = nowNanos + BLAME.toNanos();
    // To shun a parent would take all other titles from the viewers too: there it stays at the
    // edition.
    if (mismatches >= SHUNNED_MISMATCHES && source.relation() != BlockSource.Relation.PARENT) {
      LOG.warn("{} is shunned for {} minutes", name(), BLAME.toMinutes());
      pausedUntilNanos = blamedUntilNanos;
    }
  }

  private static void avoid(Avoidance avoidance, Duration first, int times, long nowNanos) {
    Duration pause = doubled(first, times);
    avoidance.countedAtNanos = nowNanos;
    avoidance.untilNanos = nowNanos + Math.min(pause.toNanos(), LONGEST_AVOIDANCE.toNanos());
  }

  private static Duration doubled(Duration first, int times) {
    return first.multipliedBy(1L << Math.min(times - 1, 20));
  }

  private void pause(Duration wanted, long nowNanos) {
    long nanos = Math.max(0, Math.min(wanted.toNanos(), LONGEST_PAUSE.toNanos()));
    if (nowNanos + nanos - pausedUntilNanos > 0) {
      pausedUntilNanos = nowNanos + nanos;
    }
  }
}
