package org.p2pd.store;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.EditionId;
import org.p2pd.store.EditionSurvey.Summary;
import org.p2pd.store.EvictionOrder.Candidate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What counts for an edition when something has to go: whether a title names it, and when it was
 * wanted. Both are remembered on disk, and only the order of eviction after a restart depends on
 * that: what cannot be written down is not. Guarded by the monitor of its {@link StoredEdition}.
 */
final class Standing {

  /** How much later it has to be wanted to be worth a write. */
  private static final long GRAIN_MILLIS = Duration.ofMinutes(1).toMillis();

  private static final Logger log = LoggerFactory.getLogger(Standing.class);

  private final StoreParts parts;
  private final EditionId id;
  private boolean named = true;
  private long wantedMillis;
  private long recordedMillis;

  Standing(StoreParts parts, EditionId id) {
    this.parts = parts;
    this.id = id;
  }

  /** Takes over what an earlier process wrote down. */
  void found(Summary summary) {
    named = summary.named();
    wantedMillis = summary.recordedMillis();
    recordedMillis = wantedMillis;
  }

  boolean isNamed() {
    return named;
  }

  long wantedMillis() {
    return wantedMillis;
  }

  /** When it was wanted, as it is written down. */
  long recordedMillis() {
    return recordedMillis;
  }

  /** It is wanted now. */
  void touch() {
    wantedMillis = Math.max(wantedMillis, parts.clockMillis());
  }

  /**
   * A title names it, or none does any more.
   *
   * @param home of an edition that is loaded
   * @param summary of one that is not, if anything of it is on disk
   */
  void setNamed(boolean nowNamed, @Nullable EditionHome home, @Nullable Summary summary) {
    if (named == nowNamed) {
      return;
    }
    named = nowNamed;
    try {
      if (home != null) {
        home.mark(nowNamed);
      } else if (summary != null) {
        Path mark = parts.paths().unnamed(id, summary.oneBlock());
        if (nowNamed) {
          parts.disk().delete(mark);
        } else {
          parts.disk().mark(mark);
        }
      }
    } catch (IOException e) {
      log.warn("cannot mark {}: {}", id, e.toString());
    }
  }

  /** Writes down when it was wanted, at most once a minute. */
  void record(EditionHome home) {
    if (wantedMillis - recordedMillis < GRAIN_MILLIS) {
      return;
    }
    recordedMillis = wantedMillis;
    try {
      home.recordWanted(Instant.ofEpochMilli(wantedMillis));
    } catch (IOException e) {
      log.debug("cannot date {}: {}", id, e.toString());
    }
  }

  /** An edition that is not loaded counts as one piece, as wanted as the edition is. */
  Candidate<StoredEdition> candidate(StoredEdition whole, Summary summary) {
    return new Candidate<>(whole, named, wantedMillis, wantedMillis, -1, summary.charge());
  }

  Candidate<StoredEdition> candidate(StoredEdition of, Extent extent) {
    return new Candidate<>(
        of, named, wantedMillis, extent.usedMillis, extent.shape.index(), extent.charge);
  }
}
