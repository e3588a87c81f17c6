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

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /** A node that is busy may say when to come again, within a second: viewers wait. */
  private static final Duration LONGEST_BUSY = Duration.ofSeconds(1);

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

  /** Whether bytes came, or were waited for in vain, since it had nothing to do. */
  private boolean busyCounts;

  private int failures;

  /** How often in a row it was far slower than another. */
  private int lapses;

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
   * @param detour what is known of its first block
   * @param assumedRate of a source that was not measured yet, in bytes a second
   */
  SourceChoice.Candidate candidate(
      SourceBook.Wish wish, Detours.Detour detour, double assumedRate, long nowNanos) {
    double bytesPerSecond = bytesPerSecond(assumedRate, nowNanos);
    return new SourceChoice.Candidate(
        source.relation(),
        isAvailable(nowNanos) && !detour.isPutOffBy(name(), nowNanos),
        isAvoidedFor(wish.edition().id(), nowNanos),
        source.offersUntil(wish.edition(), wish.position()) > wish.position(),
        hasRoom(wish.urgency(), nowNanos),
        isDoubtful(nowNanos) || isTooRisky(wish, detour, nowNanos),
        isMeasured(nowNanos),
        expectedSeconds(wish, bytesPerSecond),
        bytesPerSecond);
  }

  /**
   * Whether others come first for this block: it did not bring it before; or another sibling did
   * not, and nobody knows how fast this one is, or a viewer has waited long enough for siblings.
   */
  private boolean isTooRisky(SourceBook.Wish wish, Detours.Detour detour, long nowNanos) {
    if (detour.excludes(source.node())) {
      return true;
    }
    if (source.relation() != BlockSource.Relation.SIBLING) {
      return false;
    }
    boolean failedOnce = !detour.excluded().isEmpty();
    return (failedOnce && wish.urgency() == Urgency.PLAY_HEAD)
        || ((failedOnce || wish.late()) && !isMeasured(nowNanos));
  }

  /** Whether it could be asked for that byte now, were there room. */
  boolean isWilling(Edition edition, long position, Detours.Detour detour, long nowNanos) {
    return isAvailable(nowNanos)
        && !isDoubtful(nowNanos)
        && !isAvoidedFor(edition.id(), nowNanos)
        && !detour.isPutOffBy(name(), nowNanos)
        && !detour.excludes(source.node())
        && source.offersUntil(edition, position) > position;
  }

  /**
   * How long it would take by what it has shown; a parent or stand-in is trusted before it has. No
   * source is given up for the sake of one of which nothing is known.
   */
  double provenSeconds(SourceBook.Wish wish, boolean trusted, long nowNanos) {
    if (isMeasured(nowNanos)) {
      return expectedSeconds(wish, recentBytesPerSecond(nowNanos));
    }
    return trusted && isUpstream()
        ? expectedSeconds(wish, MODEST_BYTES_PER_SECOND)
        : Double.POSITIVE_INFINITY;
  }

  boolean isUpstream() {
    return source.relation() == BlockSource.Relation.PARENT
        || source.relation() == BlockSource.Relation.STAND_IN;
  }

  boolean hasRoom(Urgency urgency, long nowNanos) {
    return urgency == Urgency.PLAY_HEAD
        ? urgentSpans < MAX_URGENT_SPANS
        : bulkSpans < MAX_BULK_SPANS && bulkBytes < bulkLimitBytes(nowNanos);
  }

  /** Whether it may be asked for the edition now, whatever it says that it holds. */
  boolean canBeAsked(Edition edition, long nowNanos) {
    return isAvailable(nowNanos) && !isDoubtful(nowNanos) && !isAvoidedFor(edition.id(), nowNanos);
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
  private double expectedSeconds(SourceBook.Wish wish, double bytesPerSecond) {
    double latency = latencySeconds == 0 ? FIRST_LATENCY_SECONDS : latencySeconds;
    long before = wish.urgency() == Urgency.PLAY_HEAD ? urgentBytes : urgentBytes + bulkBytes;
    return latency + (before + wish.bytes()) / bytesPerSecond;
  }

  /**
   * Its rate while it is asked for more than it has sent, as far as that is known.
   *
   * @param assumed while it is not, and the more the longer ago it was
   */
  private double bytesPerSecond(double assumed, long nowNanos) {
    if (!isMeasured(nowNanos)) {
      return assumed;
    }
    double measured = recentBytesPerSecond(nowNanos);
    long idleNanos = urgentSpans + bulkSpans > 0 ? 0 : nowNanos - receivedAtNanos;
    double believed = Math.pow(0.5, Math.max(0, idleNanos) / 1e9 / FORGETTING_SECONDS);
    return believed * measured + (1 - believed) * Math.max(measured, assumed);
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
      pause(within(FIRST_PAUSE, busy.retryAfter(), LONGEST_BUSY), nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.Mismatch mismatch) {
      mismatched(edition, mismatch.detail(), fetch.askedAtNanos(), nowNanos);
    } else if (outcome instanceof BlockSource.Outcome.Refused refused) {
      LOG.warn(
          "{} refuses to send blocks: {}; see its log; both need the same secret, and a parent -i",
          name(),
          refused.detail());
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
    lapses = 0;
  }

  /**
   * What it was asked for would have taken far too long: others first, for longer each time. What
   * was under way together falls behind together: that counts once.
   */
  void fellBehind(String what, long askedInSpell, long nowNanos) {
    if (askedInSpell == spell) {
      spell++;
      warn("far behind with " + what, nowNanos);
      doubt(++lapses, nowNanos);
    }
  }

  /** Another one brought what it was asked for earlier. Once is chance. */
  void lostRace(long askedInSpell, long nowNanos) {
    if (askedInSpell == spell) {
      spell++;
      if (lapses++ > 0) {
        doubt(lapses - 1, nowNanos);
      }
    }
  }

  private void doubt(int times, long nowNanos) {
    Duration doubt = within(FIRST_DOUBT, doubled(FIRST_DOUBT, times), LONGEST_DOUBT);
    if (nowNanos + doubt.toNanos() - doubtedUntilNanos > 0) {
      doubtedUntilNanos = nowNanos + doubt.toNanos();
    }
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
    doubt(failures + 1, nowNanos);
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
        "{} sent of {} what does not verify: {}; nothing of it was used; check that machine's disk"
            + " and memory, and what is between",
        name(),
        edition,
        detail);
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
      LOG.warn(
          "{} is shunned: it sent {} times what does not verify; check that machine's disk and"
              + " memory, and what is between; it is asked again in {} minutes",
          name(),
          mismatches,
          BLAME.toMinutes());
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

  private static Duration within(Duration least, Duration wanted, Duration most) {
    Duration atLeast = wanted.compareTo(least) < 0 ? least : wanted;
    return atLeast.compareTo(most) > 0 ? most : atLeast;
  }

  private void pause(Duration wanted, long nowNanos) {
    long nanos = Math.max(0, Math.min(wanted.toNanos(), LONGEST_PAUSE.toNanos()));
    if (nowNanos + nanos - pausedUntilNanos > 0) {
      pausedUntilNanos = nowNanos + nanos;
    }
  }
}
