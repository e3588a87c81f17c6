package org.p2pd.spp;

import com.google.common.primitives.Bytes;
import java.nio.charset.StandardCharsets;
import org.p2pd.identity.PublicKey;
import org.p2pd.model.DigestAlgorithm;

/**
 * What is tagged, signed and derived when two nodes meet (docs/spp.md sections 3.1 and 3.4). A is
 * the node that asks, B the one that is asked. Pure.
 */
public final class Handshake {

  private static final byte[] TAG = label("p2pd-tag-1");
  private static final byte[] SESSION = label("p2pd-session-1");
  private static final byte[] KEY = label("p2pd-key-1");
  private static final byte[] INTRODUCTION = label("p2pd-introduction-1");
  private static final byte[] SECRET = label("p2pd-secret-1");
  private static final byte[] A = {'A'};
  private static final byte[] B = {'B'};

  private Handshake() {}

  /**
   * What both sides have when a session is made.
   *
   * @param session its name, 16 random bytes of B
   */
  public record Terms(
      Octets nonceA, Octets nonceB, PublicKey keyA, PublicKey keyB, Octets session) {

    /** What B signs. */
    public byte[] signedByB() {
      return Bytes.concat(transcript(), B);
    }

    /** What A signs. */
    public byte[] signedByA() {
      return Bytes.concat(transcript(), A);
    }

    private byte[] transcript() {
      return Bytes.concat(
          SESSION,
          nonceA.toBytes(),
          nonceB.toBytes(),
          keyA.toBytes(),
          keyB.toBytes(),
          session.toBytes());
    }

    public SessionKey sessionKey(Secret secret) {
      byte[] salt = Bytes.concat(nonceA.toBytes(), nonceB.toBytes());
      byte[] info =
          Bytes.concat(
              KEY, keyA.id().hash().toBytes(), keyB.id().hash().toBytes(), session.toBytes());
      return new SessionKey(Hmac.hkdf(salt, secret.toBytes(), info));
    }
  }

  /** The tag by which A shows that it has the secret. */
  public static Octets tagOfA(Secret secret, Octets nonceA, PublicKey keyA) {
    return Octets.of(Hmac.of(secret.toBytes(), TAG, A, nonceA.toBytes(), keyA.toBytes()));
  }

  /** The tag by which B shows that it has the same secret. */
  public static Octets tagOfB(Secret secret, Octets nonceA, Octets nonceB, PublicKey keyB) {
    return Octets.of(
        Hmac.of(secret.toBytes(), TAG, B, nonceA.toBytes(), nonceB.toBytes(), keyB.toBytes()));
  }

  /** What A signs when it is dialled back. */
  public static byte[] introduction(
      Octets nonceA, Octets challenge, PublicKey keyA, PublicKey keyB) {
    return Bytes.concat(
        INTRODUCTION, nonceA.toBytes(), challenge.toBytes(), keyA.toBytes(), keyB.toBytes());
  }

  /** What B signs when it hands the secret over. */
  public static byte[] handover(Octets nonceA, Octets challenge, Secret secret) {
    byte[] digest = DigestAlgorithm.SHA_256.newDigest().digest(secret.toBytes());
    return Bytes.concat(SECRET, nonceA.toBytes(), challenge.toBytes(), digest);
  }

  private static byte[] label(String text) {
    return (text + "\0").getBytes(StandardCharsets.US_ASCII);
  }
}
