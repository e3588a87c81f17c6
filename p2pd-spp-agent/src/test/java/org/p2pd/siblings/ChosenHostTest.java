package org.p2pd.siblings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ChosenHostTest {

  private final ChosenHost host = new ChosenHost();

  @Test
  void isTheFirstWay() {
    assertThat(host.next("10.0.0.2", false)).isEqualTo("10.0.0.2");
  }

  @Test
  void staysWhileItWorks() {
    host.next("10.0.0.2", false);
    for (int i = 0; i < 5; i++) {
      assertThat(host.next("192.168.0.2", true)).isEqualTo("10.0.0.2");
    }
  }

  @Test
  void becomesAnotherThatIsTheWayTwiceInARow() {
    host.next("10.0.0.2", false);
    assertThat(host.next("192.168.0.2", false)).isEqualTo("10.0.0.2");
    assertThat(host.next("192.168.0.2", false)).isEqualTo("192.168.0.2");
    assertThat(host.next("192.168.0.2", false)).isEqualTo("192.168.0.2");
  }

  @Test
  void staysWhenTheWayAlternates() {
    host.next("10.0.0.2", false);
    for (int i = 0; i < 10; i++) {
      assertThat(host.next("192.168.0." + (i % 2), false)).isEqualTo("10.0.0.2");
    }
    for (int i = 0; i < 10; i++) {
      assertThat(host.next(i % 2 == 0 ? "192.168.0.2" : "10.0.0.2", false)).isEqualTo("10.0.0.2");
    }
  }

  @Test
  void doesNotCountWhatWasSaidWhileItWorked() {
    host.next("10.0.0.2", false);
    host.next("192.168.0.2", false);
    host.next("192.168.0.2", true);
    assertThat(host.next("192.168.0.2", false)).isEqualTo("10.0.0.2");
  }
}
