package org.p2pd.holdings;

import com.google.common.base.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;

/**
 * Which editions are being fetched, and for how many. One that is not fetched any more lingers for
 * a while: a player asks for one range after the other. Guarded by its owner's lock.
 */
final class Interest {

  /** So long after the last fetch an edition is of interest. */
  static final Duration LINGERING = Duration.ofSeconds(30);

  /** Of more editions that linger the one that ended first is dropped. */
  static final int MOST_LINGERING = SubscriptionChoice.MOST_EDITIONS;

  private final Ticker ticker;

  /** The one that became active last is the last. */
  private final Map<EditionId, Active> active = new LinkedHashMap<>();

  /** The one that ended last is the last; none of them is active. */
  private final Map<EditionId, Ended> lingering = new LinkedHashMap<>();

  /** Of all of them, by the keys of digests. */
  private final Set<Long> keys = new HashSet<>();

  private static final class Active {
    final Edition edition;
    int count;

    Active(Edition edition) {
      this.edition = edition;
    }
  }

  private record Ended(Edition edition, long atNanos) {}

  Interest(Ticker ticker) {
    this.ticker = ticker;
  }

  /**
   * One more fetches it.
   *
   * @return whether it is the first
   */
  boolean add(Edition edition) {
    lingering.remove(edition.id());
    keys.add(key(edition));
    Active found = active.computeIfAbsent(edition.id(), id -> new Active(edition));
    return ++found.count == 1;
  }

  /**
   * One of those no longer fetches it.
   *
   * @return whether it was the last
   * @throws IllegalStateException if nobody fetches it
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
    lingering.put(edition.id(), new Ended(edition, ticker.read()));
    if (lingering.size() > MOST_LINGERING) {
      dropFirst(lingering.values().iterator());
    }
    return true;
  }

  /**
   * Drops those that have lingered long enough.
   *
   * @return whether there were any
   */
  boolean expire() {
    long now = ticker.read();
    boolean any = false;
    while (!lingering.isEmpty()
        && now - lingering.values().iterator().next().atNanos() >= LINGERING.toNanos()) {
      dropFirst(lingering.values().iterator());
      any = true;
    }
    return any;
  }

  private void dropFirst(Iterator<Ended> from) {
    keys.remove(key(from.next().edition()));
    from.remove();
  }

  boolean contains(EditionId edition) {
    return active.containsKey(edition) || lingering.containsKey(edition);
  }

  /** Whether there is an edition with that key. */
  boolean hasKey(long key) {
    return keys.contains(key);
  }

  boolean isEmpty() {
    return keys.isEmpty();
  }

  /** All of them: first those being fetched; of each kind the one that came last first. */
  List<Edition> latestFirst() {
    List<Edition> all = reversed(active.values().stream().map(one -> one.edition).toList());
    all.addAll(reversed(lingering.values().stream().map(Ended::edition).toList()));
    return all;
  }

  private static List<Edition> reversed(Collection<Edition> editions) {
    List<Edition> all = new ArrayList<>(editions);
    Collections.reverse(all);
    return all;
  }

  private static long key(Edition edition) {
    return edition.id().hash().firstLong();
  }
}
