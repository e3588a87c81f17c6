package org.p2pd.servlet;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.p2pd.http.AdminToken;
import org.p2pd.http.HostName;
import org.p2pd.http.RequestTarget;
import org.p2pd.http.Subnet;

/**
 * Who may see status, metrics and the list of titles: whoever brings the token (as a bearer token,
 * in the link that the node prints, or in the cookie that the link leaves), and clients from the
 * administrators' subnets. Through a proxy no address proves anything; nor does it where the node
 * is asked for by a name that is not its own, which may be a stranger's page in an administrator's
 * browser (DNS rebinding).
 *
 * @param ownNames {@code -A}
 */
record AdminGate(AdminToken token, List<Subnet> admins, List<HostName> ownNames) {

  private static final HostName LOCALHOST = new HostName("localhost");

  static final String COOKIE = "p2pd_pass";

  private static final Duration PASS_TIME = Duration.ofDays(7);

  private static final String BEARER = "Bearer ";

  enum Verdict {
    CLOSED,
    OPEN,
    /** Open, and the token stands in the address. */
    OPEN_WITH_LINK
  }

  Verdict check(HttpServletRequest request) {
    String link = parameter(request.getQueryString());
    if (link != null && token.matches(link)) {
      return Verdict.OPEN_WITH_LINK;
    }
    String authorization = request.getHeader("Authorization");
    if (authorization != null
        && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
        && token.matches(authorization.substring(BEARER.length()).strip())) {
      return Verdict.OPEN;
    }
    if (hasPass(request)) {
      return Verdict.OPEN;
    }
    return !Requests.isForwarded(request)
            && Subnet.anyContains(admins, Requests.peer(request))
            && isAskedByOwnName(request)
        ? Verdict.OPEN
        : Verdict.CLOSED;
  }

  private boolean isAskedByOwnName(HttpServletRequest request) {
    return HostName.parse(request.getServerName())
        .filter(name -> name.isAddress() || name.equals(LOCALHOST) || ownNames.contains(name))
        .isPresent();
  }

  /** What the link leaves: a pass, for the node's own directories and no title. */
  List<Cookie> cookies(HttpServletRequest request) {
    return Stream.of(RequestTarget.ADMIN, RequestTarget.WEB)
        .map(directory -> cookie(request, directory))
        .toList();
  }

  private Cookie cookie(HttpServletRequest request, String directory) {
    Cookie cookie = new Cookie(COOKIE, token.pass(Instant.now().plus(PASS_TIME)));
    cookie.setMaxAge((int) PASS_TIME.toSeconds());
    // Tomcat gives the context path as it was asked for, perhaps with parameters.
    cookie.setPath(request.getContextPath().replaceAll(";[^/]*", "") + directory);
    cookie.setHttpOnly(true);
    cookie.setSecure(request.isSecure());
    cookie.setAttribute("SameSite", "Strict");
    return cookie;
  }

  /** Not {@code getCookies}, which throws when there are too many (Tomcat: 200). */
  private boolean hasPass(HttpServletRequest request) {
    return Collections.list(request.getHeaders("Cookie")).stream()
        .flatMap(line -> Stream.of(line.split(";", -1)))
        .map(String::strip)
        .anyMatch(
            pair ->
                pair.startsWith(COOKIE + "=")
                    && token.accepts(pair.substring(COOKIE.length() + 1), Instant.now()));
  }

  /** Not {@code getParameter}, which would read a body. */
  private static @Nullable String parameter(@Nullable String query) {
    if (query == null) {
      return null;
    }
    for (String pair : query.split("&", -1)) {
      if (pair.startsWith("token=")) {
        return pair.substring("token=".length());
      }
    }
    return null;
  }
}
