package org.p2pd.identity;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Hash;
import org.p2pd.model.NodeId;

/**
 * The public half of a node's Ed25519 key (RFC 8032): 32 raw bytes. Its SHA-256 is the node's id.
 * Immutable.
 */
public final class PublicKey {

  /** Length of a raw public key in bytes. */
  public static final int BYTES = 32;

  /** Length of every signature in bytes. */
  public static final int SIGNATURE_BYTES = 64;

  static final String ALGORITHM = "Ed25519";

  /** What precedes the raw key in a SubjectPublicKeyInfo (RFC 8410 section 4). */
  private static final byte[] X509_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

  private final byte[] raw;
  private final java.security.PublicKey key;
  private final NodeId id;

  private PublicKey(byte[] raw, java.security.PublicKey key) {
    this.raw = raw;
    this.key = key;
    MessageDigest sha256 = DigestAlgorithm.SHA_256.newDigest();
    this.id = new NodeId(Hash.of(sha256.digest(raw)));
  }

  /** The key with these 32 raw bytes, if they encode a point of the curve. */
  public static Optional<PublicKey> ofRaw(byte[] raw) {
    if (raw.length != BYTES) {
      return Optional.empty();
    }
    byte[] encoded = Arrays.copyOf(X509_PREFIX, X509_PREFIX.length + BYTES);
    System.arraycopy(raw, 0, encoded, X509_PREFIX.length, BYTES);
    try {
      java.security.PublicKey key =
          KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(encoded));
      newSignature().initVerify(key); // decodes the point, which the key factory leaves undone
      return Optional.of(new PublicKey(raw.clone(), key));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime lacks " + ALGORITHM, e);
    } catch (GeneralSecurityException e) {
      return Optional.empty(); // a stranger's bytes: no such point
    }
  }

  /** The key written as 43 characters of unpadded base64url, if it is one. */
  public static Optional<PublicKey> ofBase64Url(String text) {
    return Hash.ofBase64Url(text).flatMap(bytes -> ofRaw(bytes.toBytes()));
  }

  static Optional<PublicKey> ofX509(byte[] encoded) {
    if (encoded.length != X509_PREFIX.length + BYTES
        || !Arrays.equals(X509_PREFIX, 0, 12, encoded, 0, 12)) {
      return Optional.empty();
    }
    return ofRaw(Arrays.copyOfRange(encoded, X509_PREFIX.length, encoded.length));
  }

  static Signature newSignature() {
    try {
      return Signature.getInstance(ALGORITHM);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime lacks " + ALGORITHM, e);
    }
  }

  /** Whether the holder of this key signed exactly that message. Any bytes may be given. */
  public boolean verify(byte[] message, byte[] signature) {
    if (signature.length != SIGNATURE_BYTES) {
      return false;
    }
    Signature verifier = newSignature();
    try {
      verifier.initVerify(key);
      verifier.update(message);
      return verifier.verify(signature);
    } catch (InvalidKeyException e) {
      throw new IllegalStateException("a key that was accepted before", e);
    } catch (SignatureException e) {
      return false; // not even the form of a signature
    }
  }

  /** The node's id: the SHA-256 of the raw key. */
  public NodeId id() {
    return id;
  }

  /** The 32 raw bytes. */
  public byte[] toBytes() {
    return raw.clone();
  }

  byte[] toX509() {
    return key.getEncoded();
  }

  /** 43 characters, unpadded. */
  public String toBase64Url() {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(raw);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PublicKey that && Arrays.equals(raw, that.raw);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(raw);
  }

  /** The fingerprint, as people see it. */
  @Override
  public String toString() {
    return id.toString();
  }
}
