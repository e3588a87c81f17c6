package org.p2pd.identity;

import java.io.IOException;
import java.nio.file.Path;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.SignatureException;
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

  byte[] toPkcs8() {
    return privateKey.getEncoded();
  }

  /** The id only: the private half is never shown. */
  @Override
  public String toString() {
    return "key of " + id();
  }
}
