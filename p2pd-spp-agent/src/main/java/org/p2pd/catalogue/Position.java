package org.p2pd.catalogue;

import java.util.Comparator;

/**
 * A place in the history of the catalogue: all changes of an epoch up to a number.
 *
 * @param epoch milliseconds since 1970 at the earliest; 0 only in {@link #NONE}
 * @param number of the last change, from 1; 0 before the first
 */
public record Position(long epoch, long number) implements Comparable<Position> {

  /** Before everything. */
  public static final Position NONE = new Position(0, 0);

  private static final Comparator<Position> ORDER =
      Comparator.comparingLong(Position::epoch).thenComparingLong(Position::number);

  public Position {
    if (epoch < 0 || number < 0 || (epoch == 0 && number > 0)) {
      throw new IllegalArgumentException("position " + epoch + "." + number);
    }
  }

  @Override
  public int compareTo(Position other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return epoch + "." + number;
  }
}
