package org.p2pd.delivery;

import java.time.Duration;

/** The time limit of one response, moved with every byte at the cost of a store. Thread-safe. */
final class Deadline {

  private final Deadlines clock;
  private volatile long atNanos;

  Deadline(Deadlines clock, Duration limit) {
    this.clock = clock;
    move(limit);
  }

  /** It is so far away from now on. */
  void move(Duration limit) {
    atNanos = clock.now() + limit.toNanos();
  }

  boolean hasPassed() {
    return clock.now() - atNanos >= 0;
  }

  long atNanos() {
    return atNanos;
  }
}
