package org.p2pd.upstream;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next try: 0.2 s doubling to 5 s, each spread over its upper half, so
 * that those who lost the same parent do not come back together. Confined to its link's loop.
 */
final class Backoff {

  private static final Duration FIRST = Duration.ofMillis(200);
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private final RandomGenerator random;
  private long nextMillis = FIRST.toMillis();

  Backoff(RandomGenerator random) {
    this.random = random;
  }

  Duration next() {
    long whole = nextMillis;
    nextMillis = Math.min(2 * whole, LONGEST.toMillis());
    return Duration.ofMillis(whole / 2 + random.nextLong(whole / 2 + 1));
  }

  /** It went well: the next trouble begins with the shortest wait again. */
  void reset() {
    nextMillis = FIRST.toMillis();
  }
}
