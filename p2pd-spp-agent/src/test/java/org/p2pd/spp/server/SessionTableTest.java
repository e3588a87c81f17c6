package org.p2pd.spp.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.p2pd.identity.PublicKey;
import org.p2pd.spp.Handshake;
import org.p2pd.spp.Octets;
import org.p2pd.spp.Secret;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.TestKeys;

class SessionTableTest {

  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000);
  private final SecureRandom random = new SecureRandom();
  private final PublicKey key = TestKeys.first().publicKey();
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
    ServerSession session = session();
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
