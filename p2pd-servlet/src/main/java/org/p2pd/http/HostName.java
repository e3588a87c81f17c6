package org.p2pd.http;

import com.google.common.net.InetAddresses;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a host without its port: a DNS name, an IPv4 address, or an IPv6 address without
 * brackets. Lower case; a DNS name's final dot is dropped, so that equal names are equal values.
 */
public record HostName(String name) {

  /** The longest name in characters (RFC 1035 2.3.4). */
  public static final int MAX_CHARACTERS = 253;

  private static final Pattern DNS_NAME =
      Pattern.compile("[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*");

  private static final Pattern PORT = Pattern.compile("[0-9]{0,5}");

  public HostName {
    if (!isName(name)) {
      throw new IllegalArgumentException("not a host name: " + name);
    }
  }

  /** The host of that name or address; brackets around IPv6 may be there; a port may not. */
  public static Optional<HostName> parse(String text) {
    String name = text.toLowerCase(Locale.ROOT);
    if (name.startsWith("[") && name.endsWith("]")) {
      name = name.substring(1, name.length() - 1);
      if (!name.contains(":")) {
        return Optional.empty();
      }
    } else if (name.endsWith(".")) {
      name = name.substring(0, name.length() - 1);
    }
    if (name.contains(":") && InetAddresses.isInetAddress(name)) {
      name = InetAddresses.toAddrString(InetAddresses.forString(name));
    }
    return isName(name) ? Optional.of(new HostName(name)) : Optional.empty();
  }

  /** The host in a Host header or authority, whose port is ignored (RFC 9110 7.2). */
  public static Optional<HostName> ofHostHeader(String value) {
    int portColon = value.lastIndexOf(':');
    if (portColon < 0 || portColon < value.lastIndexOf(']')) {
      return parse(value);
    }
    String host = value.substring(0, portColon);
    boolean bareIpv6 = host.contains(":") && !host.startsWith("[");
    if (bareIpv6 || !PORT.matcher(value.substring(portColon + 1)).matches()) {
      return Optional.empty();
    }
    return parse(host);
  }

  /** Whether it is an address, which no name service decides about. */
  public boolean isAddress() {
    return InetAddresses.isInetAddress(name);
  }

  private static boolean isName(String name) {
    if (name.isEmpty() || name.length() > MAX_CHARACTERS) {
      return false;
    }
    return name.contains(":")
        ? InetAddresses.isInetAddress(name)
        : DNS_NAME.matcher(name).matches();
  }

  @Override
  public String toString() {
    return name;
  }
}
