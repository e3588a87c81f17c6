package org.p2pd.publish;

import com.google.common.base.Ticker;
import java.time.Clock;
import java.time.Duration;

/**
 * How long files are waited for. Pure but for the injected clock.
 *
 * @param settle quiet time after which a file of unseen writer counts as copied
 * @param local whether files' dates come from this machine's clock
 * @param clock for comparing with files' dates
 * @param ticker for all waiting
 */
record Pace(Duration settle, boolean local, Clock clock, Ticker ticker) {

  /**
   * What a file's dates cannot tell apart: hashing begins so much later than the last change, so
   * that any later change gives another date.
   */
  static final Duration GRAIN = Duration.ofMillis(50);

  /** A writer that was seen to begin but not to end, and is silent for so long, has ended. */
  static final Duration PATIENCE = Duration.ofHours(1);

  /** How soon what cannot be read, or was found wrong twice, is tried again. */
  static final Duration RETRY = Duration.ofMinutes(1);

  long nowNanos() {
    return ticker.read();
  }

  long inNanos(Duration later) {
    return ticker.read() + later.toNanos();
  }

  /**
   * How long a file has to stay as it is from now on.
   *
   * @param ended its copy was seen to end
   */
  Duration untilTaken(FileStat stat, boolean ended) {
    if (ended) {
      return GRAIN;
    }
    if (!local) {
      return atLeastGrain(settle); // another machine's clock wrote the dates
    }
    Duration quiet = Duration.between(stat.lastTouched(), clock.instant());
    boolean fromTheFuture = quiet.isNegative();
    return atLeastGrain(fromTheFuture ? settle : settle.minus(quiet));
  }

  private static Duration atLeastGrain(Duration wait) {
    return wait.compareTo(GRAIN) < 0 ? GRAIN : wait;
  }
}
