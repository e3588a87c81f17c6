package org.p2pd.store;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * What goes first when room is needed: editions that no title names, then the edition that was
 * wanted longest ago; within an edition the extent used longest ago, its tail before its head.
 * Pure.
 */
final class EvictionOrder {

  /**
   * What could be evicted.
   *
   * @param named whether a title names the edition
   * @param editionWantedMillis when the edition was last wanted, since 1970
   * @param extentUsedMillis when this part of it was last used
   * @param extentIndex which part
   * @param bytes what evicting it frees
   */
  record Candidate<T>(
      T what,
      boolean named,
      long editionWantedMillis,
      long extentUsedMillis,
      int extentIndex,
      long bytes) {}

  private static final Comparator<Candidate<?>> ORDER =
      Comparator.<Candidate<?>, Boolean>comparing(Candidate::named)
          .thenComparing(Candidate::editionWantedMillis)
          .thenComparing(Candidate::extentUsedMillis)
          .thenComparing(Candidate::extentIndex, Comparator.reverseOrder());

  private EvictionOrder() {}

  /** The candidates in the order in which they go; taking the first few is cheap. */
  static <T> PriorityQueue<Candidate<T>> queue(List<Candidate<T>> candidates) {
    PriorityQueue<Candidate<T>> queue = new PriorityQueue<>(Math.max(1, candidates.size()), ORDER);
    queue.addAll(candidates);
    return queue;
  }
}
