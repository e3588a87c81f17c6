package org.p2pd.fetch;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.p2pd.content.Urgency;
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

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final Duration NOT_HELD_PAUSE = Duration.ofSeconds(1);
  private static final Duration FIRST_MISMATCH_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_AVOIDANCE = Duration.ofMinutes(10);

  /** So long a mismatch is remembered against a source; three within it shun all but a parent. */
  private static final Duration BLAME = Duration.ofMinutes(10);

  private static final Duration WARNING_INTERVAL = Duration.ofMinutes(1);
  private static final int SHUNNED_MISMATCHES = 3;

  /** So many answers of "not held" for one edition, a pause between them, are taken as final. */
  private static final int FINAL_NOT_HELD = 3;

  private static final int MAX_AVOIDED_EDITIONS = 1_000;

  /** Editions that it does not have, or has wrong. */
  private static final class Avoidance {
    int notHeld;
    int mismatches;
    long untilNanos;
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
  private int urgentSpans;
  private int bulkSpans;
  private long bulkBytes;
  private double latencySeconds;
  private long busyNanos;
  private long busySinceNanos;
  private int failures;

  /** The time between two failures: questions of one spell fail together. */
  private long spell;

  private long nextWarningNanos;
  private int mismatches;
  private long pausedUntilNanos;
  private long blamedUntilNanos;

  SourceRecord(BlockSource source, long nowNanos) {
    this.source = source;
    this.rate = new RateMeter(0);
    this.pausedUntilNanos = nowNanos;
    this.blamedUntilNanos = nowNanos;
    this.nextWarningNanos = nowNanos;
  }

  long spell() {
    return spell;
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

  SourceChoice.Candidate candidate(EditionId edition, Urgency urgency, long nowNanos) {
    Avoidance avoidance = avoided.get(edition);
    boolean available = source.usable() && nowNanos - pausedUntilNanos >= 0;
    boolean avoid = avoidance != null && nowNanos - avoidance.untilNanos < 0;
    boolean hasRoom =
        urgency == Urgency.PLAY_HEAD
            ? urgentSpans < MAX_URGENT_SPANS
            : bulkSpans < MAX_BULK_SPANS && bulkBytes < bulkLimitBytes(nowNanos);
    return new SourceChoice.Candidate(
        source.relation(),
        available,
        avoid,
        hasRoom,
        nowNanos - blamedUntilNanos < 0,
        urgentSpans + bulkSpans + source.queued());
  }

  /** Whether it has said often enough that it does not hold the edition. */
  boolean lacksForGood(EditionId edition) {
    Avoidance avoidance = avoided.get(edition);
    return source.usable() && avoidance != null && avoidance.notHeld >= FINAL_NOT_HELD;
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
    }
    if (urgency == Urgency.PLAY_HEAD) {
      urgentSpans++;
      return;
    }
    bulkSpans++;
    bulkBytes += lengthBytes;
  }

  void finished(Urgency urgency, long lengthBytes, long nowNanos) {
    if (urgency == Urgency.PLAY_HEAD) {
      urgentSpans--;
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

  void received(long bytes, long nowNanos) {
    rate.add(bytes, busyNanos(nowNanos));
  }

  /** Something is learnt from how a question ended. */
  void ended(SpanFetch fetch, BlockSource.Outcome outcome, long nowNanos) {
    EditionId edition = fetch.edition.id();
    boolean broughtBlocks = fetch.blocksDone() > 0;
    if (outcome instanceof BlockSource.Outcome.Delivered && broughtBlocks) {
      worked(edition);
    } else if (outcome instanceof BlockSource.Outcome.Delivered) {
      failed("it sent nothing", fetch.spell, nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.NotHeld) {
      Avoidance avoidance = avoided.computeIfAbsent(edition, id -> new Avoidance());
      avoidance.notHeld++;
      avoid(avoidance, NOT_HELD_PAUSE, avoidance.notHeld, nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.Busy busy) {
      pause(busy.retryAfter(), nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.Mismatch mismatch) {
      mismatched(edition, mismatch.detail(), nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.Refused refused) {
      LOG.warn("{} refuses to send blocks: {}", name(), refused.detail());
      pause(LONGEST_PAUSE, nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.Lost lost) {
      failed(lost.detail(), fetch.spell, nowNanos);
    }
  }

  private void worked(EditionId edition) {
    avoided.remove(edition);
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

  private void mismatched(EditionId edition, String detail, long nowNanos) {
    LOG.warn(
        "{} sent of {} what does not verify: {}; nothing of it was used", name(), edition, detail);
    if (nowNanos - blamedUntilNanos >= 0) {
      mismatches = 0;
    }
    mismatches++;
    blamedUntilNanos = nowNanos + BLAME.toNanos();
    Avoidance avoidance = avoided.computeIfAbsent(edition, id -> new Avoidance());
    avoidance.mismatches++;
    avoid(avoidance, FIRST_MISMATCH_PAUSE, avoidance.mismatches, nowNanos);
    // To shun a parent would take all other titles from the viewers too: there it stays at the
    // edition.
    if (mismatches >= SHUNNED_MISMATCHES && source.relation() != BlockSource.Relation.PARENT) {
      LOG.warn("{} is shunned for {} minutes", name(), BLAME.toMinutes());
      pausedUntilNanos = blamedUntilNanos;
    }
  }

  private static void avoid(Avoidance avoidance, Duration first, int times, long nowNanos) {
    Duration pause = doubled(first, times);
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
