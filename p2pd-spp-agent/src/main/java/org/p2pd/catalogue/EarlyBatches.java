package org.p2pd.catalogue;

import java.util.Optional;
import java.util.TreeMap;

/**
 * Journal batches that came before what lies between; a bounded number of them, the lowest first to
 * stay. Confined to the replica's lock.
 */
final class EarlyBatches {

  static final int MAX_BATCHES = 64;
  static final long MAX_BYTES = 8L << 20;

  private final TreeMap<Position, Batch> byFirst = new TreeMap<>();
  private long bytes;

  void keep(Batch batch) {
    BatchPlace place = batch.place();
    Batch replaced = byFirst.put(new Position(place.epoch(), place.first()), batch);
    bytes += batch.length() - (replaced == null ? 0 : replaced.length());
    while (byFirst.size() > MAX_BATCHES || bytes > MAX_BYTES) {
      bytes -= byFirst.pollLastEntry().getValue().length();
    }
  }

  /** Takes out the batch that begins right after that position, if it is here. */
  Optional<Batch> next(Position after) {
    dropUpTo(after);
    Batch next = byFirst.remove(new Position(after.epoch(), after.number() + 1));
    if (next != null) {
      bytes -= next.length();
    }
    return Optional.ofNullable(next);
  }

  /** Forgets what begins at or before that position. */
  void dropUpTo(Position position) {
    while (!byFirst.isEmpty() && byFirst.firstKey().compareTo(position) <= 0) {
      bytes -= byFirst.pollFirstEntry().getValue().length();
    }
  }

  void clear() {
    byFirst.clear();
    bytes = 0;
  }

  int size() {
    return byFirst.size();
  }
}
