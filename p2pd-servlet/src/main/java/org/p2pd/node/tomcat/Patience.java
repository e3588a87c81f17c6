package org.p2pd.node.tomcat;

import com.google.common.base.Ticker;
import java.time.Duration;

/**
 * How long the endpoint waits for what; each is more than zero.
 *
 * @param request without a byte of a request, or of a response that a thread waits to write
 * @param head from a request head's first byte, an empty line before it included, to its last
 * @param stall how long a viewer may take nothing of a response for which no thread waits
 * @param ticker measures the head's time
 */
record Patience(Duration request, Duration head, Duration stall, Ticker ticker) {

  /** What is served otherwise, with that patience for viewers. */
  static Patience standard(Duration stall) {
    return new Patience(
        ConnectorTuning.REQUEST_TIMEOUT,
        ConnectorTuning.HEAD_TIMEOUT,
        stall,
        Ticker.systemTicker());
  }

  Patience {
    if (isNone(request) || isNone(head) || isNone(stall)) {
      throw new IllegalArgumentException(
          "no time: request " + request + ", head " + head + ", stall " + stall);
    }
  }

  private static boolean isNone(Duration time) {
    return time.isZero() || time.isNegative();
  }
}
