package org.p2pd.publish;

import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * When the phases of titles end by themselves. Confined to the publishing thread. A title whose
 * deadline moved stays in at its old place too, and is passed over there.
 */
final class Deadlines {

  private record Due(long atNanos, Tracked title) {}

  private final PriorityQueue<Due> queue =
      new PriorityQueue<>(Comparator.comparingLong(due -> due.atNanos));

  void set(Tracked title, long atNanos) {
    title.deadlineNanos = atNanos;
    queue.add(new Due(atNanos, title));
  }

  /** Nanoseconds until something is due, at least 0 and at most the given. */
  long untilNext(long nowNanos, long mostNanos) {
    Due first = queue.peek();
    return first == null ? mostNanos : Math.max(0, Math.min(mostNanos, first.atNanos - nowNanos));
  }

  /** Takes a title whose deadline has passed; null if there is none. */
  @Nullable Tracked poll(long nowNanos) {
    for (Due first = queue.peek();
        first != null && first.atNanos <= nowNanos;
        first = queue.peek()) {
      queue.remove();
      if (first.title.deadlineNanos > nowNanos) {
        if (first.title.phase == Tracked.Phase.WRITING) {
          queue.add(new Due(first.title.deadlineNanos, first.title));
        }
        continue;
      }
      if (first.title.deadlineNanos == first.atNanos) {
        return first.title;
      }
    }
    return null;
  }
}
