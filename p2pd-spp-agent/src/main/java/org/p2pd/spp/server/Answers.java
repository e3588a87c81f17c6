package org.p2pd.spp.server;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.p2pd.model.EditionId;
import org.p2pd.spp.CanonicalString;
import org.p2pd.spp.CoveredHeaders;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.Referral;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.server.SppService.Answer;

/** Makes and signs answers. */
final class Answers {

  private static final byte[] NO_BODY = {};
  static final int PARTIAL_CONTENT = 206;
  private static final int TEMPORARY_REDIRECT = 307;

  private Answers() {}

  static Answer.Control json(JsonBody body) {
    Map<String, String> headers = headers();
    headers.put(SppHeaders.CONTENT_TYPE, SppHeaders.JSON);
    return new Answer.Control(200, headers, body.toBytes());
  }

  static Answer.Control noContent() {
    return new Answer.Control(204, headers(), NO_BODY);
  }

  static Answer.Control error(SppError error) {
    return error(error, "");
  }

  /** An error with what happened here, before what a person can do. */
  static Answer.Control error(SppError error, String detail) {
    Map<String, String> headers = headers();
    headers.put(SppHeaders.CONTENT_TYPE, SppHeaders.JSON);
    if (error.status() == 429 || error.status() == 503) {
      headers.put(SppHeaders.RETRY_AFTER, "1");
    }
    String message = detail.isEmpty() ? error.remedy() : detail + ". " + error.remedy();
    JsonBody body = JsonBody.empty().with("error", error.code()).with("message", message);
    return new Answer.Control(error.status(), headers, body.toBytes());
  }

  static Answer.Control tooManyWait() {
    return error(SppError.BUSY, "too many wait for news already");
  }

  /** These bytes not now, but after so long: whole seconds. */
  static Answer.Control later(Duration retryAfter) {
    Answer.Control answer = error(SppError.NOT_READY);
    answer.headers().put(SppHeaders.RETRY_AFTER, Long.toString(retryAfter.toSeconds()));
    return answer;
  }

  /** Another node has it. */
  static Answer.Control referral(Referral referral, EditionId edition) {
    Map<String, String> headers = headers();
    headers.put(SppHeaders.LOCATION, referral.location(edition));
    headers.put(SppHeaders.REFERRED_TO, referral.to().toString());
    return new Answer.Control(TEMPORARY_REDIRECT, headers, NO_BODY);
  }

  static Answer.Control badMethod(String allow) {
    Answer.Control answer = error(SppError.BAD_METHOD);
    answer.headers().put(SppHeaders.ALLOW, allow);
    return answer;
  }

  /** The headers that every answer begins with; the caller adds its own. */
  static Map<String, String> headers() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(SppHeaders.CACHE_CONTROL, "no-store");
    return headers;
  }

  /** The answer to HEAD: the same without its bytes. */
  static Answer withoutBody(Answer answer) {
    return answer instanceof Answer.Control control
        ? new Answer.Control(control.status(), control.headers(), NO_BODY)
        : answer;
  }

  /** Adds the MAC. */
  static Answer sign(Answer answer, ServerSession session, long counter) {
    CoveredHeaders covered = CoveredHeaders.ofOwn(answer.headers());
    byte[] canonical =
        answer.status() == PARTIAL_CONTENT
            ? CanonicalString.ofProvenAnswer(session.id(), counter, covered)
            : CanonicalString.ofAnswer(
                session.id(),
                counter,
                answer.status(),
                covered,
                answer instanceof Answer.Control control ? control.body() : NO_BODY);
    answer.headers().put(SppHeaders.MAC, session.key().mac(canonical));
    return answer;
  }
}
