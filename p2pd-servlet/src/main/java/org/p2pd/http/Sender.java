package org.p2pd.http;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * Who a request comes from, as far as that can be known.
 *
 * <p>A proxy's word about the viewer behind it is believed only of proxies that the operator named
 * ({@code --trusted-proxy}), and only as {@code X-Forwarded-For}, which proxies append to: {@code
 * Forwarded} (RFC 7239) is passed on by most as the viewer wrote it. A request through any other
 * proxy comes from nobody knows where, and never from the proxy's own address: it is often
 * loopback, where every viewer would be taken for this machine.
 *
 * @param address the viewer's; {@link #NOWHERE} if it is not known
 * @param way how the request came
 */
public record Sender(InetAddress address, Way way) {

  /** How a request came. */
  public enum Way {
    /** No trace of a proxy. */
    DIRECT,
    /** Through a proxy that is believed, and that said for whom. */
    TRUSTED_PROXY,
    /** Through a proxy that nobody named. */
    UNKNOWN_PROXY,
    /** Through a proxy that is believed but said nothing that could be. */
    SILENT_PROXY
  }

  /** No one's address: in no subnet but that of everyone. */
  public static final InetAddress NOWHERE = InetAddresses.forString("0.0.0.0");

  /** More proxies in a row are nobody's set-up. */
  static final int MAX_PROXIES = 16;

  /** A request without a proxy. */
  public static Sender direct(InetAddress peer) {
    return new Sender(peer, Way.DIRECT);
  }

  /**
   * Of a request whose sender the container knows, because it was told which proxies to believe.
   */
  public static Sender knownToContainer(InetAddress viewer) {
    return new Sender(viewer, Way.TRUSTED_PROXY);
  }

  /**
   * Of a request that shows traces of a proxy.
   *
   * @param peer the other end of the connection
   * @param forwardedFor {@code X-Forwarded-For}, its lines joined
   * @param trusted the proxies that are believed
   */
  public static Sender throughProxy(
      InetAddress peer, Optional<String> forwardedFor, List<Subnet> trusted) {
    if (!Subnet.anyContains(trusted, peer)) {
      return new Sender(NOWHERE, Way.UNKNOWN_PROXY);
    }
    return forwardedFor
        .flatMap(list -> lastUntrusted(list, trusted))
        .map(viewer -> new Sender(viewer, Way.TRUSTED_PROXY))
        .orElseGet(() -> new Sender(NOWHERE, Way.SILENT_PROXY));
  }

  /** Each proxy appends who it was asked by, so the list is true from its end to the first lie. */
  private static Optional<InetAddress> lastUntrusted(String list, List<Subnet> trusted) {
    int end = list.length();
    for (int hop = 0; hop < MAX_PROXIES && end >= 0; hop++) {
      int comma = list.lastIndexOf(',', end - 1);
      Optional<InetAddress> address = address(list.substring(comma + 1, end).strip());
      if (address.isEmpty() || !Subnet.anyContains(trusted, address.get())) {
        return address;
      }
      if (comma < 0) {
        return address; // all of them are trusted: the first one asked for itself
      }
      end = comma;
    }
    return Optional.empty();
  }

  /** An address, IPv6 perhaps in brackets; no port. */
  private static Optional<InetAddress> address(String text) {
    String plain =
        text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
    return InetAddresses.isInetAddress(plain)
        ? Optional.of(InetAddresses.forString(plain))
        : Optional.empty();
  }
}
