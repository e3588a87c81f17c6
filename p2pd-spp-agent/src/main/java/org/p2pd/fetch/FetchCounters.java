package org.p2pd.fetch;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what was done. Thread-safe. */
final class FetchCounters {

  private static final long HEDGE_START_BYTES = 1024 * 1024;
  private static final int HEDGE_SHARE = 20;

  final LongAdder spansAsked = new LongAdder();
  final LongAdder spansFailed = new LongAdder();
  final LongAdder mismatches = new LongAdder();
  final LongAdder silences = new LongAdder();
  final LongAdder referrals = new LongAdder();
  final LongAdder hedges = new LongAdder();
  private final LongAdder hedgedBytes = new LongAdder();
  final LongAdder busyReadings = new LongAdder();
  final LongAdder openReadings = new LongAdder();
  private final LongAdder keptBytes = new LongAdder();
  private final LongAdder passedBytes = new LongAdder();
  private final Map<String, Long> received = new ConcurrentHashMap<>();

  void received(String source, int bytes) {
    received.merge(source, (long) bytes, Long::sum);
  }

  /** Of all other sources only the sum is kept: who comes and goes must not use up memory. */
  void keepOnly(Set<String> sources) {
    for (String name : List.copyOf(received.keySet())) {
      if (!sources.contains(name) && !name.equals(FetchStats.OTHERS)) {
        Long bytes = received.remove(name);
        received.merge(FetchStats.OTHERS, bytes == null ? 0 : bytes, Long::sum);
      }
    }
  }

  /**
   * Whether so many bytes are left in the budget for asking a second source: a twentieth of what
   * came, and a MiB to begin with. They are taken by {@link #hedged}.
   */
  boolean mayHedge(int bytes) {
    long budget = HEDGE_START_BYTES + (keptBytes.sum() + passedBytes.sum()) / HEDGE_SHARE;
    return hedgedBytes.sum() + bytes <= budget;
  }

  /**
   * A second source is asked.
   *
   * @param budgeted whether it is paid from the budget
   */
  void hedged(int bytes, boolean budgeted) {
    hedgedBytes.add(budgeted ? bytes : 0);
    hedges.increment();
  }

  void settled(boolean stored, int bytes) {
    (stored ? keptBytes : passedBytes).add(bytes);
  }

  FetchStats stats(Slab slab) {
    return new FetchStats(
        spansAsked.sum(),
        spansFailed.sum(),
        mismatches.sum(),
        silences.sum(),
        hedges.sum(),
        referrals.sum(),
        keptBytes.sum(),
        passedBytes.sum(),
        busyReadings.sum(),
        openReadings.sum(),
        slab.usedBytes(),
        slab.peakBytes(),
        new TreeMap<>(received));
  }
}
