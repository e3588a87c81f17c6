package org.p2pd.spp.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.p2pd.identity.NodeKey;
import org.p2pd.identity.PublicKey;
import org.p2pd.spp.Handshake;
import org.p2pd.spp.Octets;
import org.p2pd.spp.Secret;
import org.p2pd.spp.SppLimits;

class SessionTableTest {

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000);
  private final SecureRandom random = new SecureRandom();
  private final Secret secret = Secret.random(random);
  private final SessionTable table =
      new SessionTable(
          new Ticker() {
            @Override
            public long read() {
              return nanos.get();
            }
          });

  private ServerSession session() {
    return sessionOf(NodeKey.generate().publicKey());
  }

  private ServerSession sessionOf(PublicKey key) {
    Handshake.Terms terms =
        new Handshake.Terms(
            Octets.random(32, random),
            Octets.random(32, random),
            key,
            key,
            Octets.random(16, random));
    return new ServerSession(terms, terms.sessionKey(secret), InetAddress.getLoopbackAddress());
  }

  private ServerSession confirmed() {
    return confirmedOf(NodeKey.generate().publicKey());
  }

  private ServerSession confirmedOf(PublicKey key) {
    ServerSession session = sessionOf(key);
    assertThat(table.add(session)).isTrue();
    table.confirm(session);
    return session;
  }

  @Test
  void forgetsTheLeastRecentlyUsedOfTooMany() {
    List<ServerSession> sessions = new ArrayList<>();
    for (int i = 0; i < SppLimits.MAX_SESSIONS; i++) {
      sessions.add(confirmed());
      nanos.incrementAndGet();
    }
    assertThat(table.find(sessions.get(0).id())).isPresent();
    table.used(sessions.get(0));
    for (int i = 0; i < 10; i++) {
      sessions.add(confirmed());
    }
    assertThat(table.confirmedCount()).isEqualTo(SppLimits.MAX_SESSIONS);
    assertThat(table.find(sessions.get(0).id())).isPresent();
    for (int i = 1; i <= 10; i++) {
      assertThat(table.find(sessions.get(i).id())).isEmpty();
    }
    assertThat(table.find(sessions.get(11).id())).isPresent();
  }

  @Test
  void keepsOneNodeFromCrowdingOutTheOthers() {
    ServerSession others = confirmed();
    PublicKey greedy = NodeKey.generate().publicKey();
    List<ServerSession> sessions = new ArrayList<>();
    for (int i = 0; i < SppLimits.MAX_SESSIONS_OF_NODE; i++) {
      sessions.add(confirmedOf(greedy));
    }
    assertThat(sessions.get(0).requestBegins()).isTrue();
    table.find(sessions.get(1).id());
    sessions.add(confirmedOf(greedy));
    assertThat(table.confirmedCount()).isEqualTo(1 + SppLimits.MAX_SESSIONS_OF_NODE);
    assertThat(table.find(sessions.get(0).id())).as("a request is open").isPresent();
    assertThat(table.find(sessions.get(1).id())).as("used since").isPresent();
    assertThat(table.find(sessions.get(2).id())).isEmpty();
    for (int i = 0; i < 2_000; i++) {
      confirmedOf(greedy);
    }
    assertThat(table.find(others.id())).isPresent();
    assertThat(table.confirmedCount()).isEqualTo(1 + SppLimits.MAX_SESSIONS_OF_NODE);
  }

  @Test
  void keepsConfirmedSessionsApartFromThoseThatWait() {
    ServerSession waiting = session();
    table.add(waiting);
    assertThat(table.isConfirmed(waiting)).isFalse();
    assertThat(table.confirmedCount()).isZero();
    table.confirm(waiting);
    assertThat(table.isConfirmed(waiting)).isTrue();
    nanos.addAndGet(SppLimits.CONFIRM_WITHIN.toNanos() + 1);
    assertThat(table.find(waiting.id())).containsSame(waiting);
    table.remove(waiting);
    assertThat(table.find(waiting.id())).isEmpty();
  }
}
