package org.p2pd.spp;

import java.util.regex.Pattern;

/**
 * Where a node answers.
 *
 * @param host a name or an address; IPv6 without brackets
 * @param port 1 to 65535
 * @param contextPath empty, or segments such as {@code /video}, at most 200 characters
 */
public record NodeAddress(String host, int port, String contextPath) {

  /** What every SPP resource's path begins with, after the context path. */
  public static final String SPP = "/.spp/v1";

  private static final Pattern CONTEXT_PATH =
      Pattern.compile("(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*");

  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:-]+");

  public NodeAddress {
    if (host.isEmpty() || port < 1 || port > 65_535 || !isContextPath(contextPath)) {
      throw new IllegalArgumentException("node at " + host + ":" + port + contextPath);
    }
  }

  /** Whether a stranger's text has the form of a context path. */
  public static boolean isContextPath(String text) {
    return text.length() <= SppLimits.MAX_PATH_CHARS && CONTEXT_PATH.matcher(text).matches();
  }

  /** Whether a stranger's text has the form of a host: a name or an address, without brackets. */
  public static boolean isHost(String text) {
    return text.length() <= SppLimits.MAX_HOST_CHARS && HOST.matcher(text).matches();
  }

  /** The host as it stands in a URL: IPv6 in brackets. */
  public String urlHost() {
    return host.contains(":") ? "[" + host + "]" : host;
  }

  /** Such as {@code http://10.0.0.1:8080} or {@code http://[::1]:8080/video}. */
  @Override
  public String toString() {
    return "http://" + urlHost() + ":" + port + contextPath;
  }
}
