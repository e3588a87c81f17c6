package org.p2pd.catalogue;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.p2pd.model.Title;

/**
 * What the authority remembers of removed titles: what they were last, so that a title that comes
 * back is dated later, or as before if it is the same; and their tombstones, as long as a
 * checkpoint needs them. Confined to the journal's lock.
 */
final class FormerTitles {

  /** So many are remembered, the latest. */
  static final int MAX = 10_000;

  private final Map<Title, PublishedTitle> last = new LinkedHashMap<>();
  private final Map<Title, Entry.Removed> tombstones = new LinkedHashMap<>();

  /** Takes note of an entry that is about to be applied to the table. */
  void note(Entry entry, TitleTable titles) {
    if (entry instanceof Entry.ScanComplete) {
      tombstones.clear();
      return;
    }
    Title title = entry.title().orElseThrow();
    tombstones.remove(title);
    if (entry instanceof Entry.Published) {
      last.remove(title);
    }
    if (entry instanceof Entry.Removed removed) {
      if (titles.inThisEpoch(title).orElse(null) instanceof Entry.Published p) {
        last.put(title, p.published());
      }
      if (titles.completeAt() == 0) {
        tombstones.put(title, removed);
      }
      if (last.size() > MAX) {
        last.remove(last.keySet().iterator().next());
      }
    }
  }

  Optional<PublishedTitle> lastOf(Title title) {
    return Optional.ofNullable(last.get(title));
  }

  Collection<Entry.Removed> tombstones() {
    return List.copyOf(tombstones.values());
  }

  /** A new epoch has none. */
  void forgetTombstones() {
    tombstones.clear();
  }
}
