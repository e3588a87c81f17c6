package org.p2pd.cluster.sockets;

import com.google.common.base.Ticker;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;

/**
 * How fast addresses are dialled that never were before: one member that names many of them must
 * not make this node dial them all. Thread-safe.
 */
final class NewHosts {

  /** In the long run. */
  static final int PER_SECOND = 16;

  /** At once: the members of last time are looked for all together. */
  static final int AT_ONCE = 64;

  private static final long NANOS_FOR_ONE = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;

  private final Ticker ticker;
  private final KnownHosts before = new KnownHosts();

  @GuardedBy("this")
  private int left = AT_ONCE;

  @GuardedBy("this")
  private long countedNanos;

  NewHosts(Ticker ticker) {
    this.ticker = ticker;
    this.countedNanos = ticker.read();
  }

  /** Whether it may be dialled now: it was before, or is not one new address too many. */
  synchronized boolean admits(InetAddress host) {
    if (before.contains(host)) {
      return true;
    }
    long now = ticker.read();
    long more = (now - countedNanos) / NANOS_FOR_ONE;
    countedNanos += more * NANOS_FOR_ONE;
    left = (int) Math.min(AT_ONCE, left + more);
    if (left == 0) {
      return false;
    }
    left--;
    before.add(host);
    return true;
  }
}
