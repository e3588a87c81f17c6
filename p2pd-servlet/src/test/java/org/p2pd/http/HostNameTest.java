package org.p2pd.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostNameTest {

  @ParameterizedTest
  @CsvSource({
    "cdn.example.com, cdn.example.com",
    "CDN.Example.COM:8080, cdn.example.com",
    "cdn.example.com., cdn.example.com",
    "cdn.example.com.:80, cdn.example.com",
    "cdn.example.com:, cdn.example.com",
    "10.0.0.2:8080, 10.0.0.2",
    "[::1]:8080, ::1",
    "[2001:DB8:0:0::1], 2001:db8::1",
    "under_score, under_score",
    "localhost, localhost",
  })
  void isTheHostFieldWithoutPort(String field, String name) {
    assertThat(HostName.ofHostHeader(field)).contains(new HostName(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":80",
        ".",
        "a..b",
        "-a.b",
        "a b",
        "a,b",
        "::1",
        "[::1",
        "::1]",
        "[example.com]",
        "[::1]x:80",
        "user@host",
        "host:port",
        "host:99999999",
        "a/b",
        "é.com",
        "[1.2.3.4]"
      })
  void nothingElseIsOne(String field) {
    assertThat(HostName.ofHostHeader(field)).isEmpty();
  }
}
