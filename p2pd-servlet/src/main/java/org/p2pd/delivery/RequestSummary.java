package org.p2pd.delivery;

import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of a request for the log; the request itself is gone when its response ends.
 *
 * @param target undecoded path and query
 * @param startNanos when it came, as {@link System#nanoTime}
 */
public record RequestSummary(
    String client,
    Instant time,
    String method,
    String target,
    String protocol,
    @Nullable String referer,
    @Nullable String userAgent,
    long startNanos) {

  public static RequestSummary of(HttpServletRequest request) {
    String query = request.getQueryString();
    return new RequestSummary(
        request.getRemoteAddr(),
        Instant.now(),
        request.getMethod(),
        query == null ? request.getRequestURI() : request.getRequestURI() + "?" + query,
        request.getProtocol(),
        request.getHeader("Referer"),
        request.getHeader("User-Agent"),
        System.nanoTime());
  }

  Duration untilNow() {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  /** The log's entry for a response that was handed over completely and concerns no edition. */
  DeliveryLog.Entry ended(int status, long bodyBytes, DeliveryLog.Way way) {
    return new DeliveryLog.Entry(
        this, status, bodyBytes, way, Outcome.COMPLETE, Optional.empty(), untilNow());
  }
}
