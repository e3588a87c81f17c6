package org.p2pd.holdings;

import java.util.Arrays;

/**
 * Numbers the editions that anyone claims: a row for each key, the same for all claimants, free
 * again when the last one has let go. An open hash table. Guarded by its owner's lock.
 */
final class EditionRows {

  /** More are not remembered: what else is claimed is fetched as if nobody held it. */
  static final int MOST = 1 << 21;

  /**
   * Who claims so many adds no rows any more, but goes on to claim those that others have added: so
   * one that makes editions up leaves room for what others claim.
   */
  static final int MOST_OF_ONE = 1 << 17;

  private static final int NONE = -1;
  private static final int SMALLEST = 64;

  /** An odd factor that strangers do not know, so that they cannot choose keys that collide. */
  private final long factor;

  /** Row + 1 at the place of its key, or behind it; 0: empty. Its length is a power of two. */
  private int[] table = new int[SMALLEST];

  /** By row; of a free row, the next free one. */
  private long[] keys = new long[SMALLEST / 2];

  /** By row: how many claim it. */
  private short[] claims = new short[SMALLEST / 2];

  private int firstFree = NONE;

  /** Rows that were ever used. */
  private int used;

  private int count;

  EditionRows(long random) {
    this.factor = random | 1;
  }

  int count() {
    return count;
  }

  /** How many rows a column needs. */
  int capacity() {
    return keys.length;
  }

  /** The row of a key, or -1. */
  int find(long key) {
    int at = home(key);
    while (table[at] != 0) {
      int row = table[at] - 1;
      if (keys[row] == key) {
        return row;
      }
      at = next(at);
    }
    return NONE;
  }

  /**
   * The row of a key, claimed once more; -1 if there are too many.
   *
   * @param already how many the claimant claims
   */
  int claim(long key, int already) {
    int row = find(key);
    if (row == NONE) {
      if (count == MOST || already >= MOST_OF_ONE) {
        return NONE;
      }
      row = add(key);
    }
    claims[row]++;
    return row;
  }

  /** One claims it no longer. */
  void release(int row) {
    if (--claims[row] == 0) {
      remove(row);
    }
  }

  private int add(long key) {
    if (firstFree == NONE && used == keys.length) {
      grow();
    }
    int row = firstFree;
    if (row == NONE) {
      row = used++;
    } else {
      firstFree = (int) keys[row];
    }
    keys[row] = key;
    count++;
    place(row);
    return row;
  }

  /** Rows stay below half of the table, so that searching is short. */
  private void grow() {
    keys = Arrays.copyOf(keys, 2 * keys.length);
    claims = Arrays.copyOf(claims, keys.length);
    table = new int[2 * keys.length];
    for (int row = 0; row < used; row++) {
      if (claims[row] > 0) {
        place(row);
      }
    }
  }

  private void place(int row) {
    int at = home(keys[row]);
    while (table[at] != 0) {
      at = next(at);
    }
    table[at] = row + 1;
  }

  /** Closes the gap: what stands behind it moves up, unless it would then lie before its home. */
  private void remove(int row) {
    int gap = home(keys[row]);
    while (table[gap] != row + 1) {
      gap = next(gap);
    }
    for (int at = next(gap); table[at] != 0; at = next(at)) {
      int home = home(keys[table[at] - 1]);
      if (distance(home, at) >= distance(gap, at)) {
        table[gap] = table[at];
        gap = at;
      }
    }
    table[gap] = 0;
    keys[row] = firstFree;
    firstFree = row;
    count--;
  }

  private int home(long key) {
    return (int) ((key * factor) >>> (Long.SIZE - Integer.numberOfTrailingZeros(table.length)));
  }

  private int next(int at) {
    return (at + 1) & (table.length - 1);
  }

  private int distance(int from, int to) {
    return (to - from) & (table.length - 1);
  }
}
