package org.p2pd.catalogue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.p2pd.catalogue.Entry.Announced;
import org.p2pd.catalogue.Entry.Published;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Title;

/**
 * What is known of every title (docs/spp-catalogue.md section 4).
 *
 * <p>{@code current} is what this epoch says, {@code older} what earlier ones said and this one has
 * not overruled; older titles are dropped when the epoch's scan-complete is known. One thread at a
 * time changes the table, which its owner sees to; readers never wait.
 */
final class TitleTable {

  private final Map<Title, Entry> current = new ConcurrentHashMap<>();
  private final Map<Title, Entry> older = new ConcurrentHashMap<>();
  private final Map<EditionId, Named> editions = new ConcurrentHashMap<>();
  private final AtomicInteger published = new AtomicInteger();
  private final NameOrder order = new NameOrder();
  private volatile long completeAt;
  private volatile boolean synced;

  /** Counts up before titles move from current to older: readers who saw neither look again. */
  private final AtomicInteger epochs = new AtomicInteger();

  /** An edition, and how many titles are it. */
  private record Named(Edition edition, int titles) {}

  /** The entry that counts for a title: published or announced. */
  Optional<Entry> find(Title title) {
    while (true) {
      int epochsBefore = epochs.get();
      Entry entry = inEither(title);
      if (entry instanceof Published || epochs.get() == epochsBefore) {
        return Optional.ofNullable(entry);
      }
      // It may have moved to older behind our back.
    }
  }

  private @Nullable Entry inEither(Title title) {
    Entry entry = current.get(title);
    if (entry instanceof Published) {
      return entry;
    }
    Entry before = older.get(title);
    if (before != null && (entry == null || before instanceof Published)) {
      return before;
    }
    return current.get(title); // it may just have moved from older to current
  }

  private @Nullable Published visible(Title title) {
    return find(title).orElse(null) instanceof Published p ? p : null;
  }

  /** What this epoch says of a title. */
  Optional<Entry> inThisEpoch(Title title) {
    return Optional.ofNullable(current.get(title));
  }

  /** All that this epoch says, without scan-complete; a copy in no order. */
  List<Entry> entriesOfThisEpoch() {
    return new ArrayList<>(current.values());
  }

  int titlesOfThisEpoch() {
    return current.size();
  }

  /** The number of this epoch's scan-complete; 0 if it is not known. */
  long completeAt() {
    return completeAt;
  }

  /** Whether absence means anything: a scan-complete was known at least once. */
  boolean synced() {
    return synced;
  }

  int publishedCount() {
    return published.get();
  }

  List<PublishedTitle> published() {
    List<PublishedTitle> all = new ArrayList<>(published.get());
    current.values().forEach(e -> addPublished(e, all));
    older.forEach(
        (title, entry) -> {
          if (!(current.get(title) instanceof Published)) {
            addPublished(entry, all);
          }
        });
    return all;
  }

  /** Up to {@code max} published titles whose names come after that text, in order. */
  List<PublishedTitle> published(String after, int max) {
    List<PublishedTitle> page = new ArrayList<>();
    for (Title title : order.after(after, this::published)) {
      if (page.size() >= max) {
        break;
      }
      find(title).ifPresent(entry -> addPublished(entry, page));
    }
    return page;
  }

  private static void addPublished(Entry entry, List<PublishedTitle> to) {
    if (entry instanceof Published p) {
      to.add(p.published());
    }
  }

  Optional<Edition> edition(EditionId id) {
    return Optional.ofNullable(editions.get(id)).map(Named::edition);
  }

  /** A later epoch begins: what was known becomes older. */
  void beginEpoch() {
    epochs.incrementAndGet();
    for (Entry entry : entriesOfThisEpoch()) {
      Title title = entry.title().orElseThrow();
      if (entry instanceof Published || !older.containsKey(title)) {
        older.put(title, entry);
      }
    }
    current.clear();
    completeAt = 0;
  }

  /** Forgets everything. */
  void clear(List<TitleChange> changes) {
    for (PublishedTitle title : published()) {
      changed(title.title(), title, null, changes);
    }
    current.clear();
    older.clear();
    completeAt = 0;
    synced = false;
  }

  /** Applies the next change of this epoch; what became visible of it is added to the list. */
  void apply(Entry entry, List<TitleChange> changes) {
    if (entry instanceof Published p) {
      Title title = p.published().title();
      PublishedTitle before = visibleTitle(title);
      current.put(title, p);
      older.remove(title);
      changed(title, before, p.published(), changes);
      return;
    }
    if (entry instanceof Announced a) {
      current.putIfAbsent(a.announced(), a);
      return;
    }
    if (entry instanceof Entry.Removed r) {
      PublishedTitle before = visibleTitle(r.removed());
      current.remove(r.removed());
      older.remove(r.removed());
      changed(r.removed(), before, null, changes);
      return;
    }
    complete(entry.number(), changes);
  }

  private @Nullable PublishedTitle visibleTitle(Title title) {
    Published visible = visible(title);
    return visible == null ? null : visible.published();
  }

  private void complete(long number, List<TitleChange> changes) {
    completeAt = number;
    synced = true;
    for (Title title : List.copyOf(older.keySet())) {
      PublishedTitle before = visibleTitle(title);
      older.remove(title);
      changed(title, before, visibleTitle(title), changes);
    }
  }

  private void changed(
      Title title,
      @Nullable PublishedTitle before,
      @Nullable PublishedTitle after,
      List<TitleChange> changes) {
    Edition from = before == null ? null : before.edition();
    Edition to = after == null ? null : after.edition();
    if (Objects.equals(from, to)) {
      return;
    }
    if (to != null) {
      Named known = editions.get(to.id()); // only this thread changes the map
      editions.put(to.id(), new Named(to, known == null ? 1 : known.titles() + 1));
      published.addAndGet(from == null ? 1 : 0);
      order.appeared(title);
    }
    if (from != null) {
      Named known = editions.get(from.id());
      if (known == null || known.titles() == 1) {
        editions.remove(from.id());
      } else {
        editions.put(from.id(), new Named(from, known.titles() - 1));
      }
      published.addAndGet(to == null ? -1 : 0);
    }
    if (to == null) {
      order.disappeared(title);
    }
    changes.add(new TitleChange(title, Optional.ofNullable(from), Optional.ofNullable(to)));
  }
}
