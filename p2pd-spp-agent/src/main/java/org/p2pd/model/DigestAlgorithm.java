package org.p2pd.model;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/**
 * A digest that editions may be built on; every one has 32 bytes of output.
 *
 * <p>The wire name is the one of the IANA hash function registry and takes part in an edition's
 * identity. The code is the one byte that stands for it in binary records.
 */
public enum DigestAlgorithm {
  SHA_256("SHA-256", 1),
  SHA_512_256("SHA-512/256", 2),
  SHA3_256("SHA3-256", 3);

  private static final DigestAlgorithm[] ALL = values();

  private final String wireName;
  private final int code;

  DigestAlgorithm(String wireName, int code) {
    this.wireName = wireName;
    this.code = code;
  }

  public String wireName() {
    return wireName;
  }

  /** The number of this digest in binary records, 1 to 255. */
  public int code() {
    return code;
  }

  /** A fresh digest; every JDK has all three (they are standard names of its provider). */
  public MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance(wireName);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime lacks " + wireName, e);
    }
  }

  /** The digest of that wire name, compared without regard to case. */
  public static Optional<DigestAlgorithm> ofWireName(String name) {
    return Arrays.stream(values()).filter(a -> a.wireName.equalsIgnoreCase(name)).findFirst();
  }

  public static Optional<DigestAlgorithm> ofCode(int code) {
    for (DigestAlgorithm each : ALL) {
      if (each.code == code) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }
}
