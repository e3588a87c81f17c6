package org.p2pd.holdings;

import java.util.OptionalLong;
import java.util.TreeSet;

/** This node's digest, and which of its editions changed last. Guarded by its owner's lock. */
final class OwnDigest {

  /** A node tells of no more editions than that. */
  static final int MOST_EDITIONS = 1 << 20;

  private final long life;
  private final EighthsTable table = new EighthsTable();
  private final KeyChanges changes;

  /**
   * Nothing is held.
   *
   * @param remembered changes: an asker that missed more is told everything
   */
  OwnDigest(long life, int remembered) {
    this.life = life;
    this.changes = new KeyChanges(remembered);
  }

  /**
   * Notes what is held of an edition.
   *
   * @return whether that is news
   */
  boolean set(long key, int eighths) {
    int before = table.get(key);
    if (before == eighths || (before == 0 && table.count() >= MOST_EDITIONS)) {
      return false;
    }
    table.put(key, eighths);
    changes.touch(key);
    return true;
  }

  boolean hasNews(HoldingsCursor cursor) {
    return Course.hasNews(cursor, life, changes);
  }

  boolean isUrgent(HoldingsCursor cursor) {
    return Course.isUrgent(cursor, life, changes);
  }

  DigestNews after(HoldingsCursor cursor, int maxRecords) {
    Course course = Course.of(cursor, life, changes);
    DigestRecords.Builder records = new DigestRecords.Builder(maxRecords);
    boolean all = course.isOfAll() ? readAll(course, records) : readTouched(course, records);
    OptionalLong rest = all ? OptionalLong.empty() : OptionalLong.of(records.lastKey() + 1);
    return new DigestNews(
        course.beginsAnew(), !all, course.next(life, rest).toString(), records.build());
  }

  private boolean readAll(Course course, DigestRecords.Builder to) {
    table.read(course.place(), to);
    return !to.isFull() || isLast(to);
  }

  private boolean isLast(DigestRecords.Builder full) {
    DigestRecords.Builder one = new DigestRecords.Builder(1);
    long after = full.lastKey() + 1;
    if (after != 0) { // it would begin again behind the highest key
      table.read(after, one);
    }
    return one.count() == 0;
  }

  private boolean readTouched(Course course, DigestRecords.Builder to) {
    TreeSet<Long> touched = new TreeSet<>(Long::compareUnsigned);
    changes.forEach(course.since(), course.upTo(), touched::add);
    for (long key : touched.tailSet(course.place())) {
      if (to.isFull()) {
        return false;
      }
      to.add(key, table.get(key));
    }
    return true;
  }
}
