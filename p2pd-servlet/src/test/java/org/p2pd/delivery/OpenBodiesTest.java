package org.p2pd.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenBodiesTest {

  private final OpenBodies bodies = new OpenBodies();
  private final List<OpenBodies.Place> places = new ArrayList<>();

  private void fill(String address, int count) {
    for (int i = 0; i < count; i++) {
      places.add(bodies.enter(address).orElseThrow());
    }
  }

  @Test
  void oneAddressDoesNotKeepTheOthersOut() {
    fill("10.0.0.1", OpenBodies.MOST_OF_ADDRESS);
    assertThat(bodies.enter("10.0.0.1")).isEmpty();
    assertThat(bodies.enter("10.0.0.2")).isPresent();
  }

  @Test
  void allTogetherAreBoundedToo() {
    for (int i = 0; i < OpenBodies.MOST / OpenBodies.MOST_OF_ADDRESS; i++) {
      fill("10.0.0." + i, OpenBodies.MOST_OF_ADDRESS);
    }
    assertThat(bodies.enter("10.0.1.1")).isEmpty();
    places.get(0).close();
    assertThat(bodies.enter("10.0.1.1")).isPresent();
  }

  @Test
  void whoLeavesTwiceMakesOnePlace() {
    fill("10.0.0.1", OpenBodies.MOST_OF_ADDRESS);
    places.get(0).close();
    places.get(0).close();
    assertThat(bodies.enter("10.0.0.1")).isPresent();
    assertThat(bodies.enter("10.0.0.1")).isEmpty();
  }
}
