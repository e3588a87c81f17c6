package org.p2pd.catalogue;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.Title;

/**
 * The names of published titles in order, for those who page through them.
 *
 * <p>Most nodes are never asked, and putting 100,000 names in order would make each start longer:
 * it is done for the first who asks, while the table may be changing. From then on each change is
 * followed. Whoever reads gets every title that was published all the while; now and then one too
 * many, which was removed just then: the table knows.
 */
final class NameOrder {

  /** Null until someone asks; then told of every change, and soon complete. */
  private volatile @Nullable ConcurrentNavigableMap<String, Title> names;

  @GuardedBy("this")
  private boolean complete;

  /** A title was published; the table has it already. */
  void appeared(Title title) {
    ConcurrentNavigableMap<String, Title> followed = names;
    if (followed != null) {
      followed.put(title.path(), title);
    }
  }

  /** A title is no longer published. */
  void disappeared(Title title) {
    ConcurrentNavigableMap<String, Title> followed = names;
    if (followed != null) {
      followed.remove(title.path());
    }
  }

  /**
   * The titles after that text, a view.
   *
   * @param all all that are published at the moment
   */
  Collection<Title> after(String text, Supplier<List<PublishedTitle>> all) {
    return complete(all).tailMap(text, false).values();
  }

  private synchronized ConcurrentNavigableMap<String, Title> complete(
      Supplier<List<PublishedTitle>> all) {
    ConcurrentNavigableMap<String, Title> known = names;
    if (known == null) {
      known = new ConcurrentSkipListMap<>(Title::comparePaths);
      // Changes are followed before the table is read: what is not in it yet will be told.
      names = known;
    }
    if (!complete) {
      for (PublishedTitle title : all.get()) {
        known.put(title.title().path(), title.title());
      }
      complete = true;
    }
    return known;
  }
}
