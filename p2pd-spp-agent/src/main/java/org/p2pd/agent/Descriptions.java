package org.p2pd.agent;

import com.google.common.base.Ticker;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.p2pd.catalogue.Catalogue;
import org.p2pd.catalogue.PublishedTitle;
import org.p2pd.catalogue.SignedEntry;
import org.p2pd.catalogue.TitleChange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Title;
import org.p2pd.store.BlockStore;

/**
 * Lays the signed entry of each title that is read beside its edition in the store, and tells the
 * store which editions no title names any more. Thread-safe.
 */
final class Descriptions {

  /**
   * How many read editions wait at most for their first block; more are described when read next.
   */
  private static final int MAX_WAITING = 1_000;

  private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(5);

  private record Waiting(Edition edition, Title title, long sinceNanos) {}

  private final Catalogue catalogue;
  private final BlockStore store;
  private final Ticker ticker;
  private final Map<EditionId, Waiting> waiting = new ConcurrentHashMap<>();
  private final Map<EditionId, Edition> unnamed = new ConcurrentHashMap<>();

  Descriptions(Catalogue catalogue, BlockStore store, Ticker ticker) {
    this.catalogue = catalogue;
    this.store = store;
    this.ticker = ticker;
    catalogue.onChange(this::changed);
  }

  /** A title is about to be read; never waits. */
  void read(PublishedTitle published) {
    Edition edition = published.edition();
    if (waiting.size() < MAX_WAITING) {
      waiting.computeIfAbsent(
          edition.id(), id -> new Waiting(edition, published.title(), ticker.read()));
    }
  }

  private void changed(List<TitleChange> changes) {
    for (TitleChange change : changes) {
      change.before().ifPresent(edition -> unnamed.put(edition.id(), edition));
    }
  }

  /** Writes down what is due; uses files. */
  void write() {
    for (Edition edition : List.copyOf(unnamed.values())) {
      unnamed.remove(edition.id());
      if (catalogue.edition(edition.id()).isEmpty()) {
        store.unnamed(edition);
      }
    }
    for (Waiting one : List.copyOf(waiting.values())) {
      if (isDescribed(one) || ticker.read() - one.sinceNanos() > PATIENCE_NANOS) {
        waiting.remove(one.edition().id());
      }
    }
  }

  private boolean isDescribed(Waiting one) {
    Optional<SignedEntry> entry = catalogue.signedEntry(one.title());
    return entry.isEmpty() || store.describe(one.edition(), entry.get().toBytes());
  }
}
