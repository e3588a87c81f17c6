package org.p2pd.fetch;

import java.time.Duration;
import org.p2pd.model.EditionId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far one source is trusted: when others come before it, and when it is left alone, for what it
 * failed to do. What was under way together fails together: that counts once. Confined to the fetch
 * loop.
 */
final class Repute {

  private static final Logger LOG = LoggerFactory.getLogger(Repute.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final Doubling PAUSE = new Doubling(FIRST_PAUSE, LONGEST_PAUSE);

  /** A node that is busy may say when to come again, within a second: viewers wait. */
  private static final Duration LONGEST_BUSY = Duration.ofSeconds(1);

  /** So long others come first after a failure, twice as long after each further one. */
  private static final Doubling DOUBT = new Doubling(Duration.ofSeconds(2), Duration.ofMinutes(1));

  /** So long a mismatch is remembered against a source; three within it shun all but a parent. */
  private static final Duration BLAME = Duration.ofMinutes(10);

  private static final int SHUNNED_MISMATCHES = 3;
  private static final Duration WARNING_INTERVAL = Duration.ofMinutes(1);

  private final String name;
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

  /** Nothing is held against the source of that name. */
  Repute(String name, long nowNanos) {
    this.name = name;
    this.pausedUntilNanos = nowNanos;
    this.blamedUntilNanos = nowNanos;
    this.doubtedUntilNanos = nowNanos;
    this.nextWarningNanos = nowNanos;
  }

  long spell() {
    return spell;
  }

  /** Whether it is left alone. */
  boolean isPaused(long nowNanos) {
    return nowNanos - pausedUntilNanos < 0;
  }

  /** Whether others come first. */
  boolean isDoubtful(long nowNanos) {
    return nowNanos - blamedUntilNanos < 0 || nowNanos - doubtedUntilNanos < 0;
  }

  void worked(long nowNanos) {
    doubtedUntilNanos = nowNanos;
    if (failures > 1) {
      LOG.info("{} sends blocks again", name);
    }
    failures = 0;
    lapses = 0;
  }

  void busy(Duration retryAfter, long nowNanos) {
    Duration atLeast = retryAfter.compareTo(FIRST_PAUSE) < 0 ? FIRST_PAUSE : retryAfter;
    pause(Math.min(atLeast.toNanos(), LONGEST_BUSY.toNanos()), nowNanos);
  }

  void refused(String detail, long nowNanos) {
    LOG.warn(
        "{} refuses to send blocks: {}; see its log; both need the same secret, and a parent -i",
        name,
        detail);
    pause(LONGEST_PAUSE.toNanos(), nowNanos);
  }

  /** What it was asked for would have taken far too long: others first, for longer each time. */
  void fellBehind(String what, long askedInSpell, long nowNanos) {
    if (askedInSpell == spell) {
      spell++;
      warn("far behind with " + what, nowNanos);
      doubt(++lapses, nowNanos);
    }
  }

  /** Another one brought a hedged block earlier. Once is chance. */
  void lostHedge(long askedInSpell, long nowNanos) {
    if (askedInSpell == spell) {
      spell++;
      if (lapses++ > 0) {
        doubt(lapses - 1, nowNanos);
      }
    }
  }

  /** Asked again at once after a first failure, then left alone, longer each time. */
  void failed(String detail, long askedInSpell, long nowNanos) {
    if (askedInSpell != spell) {
      return;
    }
    spell++;
    if (failures == 0) {
      failures = 1;
      doubt(failures, nowNanos);
      warn(detail, nowNanos);
      return;
    }
    failedAgain(nowNanos);
  }

  /**
   * It sent nothing for too long: others first. Already a first silence counts as two failures, for
   * a viewer may have waited all that time: it is not asked again at once.
   */
  void silent(Duration silence, long askedInSpell, long nowNanos) {
    if (askedInSpell != spell) {
      return;
    }
    spell++;
    if (failures == 0) {
      failures = 1;
      warn("silent for " + silence.toMillis() + " ms", nowNanos);
    }
    failedAgain(nowNanos);
  }

  private void failedAgain(long nowNanos) {
    failures++;
    doubt(failures, nowNanos);
    pause(PAUSE.nanos(failures - 1), nowNanos);
  }

  /**
   * What it sent does not verify. One bad file may be met by many questions at once: it is one lie.
   *
   * @param shunnable whether it is left alone for good when it lies again and again
   */
  void mismatched(
      EditionId edition, String detail, boolean shunnable, long askedAtNanos, long nowNanos) {
    LOG.warn(
        "{} sent of {} what does not verify: {}; nothing of it was used; check that machine's disk"
            + " and memory, and what is between",
        name,
        edition,
        detail);
    if (nowNanos - blamedUntilNanos >= 0) {
      mismatches = 0;
    }
    if (mismatches > 0 && askedAtNanos - blamedAtNanos <= 0) {
      return;
    }
    mismatches++;
    blamedAtNanos = nowNanos;
    blamedUntilNanos = nowNanos + BLAME.toNanos();
    if (mismatches >= SHUNNED_MISMATCHES && shunnable) {
      LOG.warn(
          "{} is shunned: it sent {} times what does not verify; check that machine's disk and"
              + " memory, and what is between; it is asked again in {} minutes",
          name,
          mismatches,
          BLAME.toMinutes());
      pausedUntilNanos = blamedUntilNanos;
    }
  }

  private void warn(String detail, long nowNanos) {
    if (nowNanos - nextWarningNanos < 0) {
      LOG.debug("{} failed: {}", name, detail);
      return;
    }
    nextWarningNanos = nowNanos + WARNING_INTERVAL.toNanos();
    LOG.warn("{} failed: {}; its blocks are asked for again", name, detail);
  }

  private void doubt(int times, long nowNanos) {
    long until = nowNanos + DOUBT.nanos(times);
    if (until - doubtedUntilNanos > 0) {
      doubtedUntilNanos = until;
    }
  }

  private void pause(long nanos, long nowNanos) {
    long until = nowNanos + nanos;
    if (until - pausedUntilNanos > 0) {
      pausedUntilNanos = until;
    }
  }
}
