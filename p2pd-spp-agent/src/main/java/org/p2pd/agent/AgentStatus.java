package org.p2pd.agent;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.p2pd.siblings.Acquaintance;
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
 * @param group the other members of its groups that are in view
 */
public record AgentStatus(
    String nodeId,
    String role,
    int titles,
    Optional<StoreStats> store,
    Map<String, Long> counters,
    List<SourceStatus> sources,
    List<MemberStatus> group) {

  public AgentStatus {
    counters = Map.copyOf(counters);
    sources = List.copyOf(sources);
    group = List.copyOf(group);
  }

  /** One member of a group. */
  public record MemberStatus(String id, String role, String relation, String address) {
    static List<MemberStatus> of(List<Acquaintance> inView) {
      return inView.stream()
          .map(
              one ->
                  new MemberStatus(
                      one.member().id().toString(),
                      one.member().role().name().toLowerCase(Locale.ROOT),
                      one.relation().name().toLowerCase(Locale.ROOT),
                      one.member().address().toString()))
          .toList();
    }
  }

  /** One source of blocks. */
  public record SourceStatus(String name, String relation, boolean usable, long receivedBytes) {}
}
