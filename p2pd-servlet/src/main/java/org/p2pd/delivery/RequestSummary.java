package org.p2pd.delivery;

import com.google.common.net.InetAddresses;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.p2pd.http.Sender;

/**
 * What is remembered of a request for the log; the request itself is gone when its response ends.
 *
 * @param client address of the viewer, or of the proxy that does not tell
 * @param target undecoded path and query, without an administrator's token
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

  private static final String TOKEN = "token=";
  private static final Pattern SECRET = Pattern.compile("\\b" + TOKEN + "[^&]*");

  private static final String CLIENT = "org.p2pd.client";

  /** Where a proxy is believed, the log shows the viewer behind it. */
  public static void nameClient(HttpServletRequest request, Sender sender) {
    if (sender.way() == Sender.Way.TRUSTED_PROXY) {
      request.setAttribute(CLIENT, InetAddresses.toAddrString(sender.address()));
    }
  }

  public static RequestSummary of(HttpServletRequest request) {
    String query = withoutSecrets(request.getQueryString());
    return new RequestSummary(
        request.getAttribute(CLIENT) instanceof String client ? client : request.getRemoteAddr(),
        Instant.now(),
        request.getMethod(),
        query == null ? request.getRequestURI() : request.getRequestURI() + "?" + query,
        request.getProtocol(),
        withoutSecrets(request.getHeader("Referer")),
        request.getHeader("User-Agent"),
        System.nanoTime());
  }

  /** Whoever may read the log need not be the administrator. */
  private static @Nullable String withoutSecrets(@Nullable String text) {
    return text == null || !text.contains(TOKEN)
        ? text
        : SECRET.matcher(text).replaceAll(TOKEN + "-");
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
