package org.p2pd.catalogue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;

/**
 * The authority's changes that are not signed yet: at most one a title, and none that changes
 * nothing. Confined to the journal's lock.
 */
final class PendingChanges {

  private final TitleTable titles;
  private final FormerTitles former;
  private final Map<Title, Entry> pending = new LinkedHashMap<>();

  /** Announced before this process began, and not heard of since. */
  private final Set<Title> unconfirmed = new LinkedHashSet<>();

  private boolean complete;

  PendingChanges(TitleTable titles, FormerTitles former) {
    this.titles = titles;
    this.former = former;
  }

  /** What is announced now was announced by an earlier process. */
  void rememberAnnounced() {
    for (Entry entry : titles.entriesOfThisEpoch()) {
      if (entry instanceof Entry.Announced announced) {
        unconfirmed.add(announced.announced());
      }
    }
  }

  void publish(Title title, Edition edition, Instant fileDate) {
    unconfirmed.remove(title);
    Optional<PublishedTitle> now = shown(title);
    if (now.isPresent() && now.get().edition().equals(edition)) {
      pending.remove(title);
      return;
    }
    Optional<PublishedTitle> last = now.or(() -> former.lastOf(title));
    Instant lastModified = LastModified.of(edition, fileDate, last.orElse(null));
    pending.put(title, new Entry.Published(0, new PublishedTitle(title, edition, lastModified)));
  }

  private Optional<PublishedTitle> shown(Title title) {
    return titles.inThisEpoch(title).orElse(null) instanceof Entry.Published p
        ? Optional.of(p.published())
        : Optional.empty();
  }

  /** Whether the title is about to go: then an announcement is a change after that one. */
  boolean isRemoval(Title title) {
    return pending.get(title) instanceof Entry.Removed;
  }

  void announce(Title title) {
    unconfirmed.remove(title);
    if (titles.inThisEpoch(title).isEmpty()) {
      pending.putIfAbsent(title, new Entry.Announced(0, title));
    }
  }

  void remove(Title title) {
    unconfirmed.remove(title);
    if (titles.inThisEpoch(title).isEmpty()) {
      pending.remove(title);
      return;
    }
    pending.put(title, new Entry.Removed(0, title));
  }

  /** The scan is complete: news if this epoch does not know it; what no one has seen again goes. */
  void scanComplete() {
    List.copyOf(unconfirmed).forEach(this::remove);
    complete = true;
  }

  /** An epoch says so once; one that has begun meanwhile may have said so already. */
  private boolean isCompleteNews() {
    return complete && titles.completeAt() == 0;
  }

  boolean isEmpty() {
    return pending.isEmpty() && !isCompleteNews();
  }

  /** All of them as entries with consecutive numbers, scan-complete last. */
  List<Entry> numberedAfter(long number) {
    long next = number;
    List<Entry> entries = new ArrayList<>(pending.size() + 1);
    for (Entry entry : pending.values()) {
      entries.add(entry.numbered(++next));
    }
    if (isCompleteNews()) {
      entries.add(new Entry.ScanComplete(++next));
    }
    return entries;
  }

  /** The entry is stored. */
  void done(Entry entry) {
    if (entry instanceof Entry.ScanComplete) {
      complete = false;
      return;
    }
    pending.remove(entry.title().orElseThrow());
  }
}
