package org.p2pd.spp.server;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.p2pd.spp.CanonicalString;
import org.p2pd.spp.CoveredHeaders;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.Octets;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.server.SppService.Request;

/** Lets in what belongs to a session (docs/spp.md sections 3.2 and 3.5). Thread-safe. */
final class Gate {

  private static final Set<String> OF_PROXIES = Set.of("forwarded", "via", "x-real-ip", "origin");
  private static final String OF_PROXIES_TOO = "x-forwarded-";

  private final SessionTable sessions;

  Gate(SessionTable sessions) {
    this.sessions = sessions;
  }

  /** What became of a request. */
  sealed interface Entry {

    /** It is the session's, and its counter is recorded. */
    record Admitted(ServerSession session, long counter, CoveredHeaders headers) implements Entry {}

    record Refused(SppError error, String detail) implements Entry {}
  }

  /** Whether a proxy, or a script in a browser, stands between. */
  static boolean isIndirect(Request request) {
    return request.headers().keySet().stream()
        .anyMatch(name -> OF_PROXIES.contains(name) || name.startsWith(OF_PROXIES_TOO));
  }

  static String target(Request request) {
    return NodeAddress.SPP
        + request.path()
        + (request.query().isEmpty() ? "" : "?" + request.query());
  }

  /**
   * Checks a request, in the order that section 3.2 names.
   *
   * @param confirming whether the session may still wait for its confirmation
   */
  Entry admit(Request request, boolean confirming) {
    try {
      CoveredHeaders headers = CoveredHeaders.of(request.headers());
      if (headers.get(SppHeaders.SESSION) == null) {
        return new Entry.Refused(SppError.UNKNOWN_SESSION, "");
      }
      Octets id = Octets.parse(headers.require(SppHeaders.SESSION), SppLimits.SESSION_BYTES);
      long counter =
          SppHeaders.parseNumber(headers.require(SppHeaders.COUNTER), SppLimits.MAX_COUNTER);
      List<String> mac = request.headers().getOrDefault(SppHeaders.MAC, List.of());
      if (mac.size() != 1) {
        throw new MalformedException("header spp-mac comes " + mac.size() + " times");
      }
      return admit(request, confirming, headers, new Claim(id, counter, mac.get(0).strip()));
    } catch (MalformedException e) {
      return new Entry.Refused(SppError.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
  }

  private record Claim(Octets session, long counter, String mac) {}

  private Entry admit(Request request, boolean confirming, CoveredHeaders headers, Claim claim) {
    Optional<ServerSession> found = sessions.find(claim.session());
    if (found.isEmpty()) {
      return new Entry.Refused(SppError.UNKNOWN_SESSION, "");
    }
    ServerSession session = found.get();
    byte[] canonical =
        CanonicalString.ofRequest(request.method(), target(request), headers, request.body());
    if (!session.key().verifies(canonical, claim.mac())) {
      return new Entry.Refused(SppError.BAD_MAC, "");
    }
    if (!confirming && !sessions.isConfirmed(session)) {
      return new Entry.Refused(SppError.UNCONFIRMED_SESSION, "");
    }
    if (!session.acceptCounter(claim.counter())) {
      return new Entry.Refused(SppError.REPLAY, "");
    }
    sessions.used(session);
    return new Entry.Admitted(session, claim.counter(), headers);
  }
}
