package org.p2pd.holdings;

import java.util.Arrays;

/** Editions by their keys, each with the eighths of it that are held. Immutable. */
public final class DigestRecords {

  private static final DigestRecords NONE = new DigestRecords(new long[0], new byte[0]);

  private final long[] keys;
  private final byte[] eighths;

  private DigestRecords(long[] keys, byte[] eighths) {
    this.keys = keys;
    this.eighths = eighths;
  }

  public static DigestRecords none() {
    return NONE;
  }

  public int count() {
    return keys.length;
  }

  /** The first eight bytes of an edition's id. */
  public long key(int index) {
    return keys[index];
  }

  /** 0 to 8. */
  public int eighths(int index) {
    return eighths[index];
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DigestRecords records
        && Arrays.equals(keys, records.keys)
        && Arrays.equals(eighths, records.eighths);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(keys) + Arrays.hashCode(eighths);
  }

  @Override
  public String toString() {
    return keys.length + " editions";
  }

  /** Collects a bounded number of them. */
  public static final class Builder {
    private final int most;
    private long[] keys;
    private byte[] eighths;
    private int count;

    public Builder(int most) {
      this.most = most;
      this.keys = new long[Math.min(most, 16)];
      this.eighths = new byte[keys.length];
    }

    boolean isFull() {
      return count == most;
    }

    int count() {
      return count;
    }

    long lastKey() {
      return keys[count - 1];
    }

    /**
     * Adds one.
     *
     * @throws IllegalArgumentException if those are no eighths
     * @throws IllegalStateException if there are as many as were announced
     */
    public void add(long key, int ofEight) {
      if (ofEight < 0 || ofEight > Eighths.WHOLE) {
        throw new IllegalArgumentException(ofEight + " eighths");
      }
      if (isFull()) {
        throw new IllegalStateException("more than " + most + " records");
      }
      if (count == keys.length) {
        int more = (int) Math.min(most, 2L * count);
        keys = Arrays.copyOf(keys, more);
        eighths = Arrays.copyOf(eighths, more);
      }
      keys[count] = key;
      eighths[count++] = (byte) ofEight;
    }

    public DigestRecords build() {
      return new DigestRecords(Arrays.copyOf(keys, count), Arrays.copyOf(eighths, count));
    }
  }
}
