package org.p2pd.holdings;

import java.util.Arrays;

/**
 * Eighths by edition key, in the keys' unsigned order, nine bytes each and some air: keys are
 * random, so 256 sorted arrays by their first byte stay short. Guarded by its owner's lock.
 */
final class EighthsTable {

  private static final int PARTS = 256;
  private static final int PART_SHIFT = Long.SIZE - 8;

  private final long[][] keys = new long[PARTS][0];
  private final byte[][] eighths = new byte[PARTS][0];
  private final int[] sizes = new int[PARTS];
  private int count;

  int count() {
    return count;
  }

  /** 0 if there is none. */
  int get(long key) {
    int part = partOf(key);
    int at = find(part, key);
    return at < 0 ? 0 : eighths[part][at];
  }

  /** Sets what a key has; 0 removes it. */
  void put(long key, int value) {
    int part = partOf(key);
    int at = find(part, key);
    if (value == 0) {
      if (at >= 0) {
        remove(part, at);
      }
    } else if (at >= 0) {
      eighths[part][at] = (byte) value;
    } else {
      insert(part, -at - 1, key, value);
    }
  }

  private static int partOf(long key) {
    return (int) (key >>> PART_SHIFT);
  }

  /** Within a part all keys have the same sign: their signed order is the unsigned one. */
  private int find(int part, long key) {
    return Arrays.binarySearch(keys[part], 0, sizes[part], key);
  }

  private void insert(int part, int at, long key, int value) {
    int size = sizes[part];
    if (size == keys[part].length) {
      int more = Math.max(8, size + size / 4);
      keys[part] = Arrays.copyOf(keys[part], more);
      eighths[part] = Arrays.copyOf(eighths[part], more);
    }
    System.arraycopy(keys[part], at, keys[part], at + 1, size - at);
    System.arraycopy(eighths[part], at, eighths[part], at + 1, size - at);
    keys[part][at] = key;
    eighths[part][at] = (byte) value;
    sizes[part]++;
    count++;
  }

  private void remove(int part, int at) {
    int after = --sizes[part] - at;
    System.arraycopy(keys[part], at + 1, keys[part], at, after);
    System.arraycopy(eighths[part], at + 1, eighths[part], at, after);
    count--;
  }

  /** Takes out the entries from a key on, as many as the list has room for. */
  void read(long from, DigestRecords.Builder to) {
    int at = find(partOf(from), from);
    int begin = at < 0 ? -at - 1 : at;
    for (int part = partOf(from); part < PARTS; part++, begin = 0) {
      for (int i = begin; i < sizes[part]; i++) {
        if (to.isFull()) {
          return;
        }
        to.add(keys[part][i], eighths[part][i]);
      }
    }
  }
}
