package org.p2pd.model;

import java.util.Optional;

/** The name of one exact content, the same on every node; its base64url is the entity tag. */
public record EditionId(Hash hash) {

  /** The id written as 43 characters of base64url, if it is one. */
  public static Optional<EditionId> parse(String text) {
    return Hash.ofBase64Url(text).map(EditionId::new);
  }

  /** The strong entity tag (RFC 9110 8.8.3), quotes included. */
  public String entityTag() {
    return '"' + hash.toBase64Url() + '"';
  }

  // Written out, as in Title: a start puts 100,000 of them into maps before anything is compiled,
  // and what a record has by itself is slow until then.

  @Override
  public boolean equals(Object other) {
    return other instanceof EditionId id && hash.equals(id.hash);
  }

  @Override
  public int hashCode() {
    return hash.hashCode();
  }

  @Override
  public String toString() {
    return hash.toBase64Url();
  }
}
