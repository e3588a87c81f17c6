package org.p2pd.servlet;

import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.p2pd.http.DeliveryPlan.Respond;
import org.p2pd.spp.SppError;
import org.p2pd.spp.server.SppService;

/**
 * Refusals of requests below {@code /.spp/} that never reach the service, in SPP's own form
 * (docs/spp.md section 8). What refuses a request's body leaves it unread and ends the connection.
 */
final class SppRefusals {

  private SppRefusals() {}

  static Respond malformedPath(HttpServletRequest request) {
    return of(request, SppError.BAD_REQUEST, "the path has a dot segment");
  }

  /** Another version of SPP, or none. */
  static Respond unknownResource(HttpServletRequest request) {
    return of(request, SppError.UNKNOWN_RESOURCE, "");
  }

  static Respond tooLarge(HttpServletRequest request) {
    return of(request, SppError.TOO_LARGE, "");
  }

  static Respond tooManyBodies(HttpServletRequest request) {
    return of(request, SppError.BUSY, "too many requests with a body are coming in");
  }

  private static Respond of(HttpServletRequest request, SppError error, String detail) {
    SppService.Answer.Control answer = SppService.refusal(error, detail);
    Map<String, String> fields = new LinkedHashMap<>(answer.headers());
    fields.put("Content-Length", Integer.toString(answer.body().length));
    if (Requests.hasBody(request)) {
      fields.put("Connection", "close");
    }
    boolean headOnly = request.getMethod().equals("HEAD");
    return new Respond(
        answer.status(), fields, headOnly ? "" : new String(answer.body(), StandardCharsets.UTF_8));
  }
}
