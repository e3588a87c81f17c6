package org.p2pd.spp.server;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicInteger;
import org.p2pd.identity.PublicKey;
import org.p2pd.spp.Handshake;
import org.p2pd.spp.Octets;
import org.p2pd.spp.ReplayWindow;
import org.p2pd.spp.SessionKey;
import org.p2pd.spp.SppLimits;

/** One session in which another node asks this one. Thread-safe. */
final class ServerSession {

  private final Handshake.Terms terms;
  private final SessionKey key;
  private final InetAddress address;
  private final AtomicInteger openRequests = new AtomicInteger();
  private final AtomicInteger largeAnswers = new AtomicInteger();

  @GuardedBy("window")
  private final ReplayWindow window = new ReplayWindow();

  /** Guarded by the session table. */
  long usedAtNanos;

  /** Guarded by the session table. */
  boolean confirmed;

  ServerSession(Handshake.Terms terms, SessionKey key, InetAddress address) {
    this.terms = terms;
    this.key = key;
    this.address = address;
  }

  Octets id() {
    return terms.session();
  }

  PublicKey peer() {
    return terms.keyA();
  }

  SessionKey key() {
    return key;
  }

  InetAddress address() {
    return address;
  }

  /** Whether the asker proved that it holds the key that it showed. */
  boolean confirmedBy(Octets signature) {
    return peer().verify(terms.signedByA(), signature.toBytes());
  }

  boolean acceptCounter(long counter) {
    synchronized (window) {
      return window.accept(counter);
    }
  }

  /** Whether one more request may be open; if so, {@link #requestEnded} follows. */
  boolean requestBegins() {
    if (openRequests.incrementAndGet() <= SppLimits.MAX_OPEN_REQUESTS) {
      return true;
    }
    openRequests.decrementAndGet();
    return false;
  }

  void requestEnded() {
    openRequests.decrementAndGet();
  }

  /** Whether no request is open. */
  boolean isIdle() {
    return openRequests.get() == 0;
  }

  /** Whether one more large answer may be on its way; if so, {@link #largeAnswerEnded} follows. */
  boolean largeAnswerBegins() {
    if (largeAnswers.incrementAndGet() <= SppLimits.MAX_LARGE_ANSWERS) {
      return true;
    }
    largeAnswers.decrementAndGet();
    return false;
  }

  void largeAnswerEnded() {
    largeAnswers.decrementAndGet();
  }
}
