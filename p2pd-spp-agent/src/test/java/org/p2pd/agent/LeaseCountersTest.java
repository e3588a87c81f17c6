package org.p2pd.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.p2pd.leases.LeaseTable;

class LeaseCountersTest {

  private final Map<String, Long> counters = new HashMap<>();

  @Test
  void areWhatTheTableDecided() {
    LeaseCounters.add(counters, Optional.of(new LeaseTable.Stats(1, 2, 3, 4, 5)));
    assertThat(counters)
        .isEqualTo(
            Map.of(
                "lease_claims", 1L,
                "lease_first_bytes_total", 2L,
                "lease_second_bytes_total", 3L,
                "lease_referrals_total", 4L,
                "lease_put_off_total", 5L));
  }

  @Test
  void areNoneOfANodeWithoutChildren() {
    LeaseCounters.add(counters, Optional.empty());
    assertThat(counters).isEmpty();
  }
}
