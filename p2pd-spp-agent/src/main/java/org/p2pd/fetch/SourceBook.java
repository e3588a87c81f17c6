package org.p2pd.fetch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.p2pd.content.Urgency;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;
import org.p2pd.spp.Referral;

/** The sources known now, each with its record. Confined to the fetch loop. */
final class SourceBook {

  private final Sources sources;
  private final Detours detours;
  private final FetchCounters counters;
  private final double parentBelow;
  private final Map<Key, SourceRecord> records = new HashMap<>();

  /**
   * @param detours what is known of single blocks
   * @param counters forget the sources that are forgotten here
   * @param parentBelow a parent helps busy siblings whose rates sum up to less, in bytes a second
   */
  SourceBook(Sources sources, Detours detours, FetchCounters counters, double parentBelow) {
    this.sources = sources;
    this.detours = detours;
    this.counters = counters;
    this.parentBelow = parentBelow;
  }

  /**
   * By what a source is known. A sibling is who it is, not where it is said to be: a member can
   * sign any address, and must not get the record of another node by that.
   */
  private record Key(BlockSource.Relation relation, String name, Optional<NodeId> sibling) {
    static Key of(BlockSource source) {
      boolean sibling = source.relation() == BlockSource.Relation.SIBLING;
      return new Key(source.relation(), source.name(), sibling ? source.node() : Optional.empty());
    }
  }

  /**
   * What somebody is to be asked for.
   *
   * @param position of the first byte, where a block begins
   * @param bytes about how much
   * @param late another one was asked, and a viewer waits too long
   */
  record Wish(Edition edition, long position, Urgency urgency, long bytes, boolean late) {
    Wish(Edition edition, long position, Urgency urgency, long bytes) {
      this(edition, position, urgency, bytes, false);
    }

    /** A block that is late at a play head. */
    static Wish late(Arrival arrival) {
      return new Wish(arrival.edition, arrival.start, Urgency.PLAY_HEAD, arrival.lengthBytes, true);
    }
  }

  /** Whom to ask; nothing: no source can be asked now, or none is to be for this edition. */
  Optional<SourceRecord> choose(Wish wish, long nowNanos) {
    return choose(known(nowNanos), wish, nowNanos);
  }

  /**
   * The source to which a parent referred, if it can be asked now; one that has lately been far too
   * slow, or worse, is not.
   */
  Optional<SourceRecord> referred(Referral referral, Edition edition, long nowNanos) {
    return sources
        .referred(referral)
        .map(source -> record(source, nowNanos))
        .filter(record -> record.canBeAsked(edition, nowNanos));
  }

  /** Another source than this one, for a block at a play head that is late. */
  Optional<SourceRecord> chooseOther(SourceRecord than, Wish wish, long nowNanos) {
    return choose(without(than, nowNanos), wish, nowNanos);
  }

  /** A parent, or else a stand-in, other than this one. */
  Optional<SourceRecord> chooseUpstream(SourceRecord than, Wish wish, long nowNanos) {
    List<SourceRecord> upstream =
        without(than, nowNanos).stream().filter(SourceRecord::isUpstream).toList();
    return choose(upstream, wish, nowNanos);
  }

  private List<SourceRecord> without(SourceRecord than, long nowNanos) {
    return known(nowNanos).stream().filter(one -> one != than).toList();
  }

  private Optional<SourceRecord> choose(List<SourceRecord> known, Wish wish, long nowNanos) {
    Detours.Detour detour = detours.of(wish.edition(), wish.position(), nowNanos);
    double assumed = assumedRate(known, nowNanos);
    List<SourceChoice.Candidate> candidates = new ArrayList<>(known.size());
    for (SourceRecord record : known) {
      candidates.add(record.candidate(wish, detour, assumed, nowNanos));
    }
    if (candidates.stream().noneMatch(SourceChoice.Candidate::isSound)) {
      // Nobody sound says that he has it: those who may are asked. A wrong guess costs a question.
      for (int i = 0; i < known.size(); i++) {
        if (known.get(i).source().mayHave(wish.edition(), wish.position())) {
          candidates.set(i, candidates.get(i).offering());
        }
      }
    }
    OptionalInt chosen = SourceChoice.choose(candidates, wish.urgency(), parentBelow);
    return chosen.isPresent() ? Optional.of(known.get(chosen.getAsInt())) : Optional.empty();
  }

  /**
   * What a source is taken for that was not measured yet, in bytes a second: one like the others,
   * within 10 and 100 Mbit/s. So it gets its chance, and none that others deserve more.
   */
  private static double assumedRate(List<SourceRecord> known, long nowNanos) {
    double[] rates =
        known.stream()
            .filter(record -> record.throughput.isMeasured(nowNanos))
            .mapToDouble(record -> record.throughput.recentBytesPerSecond(nowNanos))
            .sorted()
            .toArray();
    double median = rates.length == 0 ? Throughput.FIRST_BYTES_PER_SECOND : rates[rates.length / 2];
    return Math.max(
        Throughput.MODEST_BYTES_PER_SECOND, Math.min(Throughput.FIRST_BYTES_PER_SECOND, median));
  }

  /**
   * How soon one that has shown how fast it is would have delivered what another one is to bring,
   * in seconds; infinite if none would.
   *
   * @param asked all who are to bring it already
   */
  double otherSeconds(SourceRecord than, Set<SourceRecord> asked, Wish wish, long nowNanos) {
    Detours.Detour detour = detours.of(wish.edition(), wish.position(), nowNanos);
    return known(nowNanos).stream()
        .filter(record -> record != than && !asked.contains(record))
        .filter(record -> record.isWilling(wish.edition(), wish.position(), detour, nowNanos))
        .mapToDouble(record -> record.provenSeconds(wish, !than.isUpstream(), nowNanos))
        .min()
        .orElse(Double.POSITIVE_INFINITY);
  }

  /** Whoever did not hold one of these may be asked for it again at once. */
  void published(List<EditionId> editions) {
    for (SourceRecord record : records.values()) {
      editions.forEach(record::published);
    }
  }

  /** Whether everyone who could get that byte answers, and nobody has it. */
  boolean heldByNone(Edition edition, long position, long nowNanos) {
    List<SourceRecord> known = known(nowNanos);
    return !known.isEmpty()
        && known.stream().allMatch(record -> record.lacksForGood(edition, position, nowNanos));
  }

  /** Whether another source than this one could be asked for that byte now. */
  boolean hasOther(SourceRecord than, Edition edition, long position, long nowNanos) {
    Detours.Detour detour = detours.of(edition, position, nowNanos);
    return known(nowNanos).stream()
        .anyMatch(
            record -> record != than && record.isWilling(edition, position, detour, nowNanos));
  }

  /** The mean time from a question to its answer, in seconds; of the slowest source if several. */
  double latencySeconds() {
    return records.values().stream()
        .mapToDouble(record -> record.throughput.latencySeconds())
        .max()
        .orElse(0);
  }

  private SourceRecord record(BlockSource source, long nowNanos) {
    SourceRecord record =
        records.computeIfAbsent(Key.of(source), key -> new SourceRecord(source, nowNanos));
    record.renewed(source);
    return record;
  }

  private List<SourceRecord> known(long nowNanos) {
    List<BlockSource> current = sources.current();
    List<SourceRecord> known = new ArrayList<>(current.size());
    for (BlockSource source : current) {
      known.add(record(source, nowNanos));
    }
    if (records.size() > 2 * known.size() + 16) {
      records.values().retainAll(known);
      counters.keepOnly(known.stream().map(SourceRecord::name).collect(Collectors.toSet()));
    }
    return known;
  }
}
