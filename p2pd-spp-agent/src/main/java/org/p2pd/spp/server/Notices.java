package org.p2pd.spp.server;

import com.google.common.base.Ticker;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Keeps strangers from filling the log: one notice a minute of one kind from one address. */
final class Notices {

  private static final Duration QUIET = Duration.ofMinutes(1);
  private static final int MAX_ADDRESSES = 256;

  private final Ticker ticker;

  /** When each was last noticed, oldest first. */
  @GuardedBy("this")
  private final Map<String, Long> noticed = new LinkedHashMap<>();

  Notices(Ticker ticker) {
    this.ticker = ticker;
  }

  synchronized boolean isDue(String kind, InetAddress address) {
    String key = kind + " " + address.getHostAddress();
    long now = ticker.read();
    Long last = noticed.get(key);
    if (last != null && now - last < QUIET.toNanos()) {
      return false;
    }
    noticed.remove(key);
    noticed.put(key, now);
    if (noticed.size() > MAX_ADDRESSES) {
      noticed.remove(noticed.keySet().iterator().next());
    }
    return true;
  }
}
