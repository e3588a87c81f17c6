package org.p2pd.spp.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before a node is asked again: 0.2 s doubling to 5 s, each spread over its upper
 * half, so that those who lost the same node do not come back together. Confined to its link's
 * loop.
 */
public final class Backoff {

  private static final Duration FIRST = Duration.ofMillis(200);
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private final RandomGenerator random;
  private long nextMillis = FIRST.toMillis();

  public Backoff(RandomGenerator random) {
    this.random = random;
  }

  public Duration next() {
    long whole = nextMillis;
    nextMillis = Math.min(2 * whole, LONGEST.toMillis());
    return Duration.ofMillis(whole / 2 + random.nextLong(whole / 2 + 1));
  }

  /** It went well: the next trouble begins with the shortest wait again. */
  public void reset() {
    nextMillis = FIRST.toMillis();
  }
}
