package org.p2pd.store;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.p2pd.model.Hash;

/** 126 hashes of the tree with a note of which are there. Confined to one thread. */
final class HashPage {

  static final int BYTES = 4096;

  private static final int PRESENT_AT = 126 * Hash.BYTES;
  private static final int NUMBER_AT = PRESENT_AT + 16;
  private static final int CRC_AT = BYTES - Integer.BYTES;

  private final byte[] bytes;

  private HashPage(byte[] bytes) {
    this.bytes = bytes;
  }

  /** What lay on disk as page {@code number}: empty if it is a hole, torn, or another page. */
  static HashPage parse(byte[] bytes, long number) {
    ByteBuffer page = ByteBuffer.wrap(bytes);
    boolean sound = page.getInt(CRC_AT) == crc(bytes) && page.getLong(NUMBER_AT) == number;
    return new HashPage(sound ? bytes : new byte[BYTES]);
  }

  Optional<Hash> get(int slot) {
    return isPresent(slot) ? Optional.of(Hash.of(bytes, slot * Hash.BYTES)) : Optional.empty();
  }

  boolean isEmpty() {
    for (int i = PRESENT_AT; i < NUMBER_AT; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether anything changed by it. */
  boolean put(int slot, Hash hash) {
    if (isPresent(slot) && hash.matches(bytes, slot * Hash.BYTES)) {
      return false;
    }
    hash.copyTo(bytes, slot * Hash.BYTES);
    bytes[PRESENT_AT + slot / 8] |= (byte) (1 << slot % 8);
    return true;
  }

  /** The page as it is written. */
  ByteBuffer seal(long number) {
    ByteBuffer page = ByteBuffer.wrap(bytes);
    page.putLong(NUMBER_AT, number);
    page.putInt(CRC_AT, crc(bytes));
    return page;
  }

  private boolean isPresent(int slot) {
    return (bytes[PRESENT_AT + slot / 8] & 1 << slot % 8) != 0;
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, CRC_AT);
    return (int) crc.getValue();
  }
}
