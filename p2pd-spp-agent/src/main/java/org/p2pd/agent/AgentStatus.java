package org.p2pd.agent;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.p2pd.store.StoreStats;

/**
 * What a node knows of itself, for status and metrics.
 *
 * @param nodeId this node
 * @param role {@code server} or {@code cache}
 * @param titles published titles known
 * @param store a cache's disk
 * @param counters by metric name without prefix: monotonic since start where the name ends in
 *     {@code _total} ({@code spp_sent_bytes_total} …), as it is now otherwise ({@code
 *     open_readings} …)
 * @param sources who sent how much to this node
 */
public record AgentStatus(
    String nodeId,
    String role,
    int titles,
    Optional<StoreStats> store,
    Map<String, Long> counters,
    List<SourceStatus> sources) {

  public AgentStatus {
    counters = Map.copyOf(counters);
    sources = List.copyOf(sources);
  }

  /** One source of blocks. */
  public record SourceStatus(String name, String relation, boolean usable, long receivedBytes) {}
}
