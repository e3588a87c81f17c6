package org.p2pd.fetch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.p2pd.content.Urgency;
import org.p2pd.model.EditionId;

/** The sources known now, each with its record. Confined to the fetch loop. */
final class SourceBook {

  private final Sources sources;
  private final Map<String, SourceRecord> records = new HashMap<>();

  SourceBook(Sources sources) {
    this.sources = sources;
  }

  /** Whom to ask. */
  sealed interface Choice {
    record Ask(SourceRecord source) implements Choice {}

    /** No source can be asked anything now. */
    record Wait() implements Choice {}

    /** No source is to be asked for this edition now. */
    record Avoided() implements Choice {}
  }

  Choice choose(EditionId edition, Urgency urgency, long nowNanos) {
    List<SourceRecord> known = known(nowNanos);
    List<SourceChoice.Candidate> candidates = new ArrayList<>(known.size());
    for (SourceRecord record : known) {
      candidates.add(record.candidate(edition, urgency, nowNanos));
    }
    SourceChoice.Choice choice = SourceChoice.choose(candidates);
    if (choice instanceof SourceChoice.Choice.Ask ask) {
      return new Choice.Ask(known.get(ask.index()));
    }
    return choice instanceof SourceChoice.Choice.Wait ? new Choice.Wait() : new Choice.Avoided();
  }

  /** Whether every source answers, and none has the edition. */
  boolean heldByNone(EditionId edition, long nowNanos) {
    List<SourceRecord> known = known(nowNanos);
    return !known.isEmpty() && known.stream().allMatch(record -> record.lacksForGood(edition));
  }

  /** The mean time from a question to its answer, in seconds; of the slowest source if several. */
  double latencySeconds() {
    return records.values().stream().mapToDouble(SourceRecord::latencySeconds).max().orElse(0);
  }

  private List<SourceRecord> known(long nowNanos) {
    List<BlockSource> current = sources.current();
    List<SourceRecord> known = new ArrayList<>(current.size());
    for (BlockSource source : current) {
      SourceRecord record =
          records.computeIfAbsent(source.name(), name -> new SourceRecord(source, nowNanos));
      record.renewed(source);
      known.add(record);
    }
    if (records.size() > 2 * known.size() + 16) {
      records.values().retainAll(known);
    }
    return known;
  }
}
