package org.p2pd.spp;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import org.p2pd.model.DigestAlgorithm;

/** The bytes over which requests and answers are MACed (docs/spp.md sections 3.2 and 3.3). */
public final class CanonicalString {

  /** What stands for the body of a 206, which proves itself. */
  private static final String PROVEN = "proven";

  private static final byte[] NO_BYTES = {};

  private CanonicalString() {}

  /**
   * Of a request.
   *
   * @param target the request target from {@code /.spp/v1} on, as sent, with its query
   */
  public static byte[] ofRequest(
      String method, String target, CoveredHeaders headers, byte[] body) {
    StringBuilder text = new StringBuilder(512);
    text.append("p2pd-request-1\n").append(method).append('\n').append(target).append('\n');
    headers.appendLines(text);
    return finish(text, digestOf(body));
  }

  /** Of an answer whose body is all there (or is no body: the answer to HEAD). */
  public static byte[] ofAnswer(
      Octets session, long counter, int status, CoveredHeaders headers, byte[] body) {
    return finish(answer(session, counter, status, headers), digestOf(body));
  }

  /** Of a 206. */
  public static byte[] ofProvenAnswer(Octets session, long counter, CoveredHeaders headers) {
    return finish(answer(session, counter, 206, headers), PROVEN);
  }

  /** Of an answer without a body. */
  public static byte[] ofEmptyAnswer(
      Octets session, long counter, int status, CoveredHeaders headers) {
    return ofAnswer(session, counter, status, headers, NO_BYTES);
  }

  private static StringBuilder answer(
      Octets session, long counter, int status, CoveredHeaders headers) {
    StringBuilder text = new StringBuilder(1_024);
    text.append("p2pd-answer-1\n").append(session).append('\n').append(counter).append('\n');
    text.append(status).append('\n');
    headers.appendLines(text);
    return text;
  }

  private static byte[] finish(StringBuilder text, String body) {
    return text.append(body).append('\n').toString().getBytes(StandardCharsets.US_ASCII);
  }

  private static String digestOf(byte[] body) {
    MessageDigest sha256 = DigestAlgorithm.SHA_256.newDigest();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(sha256.digest(body));
  }
}
