package org.p2pd.fetch;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.p2pd.model.EditionId;

/**
 * Which editions one source is not asked for now: those that it did not hold, or has wrong. What
 * was under way together is answered together: that counts once. Confined to the fetch loop.
 */
final class EditionAvoidance {

  private static final Duration LONGEST = Duration.ofMinutes(10);
  private static final Doubling NOT_HELD = new Doubling(Duration.ofSeconds(1), LONGEST);
  private static final Doubling MISMATCHED = new Doubling(Duration.ofSeconds(1), LONGEST);

  /**
   * So many answers of "not held" for one edition, a pause between them, are taken as final until
   * the next pause is over. It does not get longer either: a title whose file was touched, or was
   * out of reach for a while, is back without a word.
   */
  private static final int FINAL_NOT_HELD = 3;

  private static final int MAX_EDITIONS = 1_000;

  /** What is held against one edition. */
  private static final class Avoidance {
    int notHeld;
    int mismatches;
    long untilNanos;

    /** When the last answer was counted: what was asked until then tells nothing more. */
    long countedAtNanos;

    boolean isNews(long askedAtNanos) {
      return notHeld + mismatches == 0 || askedAtNanos - countedAtNanos > 0;
    }

    void avoid(long pauseNanos, long nowNanos) {
      countedAtNanos = nowNanos;
      untilNanos = nowNanos + pauseNanos;
    }
  }

  private final Map<EditionId, Avoidance> avoided =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<EditionId, Avoidance> eldest) {
          return size() > MAX_EDITIONS;
        }
      };

  boolean avoids(EditionId edition, long nowNanos) {
    Avoidance avoidance = avoided.get(edition);
    return avoidance != null && nowNanos - avoidance.untilNanos < 0;
  }

  /** Whether the source has said often enough, and just now, that it does not hold the edition. */
  boolean isFinal(EditionId edition, long nowNanos) {
    Avoidance avoidance = avoided.get(edition);
    return avoidance != null
        && avoidance.notHeld >= FINAL_NOT_HELD
        && nowNanos - avoidance.untilNanos < 0;
  }

  /** A file whose stat differs is not held until it was hashed, and then it is. */
  void notHeld(EditionId edition, long askedAtNanos, long nowNanos) {
    Avoidance avoidance = avoided.computeIfAbsent(edition, id -> new Avoidance());
    if (avoidance.isNews(askedAtNanos)) {
      avoidance.notHeld = Math.min(avoidance.notHeld + 1, FINAL_NOT_HELD);
      avoidance.avoid(NOT_HELD.nanos(avoidance.notHeld), nowNanos);
    }
  }

  /** What the source sent of it did not verify. */
  void mismatched(EditionId edition, long askedAtNanos, long nowNanos) {
    Avoidance avoidance = avoided.computeIfAbsent(edition, id -> new Avoidance());
    if (avoidance.isNews(askedAtNanos)) {
      avoidance.mismatches++;
      avoidance.avoid(MISMATCHED.nanos(avoidance.mismatches), nowNanos);
    }
  }

  /** The edition is named anew: that it was not held may be over. Lies are not forgotten. */
  void published(EditionId edition) {
    Avoidance avoidance = avoided.get(edition);
    if (avoidance != null && avoidance.mismatches == 0) {
      avoided.remove(edition);
    }
  }

  /** Blocks of the edition came from the source. */
  void worked(EditionId edition) {
    avoided.remove(edition);
  }
}
