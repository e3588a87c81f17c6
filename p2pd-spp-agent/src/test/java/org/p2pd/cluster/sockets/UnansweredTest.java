package org.p2pd.cluster.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import com.google.common.net.InetAddresses;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Who is left alone for a while. */
class UnansweredTest {

  private final InetSocketAddress one = address("10.0.0.1", 1);
  private final InetSocketAddress samePlace = address("10.0.0.1", 2);
  private final InetSocketAddress other = address("10.0.0.2", 1);
  private long now;
  private final Unanswered unanswered =
      new Unanswered(
          new Ticker() {
            @Override
            public long read() {
              return now;
            }
          });

  private static InetSocketAddress address(String host, int port) {
    return new InetSocketAddress(InetAddresses.forString(host), port);
  }

  @Test
  void anAddressIsLeftAloneForTwoSeconds() {
    unanswered.add(one, false);
    now += Unanswered.REST.toNanos() - 1;
    assertThat(unanswered.contains(one)).isTrue();
    assertThat(unanswered.contains(other)).isFalse();
    now += 1;
    assertThat(unanswered.contains(one)).isFalse();
  }

  @Test
  void whoCallsIsThere() {
    unanswered.add(one, false);
    unanswered.add(samePlace, false);
    unanswered.add(other, false);
    unanswered.called(one.getAddress());
    assertThat(unanswered.contains(one)).isFalse();
    assertThat(unanswered.contains(samePlace)).isFalse();
    assertThat(unanswered.contains(other)).isTrue();
  }

  @Test
  void whoBeginsAnewTriesAll() {
    unanswered.add(one, false);
    unanswered.add(other, false);
    unanswered.forget();
    assertThat(unanswered.contains(one)).isFalse();
    assertThat(unanswered.contains(other)).isFalse();
  }

  @Test
  void itsMemoryHasABound() {
    for (int port = 1; port <= Unanswered.MAX; port++) {
      unanswered.add(address("10.0.0.1", port), false);
    }
    assertThat(unanswered.contains(one)).isTrue();
    unanswered.add(other, false);
    assertThat(unanswered.contains(one)).isFalse();
    assertThat(unanswered.contains(other)).isTrue();
  }

  @Test
  void whoNeverAnsweredIsLeftAloneForLongerAndLonger() {
    for (long seconds : new long[] {2, 4, 8, 16, 32, 32, 32}) {
      unanswered.add(one, true);
      now += TimeUnit.SECONDS.toNanos(seconds) - 1;
      assertThat(unanswered.contains(one)).isTrue();
      now += 1;
      assertThat(unanswered.contains(one)).isFalse();
    }
    unanswered.answered(one);
    unanswered.add(one, true);
    now += Unanswered.REST.toNanos();
    assertThat(unanswered.contains(one)).isFalse();
  }

  @Test
  void whoAnsweredOnceIsTriedAgainSoon() {
    for (int i = 0; i < 5; i++) {
      unanswered.add(one, false);
      now += Unanswered.REST.toNanos();
      assertThat(unanswered.contains(one)).isFalse();
    }
  }
}
