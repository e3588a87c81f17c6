package org.p2pd.cluster.sockets;

import com.google.common.base.Ticker;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Addresses that did not answer a moment ago, so that nothing waits for them again at once.
 * Thread-safe.
 */
final class Unanswered {

  /** How long an address is left alone. */
  static final Duration REST = Duration.ofSeconds(2);

  /** More are forgotten all at once: that costs some vain dials. */
  static final int MAX = 1_024;

  private final Ticker ticker;

  @GuardedBy("this")
  private final Map<InetSocketAddress, Long> sinceNanos = new HashMap<>();

  Unanswered(Ticker ticker) {
    this.ticker = ticker;
  }

  synchronized void add(InetSocketAddress address) {
    if (sinceNanos.size() >= MAX) {
      sinceNanos.clear();
    }
    sinceNanos.put(address, ticker.read());
  }

  synchronized boolean contains(InetSocketAddress address) {
    Long since = sinceNanos.get(address);
    if (since == null) {
      return false;
    }
    if (ticker.read() - since >= REST.toNanos()) {
      sinceNanos.remove(address);
      return false;
    }
    return true;
  }

  /** It called us and knew the secret: it is there. */
  synchronized void called(InetAddress by) {
    sinceNanos.keySet().removeIf(address -> by.equals(address.getAddress()));
  }

  /** All of them are worth another try. */
  synchronized void forget() {
    sinceNanos.clear();
  }
}
