package org.p2pd.holdings;

import com.google.common.collect.Range;
import com.google.common.collect.RangeSet;
import com.google.common.collect.TreeRangeSet;
import java.util.LinkedHashMap;
import java.util.Map;
import org.p2pd.model.ByteRange;
import org.p2pd.model.EditionId;

/**
 * Claims of one node that turned out wrong, until it tells news of that edition. Guarded by its
 * owner's lock.
 */
final class StaleClaims {

  /** Of more editions at once the one that was noted first is forgotten. */
  static final int MOST_EDITIONS = 256;

  /** With more stretches than that nothing of an edition is believed. */
  static final int MOST_STRETCHES = 64;

  private static final Range<Long> ALL = Range.atLeast(0L);

  private final Map<EditionId, RangeSet<Long>> stretches = new LinkedHashMap<>();

  void add(EditionId edition, ByteRange range) {
    RangeSet<Long> wrong = stretches.computeIfAbsent(edition, id -> TreeRangeSet.create());
    wrong.add(Range.closedOpen(range.first(), range.last() + 1));
    if (wrong.asRanges().size() > MOST_STRETCHES) {
      wrong.add(ALL);
    }
    if (stretches.size() > MOST_EDITIONS) {
      stretches.remove(stretches.keySet().iterator().next());
    }
  }

  boolean contains(EditionId edition) {
    return stretches.containsKey(edition);
  }

  /** What remains of a claim that reaches from a position to an end: where it ends really. */
  long until(EditionId edition, long position, long end) {
    RangeSet<Long> wrong = stretches.get(edition);
    if (wrong == null) {
      return end;
    }
    for (Range<Long> stretch : wrong.subRangeSet(Range.closedOpen(position, end)).asRanges()) {
      return stretch.lowerEndpoint();
    }
    return end;
  }

  void forget(EditionId edition) {
    stretches.remove(edition);
  }

  /** Forgets the edition of a digest's key. */
  void forget(long key) {
    if (!stretches.isEmpty()) {
      stretches.keySet().removeIf(edition -> edition.hash().firstLong() == key);
    }
  }

  void clear() {
    stretches.clear();
  }
}
