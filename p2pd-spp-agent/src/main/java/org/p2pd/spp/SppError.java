package org.p2pd.spp;

import java.util.Arrays;
import java.util.Optional;

/** The error codes of SPP/1 (docs/spp.md section 8), with their status and what a person can do. */
public enum SppError {
  BAD_REQUEST(400, "bad-request", "The request is not what SPP/1 says; is that node a p2pd?"),
  WRONG_SECRET(
      401,
      "wrong-secret",
      "The two nodes have different secrets. Make one with: p2pd secret FILE, copy FILE to every"
          + " node, and start each with --secret-file FILE."),
  UNKNOWN_SESSION(401, "unknown-session", "Open a new session."),
  UNCONFIRMED_SESSION(401, "unconfirmed-session", "Confirm the session first."),
  BAD_SIGNATURE(401, "bad-signature", "The node does not hold the key that it showed."),
  BAD_MAC(401, "bad-mac", "The request was changed on its way, or is not this session's."),
  REPLAY(401, "replay", "That counter was used already; ask again with the next."),
  THROUGH_A_PROXY(
      403,
      "through-a-proxy",
      "Nodes talk to each other directly. Name the node's own address and port with -S."),
  SECRET_NOT_GIVEN(
      403,
      "secret-not-given",
      "Copy the secret instead: p2pd secret FILE, then --secret-file FILE on every node."),
  NOT_SHARED(403, "not-shared", "This node is nobody's parent: start it with -i."),
  UNKNOWN_RESOURCE(404, "unknown-resource", "This node does not offer that."),
  UNKNOWN_EDITION(404, "unknown-edition", "No title names that edition."),
  NOT_HELD(404, "not-held", "The bytes are not here, and are not to be got for the asker."),
  NO_GROUP(404, "no-group", "This node has no parent, or has not learned yet who it is."),
  BAD_METHOD(405, "bad-method", "See the Allow header."),
  EDITION_GONE(410, "edition-gone", "The title changed and these bytes are no more."),
  TOO_LARGE(
      413, "too-large", "SPP request bodies have at most 64 KiB, and 4 KiB outside of sessions."),
  NOT_A_SPAN(
      416,
      "not-a-span",
      "A range is whole blocks of SPP-Block bytes, within one MiB and the edition."),
  TOO_MANY(429, "too-many", "Ask again later."),
  BUSY(503, "busy", "Ask again later."),
  NOT_READY(503, "not-ready", "Ask again later."),
  NOT_SYNCED(503, "not-synced", "This node has no whole catalogue yet; ask again later."),
  CLOSING(503, "closing", "This node is about to stop."),
  LOOP(508, "loop", "The nodes are each other's parents: check their -S.");

  private final int status;
  private final String code;
  private final String remedy;

  SppError(int status, String code, String remedy) {
    this.status = status;
    this.code = code;
    this.remedy = remedy;
  }

  public int status() {
    return status;
  }

  public String code() {
    return code;
  }

  /** For a person: what it means and what to do. */
  public String remedy() {
    return remedy;
  }

  /** The error of that code, or nothing: unknown codes go by their status alone. */
  public static Optional<SppError> ofCode(String code) {
    return Arrays.stream(values()).filter(error -> error.code.equals(code)).findFirst();
  }

  @Override
  public String toString() {
    return code;
  }
}
