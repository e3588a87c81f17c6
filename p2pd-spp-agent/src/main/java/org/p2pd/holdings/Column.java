package org.p2pd.holdings;

import java.util.Arrays;

/**
 * What one node claims of the editions by their {@linkplain EditionRows rows}: half a byte each.
 * Guarded by its owner's lock.
 */
final class Column {

  private static final int LOW = 0x0f;
  private static final int HIGH = 0xf0;

  private byte[] pairs = new byte[0];

  /** How many rows are claimed. */
  private int count;

  int count() {
    return count;
  }

  /** 0 to 8. */
  int get(int row) {
    int pair = row >>> 1;
    if (pair >= pairs.length) {
      return 0;
    }
    return (row & 1) == 0 ? pairs[pair] & LOW : (pairs[pair] & HIGH) >>> 4;
  }

  /**
   * Sets what is claimed of the edition of a key; claims its row, or lets go of it.
   *
   * @return what was claimed before
   */
  int set(EditionRows rows, long key, int eighths) {
    int row = rows.find(key);
    int before = row < 0 ? 0 : get(row);
    if (before == eighths) {
      return before;
    }
    if (before == 0) {
      row = rows.claim(key, count);
      if (row < 0) {
        return 0;
      }
      count++;
    }
    write(row, eighths, rows.capacity());
    if (eighths == 0) {
      rows.release(row);
      count--;
    }
    return before;
  }

  /**
   * Lets go of some rows.
   *
   * @return the row to go on with; -1 when all is done
   */
  int release(EditionRows rows, int fromRow, int howMany) {
    int end = (int) Math.min(2L * pairs.length, (long) fromRow + howMany);
    for (int row = fromRow; row < end; row++) {
      if (get(row) != 0) {
        write(row, 0, 0);
        rows.release(row);
        count--;
      }
    }
    return end == 2 * pairs.length ? -1 : end;
  }

  private void write(int row, int eighths, int capacity) {
    int pair = row >>> 1;
    if (pair >= pairs.length) {
      pairs = Arrays.copyOf(pairs, (capacity + 1) / 2);
    }
    pairs[pair] =
        (byte)
            ((row & 1) == 0 ? (pairs[pair] & HIGH) | eighths : (pairs[pair] & LOW) | eighths << 4);
  }
}
