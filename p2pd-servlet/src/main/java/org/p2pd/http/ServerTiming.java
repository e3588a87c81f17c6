package org.p2pd.http;

import java.time.Duration;
import java.util.Locale;

/** The Server-Timing field (W3C): what the browser's developer tools show of a response. */
public final class ServerTiming {

  private ServerTiming() {}

  /** Where the bytes come from, and how long the first of them was waited for. */
  public static String of(CacheStatus status, Duration firstByte) {
    return String.format(
        Locale.ROOT, "p2pd;desc=\"%s\";dur=%.1f", status.word(), firstByte.toNanos() / 1e6);
  }
}
