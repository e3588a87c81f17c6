package org.p2pd.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubnetTest {

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, ::1, false",
    "::/0, ::1, true",
    "::/0, 127.0.0.1, false",
    "10.0.0.0/8, 10.255.0.1, true",
    "10.0.0.0/8, 11.0.0.1, false",
    "10.1.2.3/8, 10.9.9.9, true",
    "192.168.4.0/22, 192.168.7.255, true",
    "192.168.4.0/22, 192.168.8.0, false",
    "10.0.0.7, 10.0.0.7, true",
    "10.0.0.7, 10.0.0.6, false",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
    "[::1], ::1, true",
    "[2001:db8::]/32, 2001:db8::1, true",
    "::ffff:10.0.0.0/8, 10.1.1.1, true",
  })
  void holdsAddresses(String subnet, String address, boolean holds) {
    assertThat(Subnet.parse(subnet).orElseThrow().contains(InetAddresses.forString(address)))
        .isEqualTo(holds);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "10.0.0.0/33",
        "::/129",
        "10.0.0/8",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0.0/a",
        "example.com/8",
        "10.0.0.0/8/8",
        "fe80::1%eth0/64",
        "10.0.0.256",
        " 10.0.0.1"
      })
  void isNotParsedFromAnythingElse(String text) {
    assertThat(Subnet.parse(text)).isEmpty();
  }

  @Test
  void mappedIpv4IsIpv4() throws UnknownHostException {
    byte[] mapped = new byte[16];
    mapped[10] = mapped[11] = -1;
    mapped[12] = 10;
    InetAddress address = Inet6Address.getByAddress(null, mapped, -1);
    assertThat(Subnet.parse("10.0.0.0/8").orElseThrow().contains(address)).isTrue();
  }

  @Test
  void equalBlocksAreEqual() {
    assertThat(Subnet.parse("10.1.2.3/8")).isEqualTo(Subnet.parse("10.0.0.0/8"));
    assertThat(Subnet.parse("10.1.2.3/8").orElseThrow()).hasToString("10.0.0.0/8");
    assertThat(Subnet.parse("[::1]").orElseThrow()).hasToString("::1/128");
  }
}
