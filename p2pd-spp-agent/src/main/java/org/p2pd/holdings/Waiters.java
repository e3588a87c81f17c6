package org.p2pd.holdings;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for news, and when they are told: together, a while after the first piece came.
 * Guarded by its owner's lock.
 */
final class Waiters {

  private static final Duration SHORTEST_GATHERING = Duration.ofMillis(100);
  private static final Duration GATHERING_EACH = Duration.ofMillis(20);
  private static final Duration LONGEST_GATHERING = Duration.ofSeconds(1);

  private final ScheduledExecutorService timers;

  /** Has those who have news told; runs on the timers' thread. */
  private final Runnable tell;

  private final Set<Waiter> waiting = new LinkedHashSet<>();

  /** When they are told next, if news came. */
  private @Nullable ScheduledFuture<?> telling;

  /** How many were told last: they are about to ask again. */
  private int toldLast;

  /** One who waits; equal to itself only. */
  static final class Waiter {
    final Standing standing;
    final CompletableFuture<Void> news = new CompletableFuture<>();

    Waiter(Standing standing) {
      this.standing = standing;
    }
  }

  Waiters(ScheduledExecutorService timers, Runnable tell) {
    this.timers = timers;
    this.tell = tell;
  }

  int count() {
    return waiting.size();
  }

  void add(Waiter waiter) {
    waiting.add(waiter);
  }

  void remove(Waiter waiter) {
    waiting.remove(waiter);
  }

  /** Whether news came that those who wait will be told soon. */
  boolean isGathering() {
    return telling != null;
  }

  /** Something became known that one of them may wait for. */
  void newsCame() {
    if (waiting.isEmpty() || telling != null) {
      return;
    }
    try {
      telling = timers.schedule(tell, gathering().toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The timers have ended: so does the node, and with it all waiting.
      return;
    }
  }

  /** How long news is gathered: 20 ms for each who waits, but 0.1 s at least and 1 s at most. */
  private Duration gathering() {
    Duration each = GATHERING_EACH.multipliedBy(Math.max(waiting.size(), toldLast));
    Duration least = each.compareTo(SHORTEST_GATHERING) < 0 ? SHORTEST_GATHERING : each;
    return least.compareTo(LONGEST_GATHERING) > 0 ? LONGEST_GATHERING : least;
  }

  /** All who wait, to be looked through. */
  Iterable<Waiter> all() {
    return waiting;
  }

  /** These are told: they wait no longer, and the gathering is over. */
  void told(List<Waiter> told) {
    telling = null;
    told.forEach(waiting::remove);
    toldLast = told.size();
  }

  /** Takes out all. */
  List<Waiter> takeAll() {
    if (telling != null) {
      telling.cancel(false);
      telling = null;
    }
    List<Waiter> all = List.copyOf(waiting);
    waiting.clear();
    return all;
  }
}
