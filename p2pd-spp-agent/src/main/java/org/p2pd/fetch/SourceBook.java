package org.p2pd.fetch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.p2pd.content.Urgency;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;

/** The sources known now, each with its record. Confined to the fetch loop. */
final class SourceBook {

  private final Sources sources;
  private final double parentBelow;
  private final Map<String, SourceRecord> records = new HashMap<>();

  /**
   * @param parentBelow a parent helps busy siblings whose rates sum up to less, in bytes a second
   */
  SourceBook(Sources sources, double parentBelow) {
    this.sources = sources;
    this.parentBelow = parentBelow;
  }

  /** Whom to ask. */
  sealed interface Choice {
    record Ask(SourceRecord source) implements Choice {}

    /** No source can be asked anything now. */
    record Wait() implements Choice {}

    /** No source is to be asked for this edition now. */
    record Avoided() implements Choice {}
  }

  /** Whom to ask for about {@code spanBytes} of the edition from {@code position} on. */
  Choice choose(Edition edition, long position, Urgency urgency, long spanBytes, long nowNanos) {
    return choose(known(nowNanos), edition, position, urgency, spanBytes, nowNanos);
  }

  /** The source to which a parent referred, if it can be asked now. */
  Optional<SourceRecord> referred(Detours.Target target, Edition edition, long nowNanos) {
    return sources
        .referred(target.node(), target.at())
        .map(source -> record(source, nowNanos))
        .filter(record -> record.canBeAsked(edition, nowNanos));
  }

  /** Another source than this one, for a block at a play head that is late. */
  Choice chooseOther(
      SourceRecord than, Edition edition, long position, long blockBytes, long nowNanos) {
    List<SourceRecord> others = known(nowNanos).stream().filter(one -> one != than).toList();
    return choose(others, edition, position, Urgency.PLAY_HEAD, blockBytes, nowNanos);
  }

  private Choice choose(
      List<SourceRecord> known,
      Edition edition,
      long position,
      Urgency urgency,
      long spanBytes,
      long nowNanos) {
    List<SourceChoice.Candidate> candidates = new ArrayList<>(known.size());
    for (SourceRecord record : known) {
      candidates.add(record.candidate(edition, position, urgency, spanBytes, nowNanos));
    }
    if (candidates.stream().noneMatch(SourceChoice.Candidate::isSound)) {
      // Nobody sound says that he has it: those who may are asked. A wrong guess costs a question.
      for (int i = 0; i < known.size(); i++) {
        if (known.get(i).source().mayHave(edition, position)) {
          candidates.set(i, candidates.get(i).offering());
        }
      }
    }
    SourceChoice.Choice choice = SourceChoice.choose(candidates, urgency, parentBelow);
    if (choice instanceof SourceChoice.Choice.Ask ask) {
      return new Choice.Ask(known.get(ask.index()));
    }
    return choice instanceof SourceChoice.Choice.Wait ? new Choice.Wait() : new Choice.Avoided();
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
    return known(nowNanos).stream()
        .anyMatch(record -> record != than && record.isWilling(edition, position, nowNanos));
  }

  /** The mean time from a question to its answer, in seconds; of the slowest source if several. */
  double latencySeconds() {
    return records.values().stream().mapToDouble(SourceRecord::latencySeconds).max().orElse(0);
  }

  private SourceRecord record(BlockSource source, long nowNanos) {
    SourceRecord record =
        records.computeIfAbsent(source.name(), name -> new SourceRecord(source, nowNanos));
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
    }
    return known;
  }
}
