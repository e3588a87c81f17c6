package org.p2pd.spp;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HMAC-SHA256 (RFC 2104) and the one block of HKDF (RFC 5869) that SPP takes from it. */
final class Hmac {

  private static final String NAME = "HmacSHA256";

  private Hmac() {}

  /** The 32 bytes of HMAC-SHA256(key, the messages one after the other). */
  static byte[] of(byte[] key, byte[]... messages) {
    try {
      Mac mac = Mac.getInstance(NAME);
      mac.init(new SecretKeySpec(key, NAME));
      for (byte[] message : messages) {
        mac.update(message);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime lacks " + NAME, e);
    }
  }

  /** 32 bytes of HKDF-SHA256: the first block of its expansion. */
  static byte[] hkdf(byte[] salt, byte[] input, byte[] info) {
    byte[] pseudoRandomKey = of(salt, input);
    return of(pseudoRandomKey, info, new byte[] {1});
  }
}
