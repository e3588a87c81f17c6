package org.p2pd.holdings;

import java.util.OptionalLong;

/**
 * What an asker is to be told, by its cursor.
 *
 * @param since what was touched after this version; 0: everything
 * @param upTo to be told up to here, the rest another time
 * @param place from here on
 */
record Course(long since, long upTo, long place) {

  /** The course that a cursor asks for, or everything if it cannot be continued from. */
  static Course of(HoldingsCursor cursor, long life, Changes changes) {
    if (!continues(cursor, life, changes)) {
      return new Course(0, changes.version(), 0);
    }
    return cursor.place() == 0
        ? new Course(cursor.since(), changes.upTo(cursor.since()), 0)
        : new Course(cursor.since(), cursor.upTo(), cursor.place());
  }

  /** Whether there is something to tell now. */
  static boolean hasNews(HoldingsCursor cursor, long life, Changes changes) {
    return isUrgent(cursor, life, changes) || changes.follows(cursor.since());
  }

  /** Whether that does not wait for more to come together: the asker lacks the beginning or end. */
  static boolean isUrgent(HoldingsCursor cursor, long life, Changes changes) {
    return !continues(cursor, life, changes) || cursor.place() != 0;
  }

  private static boolean continues(HoldingsCursor cursor, long life, Changes changes) {
    if (cursor.life() != life || cursor.upTo() < 1 || cursor.upTo() > changes.version()) {
      return false;
    }
    boolean amidAll = cursor.since() == 0 && cursor.place() != 0;
    return amidAll || (changes.reaches(cursor.since()) && cursor.since() <= cursor.upTo());
  }

  boolean isOfAll() {
    return since == 0;
  }

  /** Whether this answer makes void what the asker knew. */
  boolean beginsAnew() {
    return since == 0 && place == 0;
  }

  /** The cursor after an answer, of which there may be another part. */
  HoldingsCursor next(long life, OptionalLong nextPlace) {
    return nextPlace.isEmpty()
        ? HoldingsCursor.at(life, upTo)
        : new HoldingsCursor(life, since, upTo, nextPlace.getAsLong());
  }
}
