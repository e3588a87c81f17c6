package org.p2pd.model;

import java.util.Optional;

/** Who a node is: the SHA-256 of its raw 32-byte Ed25519 public key. It outlives restarts. */
public record NodeId(Hash hash) {

  /** The id written as 43 characters of base64url, if it is one. */
  public static Optional<NodeId> parse(String text) {
    return Hash.ofBase64Url(text).map(NodeId::new);
  }

  @Override
  public String toString() {
    return hash.toBase64Url();
  }
}
