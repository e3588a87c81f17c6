package org.p2pd.holdings;

import com.google.common.base.Ticker;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.EditionId;
import org.roaringbitmap.RoaringBitmap;

/**
 * Where one node turned out not to hold what it was asked for, until it tells news of that edition,
 * or some time has passed: nothing is given up for good. Guarded by its owner's lock.
 */
final class StaleClaims {

  /** So long after the first failure the node may be asked for an edition's blocks again. */
  static final Duration KEPT = Duration.ofSeconds(10);

  /** Of more failures the edition that was noted first is forgotten. */
  static final int MOST_NOTES = 4_096;

  /** The one that was noted first is the first. */
  private final Map<EditionId, Wrong> editions = new LinkedHashMap<>();

  private final Ticker ticker;

  /** Failures in all of them. */
  private int notes;

  private static final class Wrong {
    final RoaringBitmap leaves = new RoaringBitmap();
    final long sinceNanos;
    int notes;

    Wrong(long sinceNanos) {
      this.sinceNanos = sinceNanos;
    }
  }

  StaleClaims(Ticker ticker) {
    this.ticker = ticker;
  }

  void add(EditionId edition, ByteRange range) {
    if (wrong(edition) == null) {
      forget(edition);
    }
    Wrong wrong = editions.computeIfAbsent(edition, id -> new Wrong(ticker.read()));
    wrong.leaves.add(leafAt(range.first()), leafAt(range.last()) + 1);
    wrong.notes++;
    notes++;
    if (notes > MOST_NOTES) {
      Iterator<Wrong> first = editions.values().iterator();
      notes -= first.next().notes;
      first.remove();
    }
  }

  boolean contains(EditionId edition) {
    return wrong(edition) != null;
  }

  /** What remains of a claim that reaches from a position to an end: where it ends really. */
  long until(EditionId edition, long position, long end) {
    Wrong wrong = wrong(edition);
    if (wrong == null || position >= end) {
      return end;
    }
    long leaf = wrong.leaves.nextValue((int) leafAt(position));
    return leaf < 0 ? end : Math.min(end, Math.max(position, leaf * BlockSize.LEAF_BYTES));
  }

  /** What is still remembered of an edition. */
  private @Nullable Wrong wrong(EditionId edition) {
    Wrong wrong = editions.get(edition);
    return wrong == null || ticker.read() - wrong.sinceNanos >= KEPT.toNanos() ? null : wrong;
  }

  void forget(EditionId edition) {
    Wrong wrong = editions.remove(edition);
    notes -= wrong == null ? 0 : wrong.notes;
  }

  /** Forgets the edition of a digest's key. */
  void forget(long key) {
    if (!editions.isEmpty()) {
      editions.keySet().stream()
          .filter(edition -> edition.hash().firstLong() == key)
          .toList()
          .forEach(this::forget);
    }
  }

  void clear() {
    editions.clear();
    notes = 0;
  }

  private static long leafAt(long position) {
    return position / BlockSize.LEAF_BYTES;
  }
}
