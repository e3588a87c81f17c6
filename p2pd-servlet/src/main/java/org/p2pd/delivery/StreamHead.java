package org.p2pd.delivery;

import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.p2pd.http.CacheStatus;
import org.p2pd.http.DeliveryPlan.Respond;
import org.p2pd.http.ServerTiming;

/**
 * What stands above a streamed body.
 *
 * @param bodyBytes the length of the body, all of it
 * @param cacheStatus a title's; empty for what another node asked
 * @param instead makes the answer for a stream that fails before its first byte; empty: the head
 *     goes out at once, and a failure closes the connection
 */
record StreamHead(
    RequestSummary request,
    int status,
    Map<String, String> fields,
    long bodyBytes,
    Optional<CacheStatus> cacheStatus,
    Optional<UnaryOperator<Respond>> instead) {

  void write(HttpServletResponse response) {
    Responses.head(response, status, fields);
    response.setContentLengthLong(bodyBytes);
    cacheStatus.ifPresent(
        found -> response.setHeader("Server-Timing", ServerTiming.of(found, request.untilNow())));
  }

  /** The log's entry for the response. */
  DeliveryLog.Entry ended(int sentStatus, long sentBytes, Outcome outcome) {
    return new DeliveryLog.Entry(
        request,
        sentStatus,
        sentBytes,
        DeliveryLog.Way.STREAM,
        outcome,
        cacheStatus,
        request.untilNow());
  }
}
