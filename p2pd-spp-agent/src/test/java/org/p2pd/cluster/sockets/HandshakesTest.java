package org.p2pd.cluster.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import com.google.common.net.InetAddresses;
import com.google.common.util.concurrent.Uninterruptibles;
import java.net.InetAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How many may wait for a stranger at once. */
class HandshakesTest {

  private static final int MOST_OF_ONE = 6;
  private static final int MOST_WAITING = 40;

  private final AtomicLong now = new AtomicLong();
  private final Handshakes handshakes =
      new Handshakes(
          "p2pd-cluster-test",
          MOST_OF_ONE,
          MOST_WAITING,
          new Ticker() {
            @Override
            public long read() {
              return now.get();
            }
          });
  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicInteger ran = new AtomicInteger();

  @AfterEach
  void end() throws InterruptedException {
    end.countDown();
    handshakes.shutdown();
    assertThat(handshakes.awaitEnd(30)).isTrue();
  }

  private static InetAddress host(int n) {
    return InetAddresses.forString("10.0.0." + n);
  }

  private void hang() {
    try {
      assertThat(end.await(60, TimeUnit.SECONDS)).isTrue();
      ran.incrementAndGet();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private int begun(InetAddress with, int times) {
    int begun = 0;
    for (int i = 0; i < times; i++) {
      begun += handshakes.begin(with, this::hang, () -> {}) ? 1 : 0;
    }
    return begun;
  }

  @Test
  void oneOtherHasAPartOfThem() throws InterruptedException {
    assertThat(begun(host(1), 50)).isEqualTo(MOST_OF_ONE);
    CountDownLatch other = new CountDownLatch(1);
    assertThat(handshakes.begin(host(2), other::countDown, () -> {})).isTrue();
    assertThat(other.await(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void allOfThemTogetherHaveABound() throws InterruptedException {
    int begun = 0;
    for (int host = 1; host <= 50; host++) {
      begun += begun(host(host), 5);
    }
    assertThat(begun).isEqualTo(Handshakes.THREADS + MOST_WAITING);
    end.countDown();
    handshakes.shutdown();
    assertThat(handshakes.awaitEnd(60)).isTrue();
    assertThat(ran).hasValue(begun);
  }

  @Test
  void anAddressMayBeginAgainWhenOneHasEnded() throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      CountDownLatch done = new CountDownLatch(1);
      while (!handshakes.begin(host(1), done::countDown, () -> {})) {
        Thread.onSpinWait(); // the last one is about to end
      }
      assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void afterItsEndNothingBegins() {
    handshakes.shutdown();
    assertThat(handshakes.begin(host(1), ran::incrementAndGet, () -> {})).isFalse();
  }

  @Test
  void whoTakesLongIsGivenUpOnlyWhileOthersWait() throws InterruptedException {
    AtomicInteger givenUp = new AtomicInteger();
    CountDownLatch begun = new CountDownLatch(Handshakes.THREADS);
    for (int i = 0; i < Handshakes.THREADS; i++) {
      CountDownLatch gone = new CountDownLatch(1);
      assertThat(
              handshakes.begin(
                  host(i),
                  () -> {
                    begun.countDown();
                    Uninterruptibles.awaitUninterruptibly(gone);
                  },
                  () -> {
                    givenUp.incrementAndGet();
                    gone.countDown();
                  }))
          .isTrue();
    }
    assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
    now.set(Handshakes.LONG_ENOUGH.toNanos() - 1);
    CountDownLatch served = new CountDownLatch(1);
    handshakes.makeRoom();
    assertThat(handshakes.begin(host(99), served::countDown, () -> {})).isTrue();
    handshakes.makeRoom();
    assertThat(givenUp).as("they have not taken long").hasValue(0);
    now.incrementAndGet();
    handshakes.makeRoom();
    assertThat(served.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(givenUp).hasValue(Handshakes.THREADS);
  }

  @Test
  void whoTakesLongIsLeftInPeaceWhileNobodyWaits() throws InterruptedException {
    AtomicInteger givenUp = new AtomicInteger();
    CountDownLatch begun = new CountDownLatch(1);
    assertThat(
            handshakes.begin(
                host(1),
                () -> {
                  begun.countDown();
                  hang();
                },
                givenUp::incrementAndGet))
        .isTrue();
    assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
    now.set(10 * Handshakes.LONG_ENOUGH.toNanos());
    handshakes.makeRoom();
    assertThat(givenUp).hasValue(0);
  }
}
