package org.p2pd.spp.server;

import com.google.common.base.Ticker;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.p2pd.identity.PublicKey;
import org.p2pd.spp.Octets;
import org.p2pd.spp.SppLimits;

/**
 * The sessions in which others ask this node, bounded (docs/spp.md section 3.1). Thread-safe.
 *
 * <pre>
 *   add → UNCONFIRMED → confirm → CONFIRMED → unused for 10 minutes, or crowded out by others
 *                    |                        of its node or of all, or removed
 *                    ↘ not confirmed within 10 s, or removed
 * </pre>
 */
final class SessionTable {

  private final Ticker ticker;

  /** Oldest first. */
  @GuardedBy("this")
  private final Map<Octets, ServerSession> unconfirmed = new LinkedHashMap<>();

  /** Least recently used first. */
  @GuardedBy("this")
  private final Map<Octets, ServerSession> confirmed = new LinkedHashMap<>(16, 0.75f, true);

  SessionTable(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Takes a session that waits for its confirmation; false if too many do. */
  synchronized boolean add(ServerSession session) {
    dropUnconfirmed();
    long ofAddress =
        unconfirmed.values().stream()
            .filter(other -> other.address().equals(session.address()))
            .count();
    if (unconfirmed.size() >= SppLimits.MAX_UNCONFIRMED
        || ofAddress >= SppLimits.MAX_UNCONFIRMED_OF_ADDRESS) {
      return false;
    }
    session.usedAtNanos = ticker.read();
    unconfirmed.put(session.id(), session);
    return true;
  }

  @GuardedBy("this")
  private void dropUnconfirmed() {
    long now = ticker.read();
    Iterator<ServerSession> oldest = unconfirmed.values().iterator();
    while (oldest.hasNext()
        && now - oldest.next().usedAtNanos > SppLimits.CONFIRM_WITHIN.toNanos()) {
      oldest.remove();
    }
  }

  /** The session of that name, confirmed or not, if it has not run out. */
  synchronized Optional<ServerSession> find(Octets id) {
    dropUnconfirmed();
    ServerSession waiting = unconfirmed.get(id);
    if (waiting != null) {
      return Optional.of(waiting);
    }
    ServerSession session = confirmed.get(id);
    if (session == null) {
      return Optional.empty();
    }
    if (ticker.read() - session.usedAtNanos > SppLimits.SESSION_IDLE.toNanos()) {
      confirmed.remove(id);
      return Optional.empty();
    }
    return Optional.of(session);
  }

  synchronized boolean isConfirmed(ServerSession session) {
    return session.confirmed;
  }

  synchronized void confirm(ServerSession session) {
    if (unconfirmed.remove(session.id(), session)) {
      session.confirmed = true;
      dropOneOf(session.peer());
      confirmed.put(session.id(), session);
      dropUnused();
    }
    used(session);
  }

  /** Makes room for one more of that node: at the expense of no other node. */
  @GuardedBy("this")
  private void dropOneOf(PublicKey peer) {
    List<ServerSession> ofNode =
        confirmed.values().stream().filter(other -> other.peer().equals(peer)).toList();
    if (ofNode.size() >= SppLimits.MAX_SESSIONS_OF_NODE) {
      ServerSession dropped =
          ofNode.stream().filter(ServerSession::isIdle).findFirst().orElse(ofNode.get(0));
      confirmed.remove(dropped.id());
    }
  }

  @GuardedBy("this")
  private void dropUnused() {
    long now = ticker.read();
    Iterator<ServerSession> leastUsed = confirmed.values().iterator();
    while (leastUsed.hasNext()) {
      ServerSession session = leastUsed.next();
      boolean idle = now - session.usedAtNanos > SppLimits.SESSION_IDLE.toNanos();
      if (!idle && confirmed.size() <= SppLimits.MAX_SESSIONS) {
        return;
      }
      leastUsed.remove();
    }
  }

  /** A request of the session was accepted. */
  synchronized void used(ServerSession session) {
    session.usedAtNanos = ticker.read();
  }

  synchronized void remove(ServerSession session) {
    unconfirmed.remove(session.id(), session);
    confirmed.remove(session.id(), session);
  }

  synchronized int confirmedCount() {
    return confirmed.size();
  }

  synchronized void clear() {
    unconfirmed.clear();
    confirmed.clear();
  }
}
