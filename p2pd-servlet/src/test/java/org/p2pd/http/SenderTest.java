package org.p2pd.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The proxies 127.0.0.1 and 10.0.0.0/24 are believed, and nobody else. */
class SenderTest {

  private static final List<Subnet> TRUSTED =
      List.of(Subnet.parse("127.0.0.1").get(), Subnet.parse("10.0.0.0/24").get());

  private static Sender through(String peer, String forwardedFor) {
    return Sender.throughProxy(
        InetAddresses.forString(peer), Optional.ofNullable(forwardedFor), TRUSTED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "203.0.113.7                       | 203.0.113.7",
        "127.0.0.1, 203.0.113.7            | 203.0.113.7",
        "1.1.1.1, 203.0.113.7, 10.0.0.8    | 203.0.113.7",
        "evil\", 203.0.113.7               | 203.0.113.7",
        "203.0.113.7,10.0.0.8 ,\t10.0.0.9  | 203.0.113.7",
        "2001:db8::7                       | 2001:db8::7",
        "[2001:db8::7]                     | 2001:db8::7",
        "10.0.0.8                          | 10.0.0.8",
        "10.0.0.8, 10.0.0.9                | 10.0.0.8",
      })
  void isTheLastOneThatNoTrustedProxyIs(String forwardedFor, String viewer) {
    assertThat(through("127.0.0.1", forwardedFor))
        .isEqualTo(new Sender(InetAddresses.forString(viewer), Sender.Way.TRUSTED_PROXY));
    assertThat(through("10.0.0.200", forwardedFor).way()).isEqualTo(Sender.Way.TRUSTED_PROXY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.2", "10.0.1.1", "203.0.113.7", "::1"})
  void isNobodyKnownBehindAnotherProxyWhateverItSays(String peer) {
    for (String claim : List.of("127.0.0.1", "10.0.0.1", "")) {
      assertThat(through(peer, claim))
          .isEqualTo(new Sender(Sender.NOWHERE, Sender.Way.UNKNOWN_PROXY));
    }
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        ",",
        "unknown",
        "127.0.0.1,",
        "203.0.113.7:4711",
        "203.0.113.7, unknown",
        "for=203.0.113.7",
        "localhost"
      })
  void isNobodyKnownWhenTheProxySaysNothingThatCanBe(String forwardedFor) {
    assertThat(through("127.0.0.1", forwardedFor))
        .isEqualTo(new Sender(Sender.NOWHERE, Sender.Way.SILENT_PROXY));
  }

  @Test
  void isNotLookedForBehindMoreProxiesThanAnyoneHas() {
    String chain = "203.0.113.7" + ", 10.0.0.1".repeat(Sender.MAX_PROXIES - 1);
    assertThat(through("127.0.0.1", chain).way()).isEqualTo(Sender.Way.TRUSTED_PROXY);
    assertThat(through("127.0.0.1", chain + ", 10.0.0.1").way()).isEqualTo(Sender.Way.SILENT_PROXY);
  }

  @Test
  void isInNoSubnetButThatOfEveryoneWhenNotKnown() {
    assertThat(Subnet.anyContains(Subnet.EVERYONE, Sender.NOWHERE)).isTrue();
    assertThat(Subnet.anyContains(Subnet.LOOPBACK, Sender.NOWHERE)).isFalse();
  }
}
