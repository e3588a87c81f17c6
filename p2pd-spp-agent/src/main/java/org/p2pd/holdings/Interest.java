package org.p2pd.holdings;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;

/** Which editions are being fetched, and for how many. Guarded by its owner's lock. */
final class Interest {

  /** The one that became active last is the last. */
  private final Map<EditionId, Active> active = new LinkedHashMap<>();

  /** By the keys of digests. */
  private final Set<Long> keys = new HashSet<>();

  private static final class Active {
    final Edition edition;
    int count;

    Active(Edition edition) {
      this.edition = edition;
    }
  }

  /**
   * One more fetches it.
   *
   * @return whether it is the first
   */
  boolean add(Edition edition) {
    Active found = active.computeIfAbsent(edition.id(), id -> new Active(edition));
    keys.add(key(edition));
    return ++found.count == 1;
  }

  /**
   * One of those no longer fetches it.
   *
   * @return whether it was the last
   */
  boolean remove(Edition edition) {
    Active found = active.get(edition.id());
    if (found == null) {
      throw new IllegalStateException(edition + " is not active");
    }
    if (--found.count > 0) {
      return false;
    }
    active.remove(edition.id());
    keys.remove(key(edition));
    return true;
  }

  boolean contains(EditionId edition) {
    return active.containsKey(edition);
  }

  /** Whether an edition with that key is active. */
  boolean hasKey(long key) {
    return keys.contains(key);
  }

  boolean isEmpty() {
    return active.isEmpty();
  }

  /** All of them, the one that became active last first. */
  List<Edition> latestFirst() {
    List<Edition> all = new ArrayList<>();
    active.values().forEach(one -> all.add(one.edition));
    Collections.reverse(all);
    return all;
  }

  private static long key(Edition edition) {
    return edition.id().hash().firstLong();
  }
}
