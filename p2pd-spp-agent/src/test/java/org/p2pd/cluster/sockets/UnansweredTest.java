package org.p2pd.cluster.sockets;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import com.google.common.net.InetAddresses;
import java.net.InetSocketAddress;
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
    unanswered.add(one);
    now += Unanswered.REST.toNanos() - 1;
    assertThat(unanswered.contains(one)).isTrue();
    assertThat(unanswered.contains(other)).isFalse();
    now += 1;
    assertThat(unanswered.contains(one)).isFalse();
  }

  @Test
  void whoCallsIsThere() {
    unanswered.add(one);
    unanswered.add(samePlace);
    unanswered.add(other);
    unanswered.called(one.getAddress());
    assertThat(unanswered.contains(one)).isFalse();
    assertThat(unanswered.contains(samePlace)).isFalse();
    assertThat(unanswered.contains(other)).isTrue();
  }

  @Test
  void whoBeginsAnewTriesAll() {
    unanswered.add(one);
    unanswered.add(other);
    unanswered.forget();
    assertThat(unanswered.contains(one)).isFalse();
    assertThat(unanswered.contains(other)).isFalse();
  }

  @Test
  void itsMemoryHasABound() {
    for (int port = 1; port <= Unanswered.MAX; port++) {
      unanswered.add(address("10.0.0.1", port));
    }
    assertThat(unanswered.contains(one)).isTrue();
    unanswered.add(other);
    assertThat(unanswered.contains(one)).isFalse();
    assertThat(unanswered.contains(other)).isTrue();
  }
}
