package org.p2pd.spp;

import java.util.List;
import org.p2pd.identity.PublicKey;

/** The bodies by which a session is opened and confirmed (docs/spp.md section 3.1). */
public final class SessionMessages {

  /** The version that this software speaks. */
  public static final int VERSION = 1;

  private static final int MAX_SOFTWARE_CHARS = 80;

  private SessionMessages() {}

  /** A's {@code session} request. */
  public record Open(PublicKey key, Octets nonce, Octets tag) {

    public static Open parse(JsonBody body) throws MalformedException {
      requireVersion(body);
      return new Open(
          body.key("key"),
          body.octets("nonce", SppLimits.NONCE_BYTES),
          body.octets("tag", SppLimits.MAC_BYTES));
    }

    public JsonBody toJson() {
      return JsonBody.empty()
          .with("version", VERSION)
          .with("key", key)
          .with("nonce", nonce)
          .with("tag", tag);
    }
  }

  /** B's answer to it. */
  public record Opened(
      Octets session,
      PublicKey key,
      Octets nonce,
      Octets tag,
      Octets signature,
      List<Integer> versions) {

    public Opened {
      versions = List.copyOf(versions);
    }

    public static Opened parse(JsonBody body) throws MalformedException {
      requireVersion(body);
      return new Opened(
          body.octets("session", SppLimits.SESSION_BYTES),
          body.key("key"),
          body.octets("nonce", SppLimits.NONCE_BYTES),
          body.octets("tag", SppLimits.MAC_BYTES),
          body.octets("signature", SppLimits.SIGNATURE_BYTES),
          body.numbers("versions"));
    }

    public JsonBody toJson() {
      return JsonBody.empty()
          .with("version", VERSION)
          .with("session", session)
          .with("key", key)
          .with("nonce", nonce)
          .with("tag", tag)
          .with("signature", signature)
          .with("versions", versions);
    }
  }

  /**
   * A's first request in the session.
   *
   * @param port the port on which A answers
   * @param path A's context path
   */
  public record Confirm(Octets signature, int port, String path, String software) {

    public static Confirm parse(JsonBody body) throws MalformedException {
      return new Confirm(
          body.octets("signature", SppLimits.SIGNATURE_BYTES),
          (int) body.number("port", 1, 65_535),
          parsePath(body),
          body.text("software", MAX_SOFTWARE_CHARS));
    }

    public JsonBody toJson() {
      return JsonBody.empty()
          .with("signature", signature)
          .with("port", port)
          .with("path", path)
          .with("software", software);
    }
  }

  static void requireVersion(JsonBody body) throws MalformedException {
    body.number("version", VERSION, VERSION);
  }

  static String parsePath(JsonBody body) throws MalformedException {
    String path = body.text("path", SppLimits.MAX_PATH_CHARS);
    if (!NodeAddress.isContextPath(path)) {
      throw new MalformedException("path is not a context path");
    }
    return path;
  }
}
