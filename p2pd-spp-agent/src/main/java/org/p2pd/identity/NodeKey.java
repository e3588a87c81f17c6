package org.p2pd.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.EdECPrivateKey;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.p2pd.model.NodeId;

/**
 * A node's own Ed25519 key. Whoever holds its file is the node: a successor server takes over with
 * it. Thread-safe.
 */
public final class NodeKey {

  private final PrivateKey privateKey;
  private final PublicKey publicKey;

  NodeKey(PrivateKey privateKey, PublicKey publicKey) {
    this.privateKey = privateKey;
    this.publicKey = publicKey;
  }

  /** A new key that no file holds. */
  public static NodeKey generate() {
    try {
      KeyPair pair = KeyPairGenerator.getInstance(PublicKey.ALGORITHM).generateKeyPair();
      return new NodeKey(
          pair.getPrivate(), PublicKey.ofX509(pair.getPublic().getEncoded()).orElseThrow());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime lacks " + PublicKey.ALGORITHM, e);
    }
  }

  /**
   * The key in that file; a new one is made and kept there if the file does not exist. An existing
   * file is never replaced.
   *
   * @throws IOException if the file cannot be read or written, or holds no key; the message says
   *     what to do
   */
  public static NodeKey loadOrCreate(Path file) throws IOException {
    return new KeyFile(file).loadOrCreate();
  }

  /** Signs a message, which must begin with the name of its kind (see the package). 64 bytes. */
  public byte[] sign(byte[] message) {
    try {
      Signature signer = PublicKey.newSignature();
      signer.initSign(privateKey);
      signer.update(message);
      return signer.sign();
    } catch (InvalidKeyException | SignatureException e) {
      throw new IllegalStateException("signing with the node's key " + id(), e);
    }
  }

  public PublicKey publicKey() {
    return publicKey;
  }

  public NodeId id() {
    return publicKey.id();
  }

  /**
   * A secret that only the holder of this key can make: HMAC-SHA256(the key's 32-byte seed, label).
   *
   * @param label ASCII, another for each purpose
   */
  public byte[] derive(String label) {
    byte[] seed =
        ((EdECPrivateKey) privateKey)
            .getBytes()
            .orElseThrow(() -> new IllegalStateException("a key without its private half"));
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(seed, "HmacSHA256"));
      return mac.doFinal(label.getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime lacks HmacSHA256", e);
    }
  }

  byte[] toPkcs8() {
    return privateKey.getEncoded();
  }

  /** The id only: the private half is never shown. */
  @Override
  public String toString() {
    return "key of " + id();
  }
}
