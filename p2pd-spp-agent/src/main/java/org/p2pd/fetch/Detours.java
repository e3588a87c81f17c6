package org.p2pd.fetch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;
import org.p2pd.spp.Referral;

/**
 * Which blocks a parent has referred to another node, which nodes have failed to bring them, and
 * who has put them off (docs/spp.md section 4). Confined to the fetch loop.
 *
 * <pre>
 *   none ── referred ──→ to a node ── it did not bring it ──→ excluding that node ── referred ──→ …
 * </pre>
 */
final class Detours {

  /** As many as one question can name (docs/spp.md section 9). */
  static final int MAX_EXCLUDED = 16;

  /** A block that was put off is asked for again after what the source said, within these. */
  private static final Duration LEAST_PUT_OFF = Duration.ofMillis(250);

  private static final Duration MOST_PUT_OFF = Duration.ofSeconds(5);

  private static final long REMEMBERED_NANOS = Duration.ofSeconds(30).toNanos();
  private static final int CLEANED_ABOVE = 1_024;

  /**
   * What is known of one block.
   *
   * @param target whom to ask next; nothing: as if nothing had been said
   * @param excluded who did not bring it, the latest last
   * @param putOff until when it is not to be asked of a source, by the source's name
   */
  record Detour(
      Optional<Referral> target, List<NodeId> excluded, Map<String, Long> putOff, long untilNanos) {
    static final Detour NONE = new Detour(Optional.empty(), List.of(), Map.of(), 0);

    Detour {
      excluded = List.copyOf(excluded);
      putOff = Map.copyOf(putOff);
    }

    boolean excludes(Optional<NodeId> node) {
      return node.isPresent() && excluded.contains(node.get());
    }

    boolean isPutOffBy(String source, long nowNanos) {
      Long until = putOff.get(source);
      return until != null && nowNanos - until < 0;
    }

    /** As many nodes failed to bring it as one question can name. */
    boolean isFull() {
      return excluded.size() >= MAX_EXCLUDED;
    }

    private Detour to(Optional<Referral> next) {
      return new Detour(next, excluded, putOff, untilNanos);
    }

    /** Whether two blocks can be asked for in one question. */
    boolean isLike(Detour other) {
      return target.equals(other.target) && excluded.equals(other.excluded);
    }
  }

  private record Place(Edition edition, long start) {}

  private final Map<Place, Detour> detours = new HashMap<>();

  Detour of(Edition edition, long start, long nowNanos) {
    Detour known = detours.get(new Place(edition, start));
    return known == null || nowNanos - known.untilNanos() >= 0 ? Detour.NONE : known;
  }

  /**
   * The parent says that the node has it, or is receiving it. If the node has failed to bring it
   * while that question was under way, the parent is asked again, excluding the node.
   */
  void referred(Arrival arrival, Referral referral, long nowNanos) {
    Detour before = of(arrival.edition, arrival.start, nowNanos);
    boolean again = before.excluded().contains(referral.to());
    Optional<Referral> next = again ? Optional.empty() : Optional.of(referral);
    put(new Place(arrival.edition, arrival.start), before.to(next), nowNanos);
  }

  /** A source is not to be asked for the block before that time is over. */
  void putOff(Arrival arrival, String source, Duration pause, long nowNanos) {
    Detour before = of(arrival.edition, arrival.start, nowNanos);
    Map<String, Long> putOff = new HashMap<>(before.putOff());
    putOff.values().removeIf(until -> nowNanos - until >= 0);
    Duration most = pause.compareTo(MOST_PUT_OFF) > 0 ? MOST_PUT_OFF : pause;
    Duration within = most.compareTo(LEAST_PUT_OFF) < 0 ? LEAST_PUT_OFF : most;
    putOff.put(source, nowNanos + within.toNanos());
    put(
        new Place(arrival.edition, arrival.start),
        new Detour(before.target(), before.excluded(), putOff, 0),
        nowNanos);
  }

  /** A sibling did not bring the block, whether it was referred to or claimed it. */
  void failed(Arrival arrival, NodeId node, long nowNanos) {
    failed(arrival.edition, arrival.start, node, nowNanos);
  }

  void failed(Edition edition, long start, NodeId node, long nowNanos) {
    Detour before = of(edition, start, nowNanos);
    List<NodeId> excluded = new ArrayList<>(before.excluded());
    if (!excluded.contains(node)) {
      if (before.isFull()) {
        excluded.remove(0);
      }
      excluded.add(node);
    }
    put(
        new Place(edition, start),
        new Detour(Optional.empty(), excluded, before.putOff(), 0),
        nowNanos);
  }

  /** The block is here. */
  void over(Arrival arrival) {
    if (!detours.isEmpty()) {
      detours.remove(new Place(arrival.edition, arrival.start));
    }
  }

  private void put(Place place, Detour detour, long nowNanos) {
    if (detours.size() >= CLEANED_ABOVE) {
      detours.values().removeIf(old -> nowNanos - old.untilNanos() >= 0);
    }
    detours.put(
        place,
        new Detour(
            detour.target(), detour.excluded(), detour.putOff(), nowNanos + REMEMBERED_NANOS));
  }
}
