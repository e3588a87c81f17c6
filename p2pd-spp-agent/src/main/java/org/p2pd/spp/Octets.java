package org.p2pd.spp;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.random.RandomGenerator;

/** Some bytes as a value: nonces, keys, tags, signatures, session names. Immutable. */
public final class Octets {

  private final byte[] bytes;

  private Octets(byte[] bytes) {
    this.bytes = bytes;
  }

  /** These bytes, which are copied. */
  public static Octets of(byte[] bytes) {
    return new Octets(bytes.clone());
  }

  public static Octets random(int length, RandomGenerator random) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return new Octets(bytes);
  }

  /**
   * Reads unpadded base64url of bytes of a known length, in its only canonical form (RFC 4648
   * sections 3.5 and 5).
   */
  public static Octets parse(String text, int length) throws MalformedException {
    if (text.length() != (length * 4 + 2) / 3) {
      throw new MalformedException(length + " bytes in b64 are " + (length * 4 + 2) / 3 + " long");
    }
    Octets octets;
    try {
      octets = new Octets(Base64.getUrlDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("not b64", e);
    }
    if (!octets.toString().equals(text)) {
      throw new MalformedException("not the canonical b64");
    }
    return octets;
  }

  public int length() {
    return bytes.length;
  }

  public byte[] toBytes() {
    return bytes.clone();
  }

  /** Compared in constant time. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Octets octets && MessageDigest.isEqual(bytes, octets.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** Unpadded base64url. */
  @Override
  public String toString() {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
