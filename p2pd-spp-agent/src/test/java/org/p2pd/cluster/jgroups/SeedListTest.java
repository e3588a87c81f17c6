package org.p2pd.cluster.jgroups;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jgroups.stack.IpAddress;
import org.junit.jupiter.api.Test;
import org.p2pd.cluster.Seed;

/** Where members are looked for. */
class SeedListTest {

  private final SeedList seeds = new SeedList();

  private static Seed seed(int n) {
    return new Seed("10.0." + n / 256 + "." + n % 256, 8_081);
  }

  @Test
  void itSaysWhetherItLearnedAny() {
    assertThat(seeds.add(List.of(seed(1), seed(2)))).isTrue();
    assertThat(seeds.add(List.of(seed(2), seed(1)))).isFalse();
    assertThat(seeds.add(List.of())).isFalse();
    assertThat(seeds.add(List.of(seed(1), seed(3)))).isTrue();
  }

  @Test
  void ofTooManyThoseNamedLastStay() throws Exception {
    List<Seed> many = new ArrayList<>();
    for (int n = 0; n < SeedList.MAX; n++) {
      many.add(seed(n));
    }
    seeds.add(many);
    seeds.add(List.of(seed(0), seed(1_000)));
    assertThat(seeds.places())
        .hasSize(SeedList.MAX)
        .contains(new IpAddress("10.0.0.0", 8_081), new IpAddress("10.0.3.232", 8_081))
        .doesNotContain(new IpAddress("10.0.0.1", 8_081));
  }

  @Test
  void namesAreLookedUpAndThoseWithoutAnAddressLeftOut() throws Exception {
    seeds.add(List.of(new Seed("no-such-host.invalid", 1), new Seed("127.0.0.1", 2)));
    seeds.add(List.of(new Seed("::1", 3)));
    assertThat(seeds.places())
        .containsExactly(new IpAddress("127.0.0.1", 2), new IpAddress("::1", 3));
  }
}
