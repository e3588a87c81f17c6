package org.p2pd.cluster.sockets;

import com.google.common.base.Ticker;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Addresses that did not answer a moment ago, so that nothing waits for them again at once. Those
 * that never answered are left alone for longer and longer. Thread-safe.
 */
final class Unanswered {

  /** How long an address is left alone. */
  static final Duration REST = Duration.ofSeconds(2);

  /** An address that never answered is left alone for twice as long each time, up to this. */
  static final Duration LONGEST_REST = Duration.ofSeconds(32);

  /** More are forgotten all at once: that costs some vain dials. */
  static final int MAX = 1_024;

  private record Vain(long sinceNanos, Duration rest) {}

  private final Ticker ticker;

  @GuardedBy("this")
  private final Map<InetSocketAddress, Vain> vain = new HashMap<>();

  Unanswered(Ticker ticker) {
    this.ticker = ticker;
  }

  /**
   * It did not answer.
   *
   * @param never nor has it ever before, as far as this node knows
   */
  synchronized void add(InetSocketAddress address, boolean never) {
    Vain before = vain.get(address);
    if (before == null && vain.size() >= MAX) {
      vain.clear();
    }
    vain.put(address, new Vain(ticker.read(), before == null || !never ? REST : longer(before)));
  }

  private static Duration longer(Vain before) {
    Duration twice = before.rest.multipliedBy(2);
    return twice.compareTo(LONGEST_REST) < 0 ? twice : LONGEST_REST;
  }

  synchronized boolean contains(InetSocketAddress address) {
    Vain last = vain.get(address);
    return last != null && ticker.read() - last.sinceNanos < last.rest.toNanos();
  }

  /** It called us and knew the secret: it is there. */
  synchronized void called(InetAddress by) {
    vain.keySet().removeIf(address -> by.equals(address.getAddress()));
  }

  synchronized void answered(InetSocketAddress address) {
    vain.remove(address);
  }

  /** All of them are worth another try. */
  synchronized void forget() {
    vain.clear();
  }
}
