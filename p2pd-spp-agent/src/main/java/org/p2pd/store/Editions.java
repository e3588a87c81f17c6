package org.p2pd.store;

import java.io.IOException;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The editions of a store. Until the directory was walked through, one that is asked for is looked
 * for on disk; afterwards an edition that is not here is not held. Thread-safe.
 */
final class Editions {

  private static final Logger log = LoggerFactory.getLogger(Editions.class);

  private final StoreParts parts;
  private final Map<EditionId, StoredEdition> editions = new ConcurrentHashMap<>();
  private volatile boolean complete;

  Editions(StoreParts parts) {
    this.parts = parts;
  }

  /** All there are, seen one after another. */
  Collection<StoredEdition> all() {
    return Collections.unmodifiableCollection(editions.values());
  }

  /** The directory was walked through. */
  void setComplete() {
    complete = true;
  }

  boolean isComplete() {
    return complete;
  }

  /** The edition, loaded, if anything of it is held. */
  Optional<StoredEdition> find(Edition edition) {
    StoredEdition stored = editions.get(edition.id());
    if (!complete) {
      stored = survey(edition.id()).orElse(null);
    }
    return Optional.ofNullable(stored).filter(s -> s.load(edition).isPresent());
  }

  /** The edition as it is known, not loaded. */
  Optional<StoredEdition> known(EditionId id) {
    return Optional.ofNullable(editions.get(id));
  }

  /** Looks for an edition on disk, unless it is known. */
  Optional<StoredEdition> survey(EditionId id) {
    StoredEdition stored =
        editions.computeIfAbsent(id, key -> new StoredEdition(parts, key, false));
    try {
      if (stored.survey()) {
        return Optional.of(stored);
      }
    } catch (IOException e) {
      log.warn("cannot look at what is held of {}: it counts as not held", id, e);
    }
    forget(stored);
    return Optional.empty();
  }

  /** The edition, made known if it was not; only when the directory was walked through. */
  StoredEdition make(Edition edition) {
    return editions.computeIfAbsent(edition.id(), id -> new StoredEdition(parts, id, true));
  }

  /** Nothing of it is on disk any more. */
  void forget(StoredEdition stored) {
    editions.remove(stored.id(), stored);
  }
}
