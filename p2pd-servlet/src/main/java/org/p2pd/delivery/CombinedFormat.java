package org.p2pd.delivery;

import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.p2pd.http.CacheStatus;

/**
 * Apache's combined log format, followed by the cache status in quotes: {@code %h %l %u %t "%r" %>s
 * %b "%{Referer}i" "%{User-Agent}i" "%{Cache-Status}o"}. What strangers wrote is escaped as Apache
 * does it, so that one request is always one line.
 */
final class CombinedFormat {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

  private CombinedFormat() {}

  /** The entry as a line, its end included. */
  static String line(DeliveryLog.Entry entry) {
    RequestSummary request = entry.request();
    StringBuilder line = new StringBuilder(256);
    line.append(request.client()).append(" - - [").append(TIME.format(request.time())).append("] ");
    quote(line, request.method() + " " + request.target() + " " + request.protocol());
    line.append(' ').append(entry.status()).append(' ');
    line.append(entry.bodyBytes() == 0 ? "-" : Long.toString(entry.bodyBytes())).append(' ');
    quote(line, request.referer());
    line.append(' ');
    quote(line, request.userAgent());
    line.append(' ');
    quote(line, entry.cacheStatus().map(CacheStatus::word).orElse(null));
    return line.append('\n').toString();
  }

  private static void quote(StringBuilder line, @Nullable String text) {
    line.append('"');
    if (text == null) {
      line.append('-');
    } else {
      text.chars().forEach(c -> escape(line, (char) c));
    }
    line.append('"');
  }

  private static void escape(StringBuilder line, char c) {
    if (c == '"' || c == '\\') {
      line.append('\\').append(c);
    } else if (c >= ' ' && c < 0x7f) {
      line.append(c);
    } else if (c <= 0xff) {
      line.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
    } else {
      line.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
    }
  }
}
