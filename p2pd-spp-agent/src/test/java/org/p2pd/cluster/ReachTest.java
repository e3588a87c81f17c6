package org.p2pd.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** To which addresses a node talks because others named them. */
class ReachTest {

  @ParameterizedTest
  @CsvSource({
    "10.0.0.2,        10.0.0.1,    true",
    "10.0.0.2,        127.0.0.1,   true",
    "10.0.0.2,        cdn.example, true",
    "2001:db8::1,     10.0.0.1,    true",
    "127.0.0.1,       10.0.0.1,    false",
    "127.0.0.1,       cdn.example, false",
    "127.0.0.2,       127.0.0.1,   true",
    "::1,             127.0.0.1,   true",
    "::1,             fd00::1,     false",
    "::ffff:7f00:1,   10.0.0.1,    false",
    "::127.0.0.1,     127.0.0.1,   false",
    "169.254.169.254, 10.0.0.1,    false",
    "169.254.169.254, 127.0.0.1,   false",
    "169.254.1.1,     169.254.1.2, true",
    "fe80::1,         10.0.0.1,    false",
    "224.0.0.1,       224.0.0.2,   false",
    "ff02::1,         10.0.0.1,    false",
    "0.0.0.0,         0.0.0.0,     false",
    "::,              10.0.0.1,    false",
    "localhost,       127.0.0.1,   false",
    "cache.example,   10.0.0.1,    false",
    "127.1,           127.0.0.1,   false",
    "2130706433,      127.0.0.1,   false",
  })
  void itDependsOnHowThisNodeIsReached(String named, String own, boolean admitted) {
    assertThat(Reach.admits(named, own)).isEqualTo(admitted);
  }
}
