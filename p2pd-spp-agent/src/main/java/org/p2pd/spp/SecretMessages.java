package org.p2pd.spp;

import org.p2pd.identity.PublicKey;

/** The bodies by which a node gets the secret from its parent (docs/spp.md section 3.4). */
public final class SecretMessages {

  private SecretMessages() {}

  /** A's {@code secret} request. */
  public record Ask(PublicKey key, Octets nonce, int port, String path) {

    public static Ask parse(JsonBody body) throws MalformedException {
      SessionMessages.requireVersion(body);
      return new Ask(
          body.key("key"),
          body.octets("nonce", SppLimits.NONCE_BYTES),
          (int) body.number("port", 1, 65_535),
          SessionMessages.parsePath(body));
    }

    public JsonBody toJson() {
      return JsonBody.empty()
          .with("version", SessionMessages.VERSION)
          .with("key", key)
          .with("nonce", nonce)
          .with("port", port)
          .with("path", path);
    }
  }

  /**
   * B's {@code introduction} request, dialled back to A.
   *
   * @param nonce A's
   * @param key B's
   */
  public record Introduce(Octets nonce, Octets challenge, PublicKey key) {

    public static Introduce parse(JsonBody body) throws MalformedException {
      SessionMessages.requireVersion(body);
      return new Introduce(
          body.octets("nonce", SppLimits.NONCE_BYTES),
          body.octets("challenge", SppLimits.NONCE_BYTES),
          body.key("key"));
    }

    public JsonBody toJson() {
      return JsonBody.empty()
          .with("version", SessionMessages.VERSION)
          .with("nonce", nonce)
          .with("challenge", challenge)
          .with("key", key);
    }
  }

  /** A's answer to the introduction. */
  public record Introduced(Octets signature) {

    public static Introduced parse(JsonBody body) throws MalformedException {
      return new Introduced(body.octets("signature", SppLimits.SIGNATURE_BYTES));
    }

    public JsonBody toJson() {
      return JsonBody.empty().with("signature", signature);
    }
  }

  /** B's answer to {@code secret}. */
  public record Handover(Secret secret, PublicKey key, Octets signature, Octets challenge) {

    public static Handover parse(JsonBody body) throws MalformedException {
      return new Handover(
          Secret.parse(body.text("secret", 2 * Secret.MAX_BYTES)),
          body.key("key"),
          body.octets("signature", SppLimits.SIGNATURE_BYTES),
          body.octets("challenge", SppLimits.NONCE_BYTES));
    }

    public JsonBody toJson() {
      return JsonBody.empty()
          .with("secret", secret.toText())
          .with("key", key)
          .with("signature", signature)
          .with("challenge", challenge);
    }
  }
}
