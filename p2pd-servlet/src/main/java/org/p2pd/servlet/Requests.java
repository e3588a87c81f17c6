package org.p2pd.servlet;

import com.google.common.net.InetAddresses;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.InetAddress;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.p2pd.delivery.ZeroCopy;
import org.p2pd.http.HostName;
import org.p2pd.http.RequestFacts;
import org.p2pd.http.RequestFields;
import org.p2pd.http.Sender;
import org.p2pd.http.Subnet;

/** What the rules want to know of a servlet request. */
final class Requests {

  /** Set where a proxy's word about the client has replaced what the connection says. */
  private static final String FORWARDED = "org.apache.tomcat.request.forwarded";

  /** The address of the connection's other end, whatever a proxy said. */
  private static final String PEER = "org.apache.tomcat.peerAddr";

  private static final String X_FORWARDED = "X-Forwarded-";

  private Requests() {}

  /**
   * @param proxies whose word about the viewer behind them is believed
   */
  static RequestFacts facts(
      HttpServletRequest request, HttpServletResponse response, List<Subnet> proxies) {
    return new RequestFacts(
        request.getMethod(),
        rawPath(request),
        fields(request),
        Optional.ofNullable(request.getServerName()).flatMap(HostName::parse),
        sender(request, proxies),
        hasBody(request),
        ZeroCopy.isPossible(request, response));
  }

  /** The path as it came, without the context path, undecoded. */
  static String rawPath(HttpServletRequest request) {
    // Tomcat gives the context path as it was written in this very request.
    return request.getRequestURI().substring(request.getContextPath().length());
  }

  /** The path as the container understands it: decoded, without parameters and dot segments. */
  static String containerPath(HttpServletRequest request) {
    String inside = request.getPathInfo();
    return inside == null ? request.getServletPath() : request.getServletPath() + inside;
  }

  static RequestFields fields(HttpServletRequest request) {
    return name -> {
      List<String> lines = Collections.list(request.getHeaders(name));
      return switch (lines.size()) {
        case 0 -> Optional.empty();
        case 1 -> Optional.of(lines.get(0));
        default -> Optional.of(String.join(", ", lines));
      };
    };
  }

  /** All fields by lower-case name, each with its lines in order. */
  static Map<String, List<String>> allFields(HttpServletRequest request) {
    Map<String, List<String>> fields = new LinkedHashMap<>();
    for (String name : Collections.list(request.getHeaderNames())) {
      fields.putIfAbsent(
          name.toLowerCase(Locale.ROOT), List.copyOf(Collections.list(request.getHeaders(name))));
    }
    return fields;
  }

  static boolean hasBody(HttpServletRequest request) {
    return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
  }

  private static Sender sender(HttpServletRequest request, List<Subnet> proxies) {
    InetAddress remote = address(request.getRemoteAddr());
    if (Boolean.TRUE.equals(request.getAttribute(FORWARDED))) {
      return Sender.knownToContainer(remote);
    }
    return isForwarded(request)
        ? Sender.throughProxy(remote, fields(request).value("X-Forwarded-For"), proxies)
        : Sender.direct(remote);
  }

  /** Whether a proxy stands between the client and this node, as far as can be seen. */
  static boolean isForwarded(HttpServletRequest request) {
    if (Boolean.TRUE.equals(request.getAttribute(FORWARDED))) {
      return true;
    }
    Enumeration<String> names = request.getHeaderNames();
    while (names.hasMoreElements()) {
      if (isProxys(names.nextElement())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isProxys(String name) {
    return name.equalsIgnoreCase("Via")
        || name.equalsIgnoreCase("Forwarded")
        || name.equalsIgnoreCase("X-Real-IP")
        || name.regionMatches(true, 0, X_FORWARDED, 0, X_FORWARDED.length());
  }

  /** The address of the TCP connection's other end. */
  static InetAddress peer(HttpServletRequest request) {
    return request.getAttribute(PEER) instanceof String peer
        ? address(peer)
        : address(request.getRemoteAddr());
  }

  /** The own address at which the request came in. */
  static InetAddress local(HttpServletRequest request) {
    return address(request.getLocalAddr());
  }

  private static InetAddress address(String text) {
    int zone = text.indexOf('%');
    String plain = zone < 0 ? text : text.substring(0, zone);
    return InetAddresses.isInetAddress(plain) ? InetAddresses.forString(plain) : Sender.NOWHERE;
  }
}
