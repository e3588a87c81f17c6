package org.p2pd.model;

/**
 * A range of positions with at least one byte; both ends belong to it, as in RFC 9110 14.1.1.
 *
 * @param first position of the first byte, from 0
 * @param last position of the last byte, at least {@code first}
 */
public record ByteRange(long first, long last) {

  public ByteRange {
    if (first < 0 || last < first) {
      throw new IllegalArgumentException("range " + first + "-" + last);
    }
  }

  /** The {@code lengthBytes} bytes from {@code first} on. */
  public static ByteRange ofLength(long first, long lengthBytes) {
    return new ByteRange(first, Math.addExact(first, lengthBytes) - 1);
  }

  public long lengthBytes() {
    return last - first + 1;
  }

  public boolean contains(ByteRange other) {
    return first <= other.first && other.last <= last;
  }

  public boolean overlaps(ByteRange other) {
    return first <= other.last && other.first <= last;
  }

  @Override
  public String toString() {
    return first + "-" + last;
  }
}
