package org.p2pd.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The fields that let web pages of other origins read titles (Fetch standard, section 3.2). */
public final class Cors {

  private static final String EXPOSED =
      "Accept-Ranges, Cache-Status, Content-Length, Content-Range, Date, ETag, Retry-After,"
          + " Server-Timing";

  private static final String REQUEST_HEADERS =
      "Range, If-Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since,"
          + " Cache-Control, Pragma, *";

  /** How long a browser may remember the answer to a preflight, in seconds. */
  private static final String PREFLIGHT_SECONDS = "86400";

  private final CorsPolicy policy;

  public Cors(CorsPolicy policy) {
    this.policy = policy;
  }

  /** What every response about a title carries, errors included. */
  public Map<String, String> fields(RequestFields request) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put(
        "Cross-Origin-Resource-Policy",
        policy.anyOrigin() || !policy.origins().isEmpty() ? "cross-origin" : "same-site");
    if (!policy.anyOrigin() && !policy.origins().isEmpty()) {
      fields.put("Vary", "Origin"); // caches between must not give one origin another's answer
    }
    allowedOrigin(request)
        .ifPresent(
            origin -> {
              fields.put("Access-Control-Allow-Origin", origin);
              fields.put("Access-Control-Expose-Headers", EXPOSED);
              fields.put("Timing-Allow-Origin", origin);
            });
    return fields;
  }

  /** What the answer to a preflight carries besides; nothing if it is none, or not allowed. */
  public Map<String, String> preflightFields(RequestFields request) {
    if (request.value("Access-Control-Request-Method").isEmpty()
        || allowedOrigin(request).isEmpty()) {
      return Map.of();
    }
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("Access-Control-Allow-Methods", DeliveryPlanner.ALLOW);
    fields.put("Access-Control-Allow-Headers", REQUEST_HEADERS);
    fields.put("Access-Control-Max-Age", PREFLIGHT_SECONDS);
    return fields;
  }

  private Optional<String> allowedOrigin(RequestFields request) {
    if (policy.anyOrigin()) {
      return Optional.of("*");
    }
    return policy.origins().isEmpty()
        ? Optional.empty()
        : request.value("Origin").filter(policy.origins()::contains);
  }
}
