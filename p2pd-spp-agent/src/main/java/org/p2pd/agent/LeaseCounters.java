package org.p2pd.agent;

import java.util.Map;
import java.util.Optional;
import org.p2pd.leases.LeaseTable;

/** What a parent decided about its children's questions, for status and metrics. */
final class LeaseCounters {

  private LeaseCounters() {}

  /** Adds them; nothing for a node that has no children. */
  static void add(Map<String, Long> counters, Optional<LeaseTable.Stats> leases) {
    leases.ifPresent(
        stats -> {
          counters.put("lease_claims", (long) stats.claims());
          counters.put("lease_first_bytes_total", stats.firstBytes());
          counters.put("lease_second_bytes_total", stats.secondBytes());
          counters.put("lease_referrals_total", stats.referrals());
          counters.put("lease_put_off_total", stats.laters());
        });
  }
}
