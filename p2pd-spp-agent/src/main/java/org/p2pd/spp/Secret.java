package org.p2pd.spp;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.p2pd.identity.NodeKey;

/**
 * What all nodes of one network share and nobody else knows: 16 to 64 random bytes. Immutable;
 * never shown by {@link #toString}.
 */
public final class Secret {

  public static final int MIN_BYTES = 16;
  public static final int MAX_BYTES = 64;

  /** The bytes of a secret that this software makes. */
  static final int NEW_BYTES = 32;

  private static final String DERIVED = "p2pd-derived-secret-1";

  private final byte[] bytes;

  private Secret(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A secret of these bytes, which are copied. */
  public static Secret of(byte[] bytes) throws MalformedException {
    if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) {
      throw new MalformedException(
          "a secret has " + MIN_BYTES + " to " + MAX_BYTES + " bytes, not " + bytes.length);
    }
    return new Secret(bytes.clone());
  }

  /** A fresh one, from a generator that is good enough for keys. */
  public static Secret random(RandomGenerator secureRandom) {
    byte[] bytes = new byte[NEW_BYTES];
    secureRandom.nextBytes(bytes);
    return new Secret(bytes);
  }

  /** The one that a server without a secret file makes from its own key, always the same. */
  public static Secret derivedFrom(NodeKey serverKey) {
    return new Secret(serverKey.derive(DERIVED));
  }

  /**
   * Reads one from text: an even number of hexadecimal digits (32 to 128), or else base64 in either
   * alphabet, padded or not.
   */
  public static Secret parse(String text) throws MalformedException {
    if (text.length() > 2 * MAX_BYTES) {
      throw new MalformedException("a secret has at most " + MAX_BYTES + " bytes");
    }
    if (text.length() >= 2 * MIN_BYTES
        && text.length() % 2 == 0
        && text.chars().allMatch(HexFormat::isHexDigit)) {
      return of(HexFormat.of().parseHex(text.toLowerCase(Locale.ROOT)));
    }
    try {
      return of(Base64.getUrlDecoder().decode(text.replace('+', '-').replace('/', '_')));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("neither base64 nor hexadecimal digits", e);
    }
  }

  public byte[] toBytes() {
    return bytes.clone();
  }

  /** As it stands in a secret file and in the answer that hands it over: unpadded base64url. */
  public String toText() {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret && MessageDigest.isEqual(bytes, secret.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "a secret of " + bytes.length + " bytes";
  }
}
