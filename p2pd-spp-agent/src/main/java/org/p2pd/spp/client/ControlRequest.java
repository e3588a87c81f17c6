package org.p2pd.spp.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.p2pd.model.ByteRange;
import org.p2pd.model.EditionId;
import org.p2pd.spp.HoldingsQuestion;
import org.p2pd.spp.LeaseNotice;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.SppLimits;

/**
 * A control request within a session.
 *
 * @param target what follows {@code /.spp/v1}, with its query
 * @param waits how long the other node may wait before it answers
 * @param maxBytes the longest answer
 * @param bulk over a bulk connection, which is thereby kept warm
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not shared
public record ControlRequest(
    String method,
    String target,
    Map<String, String> headers,
    byte[] body,
    Duration waits,
    int maxBytes,
    boolean bulk) {

  private static final byte[] NO_BODY = {};

  public static ControlRequest get(String target) {
    return new ControlRequest(
        "GET", target, Map.of(), NO_BODY, Duration.ZERO, SppLimits.MAX_JSON_BYTES, false);
  }

  public static ControlRequest post(String target, byte[] json) {
    return new ControlRequest(
        "POST", target, Map.of(), json, Duration.ZERO, SppLimits.MAX_JSON_BYTES, false);
  }

  /** A question for news of the catalogue. */
  public static ControlRequest catalogue(
      String cursor, Map<String, String> headers, Duration waits) {
    return new ControlRequest(
        "GET",
        "/catalogue?after=" + cursor + "&wait=" + waits.toSeconds(),
        headers,
        NO_BODY,
        waits,
        SppLimits.MAX_CATALOGUE_BYTES,
        false);
  }

  /** A question for what the other node holds. */
  public static ControlRequest holdings(HoldingsQuestion question) {
    return new ControlRequest(
        "POST",
        "/holdings",
        Map.of(),
        question.toJson().toBytes(),
        question.waits(),
        SppLimits.MAX_HOLDINGS_BYTES,
        false);
  }

  /**
   * A notice of what became of leased blocks.
   *
   * @param held positions of what is held, ascending; at most 64 together with
   * @param gone those of what is not
   */
  public static ControlRequest leases(
      EditionId edition, List<ByteRange> held, List<ByteRange> gone) {
    return post("/leases/" + edition, new LeaseNotice(held, gone).toJson().toBytes());
  }

  /** The same over a bulk connection. */
  public ControlRequest overBulk() {
    return new ControlRequest(method, target, headers, body, waits, maxBytes, true);
  }

  String wholeTarget() {
    return NodeAddress.SPP + target;
  }
}
