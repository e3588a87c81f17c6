package org.p2pd.publish;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.Title;

/** All titles that the publishing thread follows, by name and by inode. Confined to it. */
final class TrackedTitles {

  private final TreeMap<String, Tracked> byPath = new TreeMap<>();
  private final Map<Long, Tracked> byInode = new HashMap<>();
  private int inCatalogue;

  @Nullable Tracked get(Title name) {
    return byPath.get(name.path());
  }

  boolean has(Tracked title) {
    return byPath.get(title.title.path()) == title;
  }

  void put(Tracked title) {
    byPath.put(title.title.path(), title);
  }

  void remove(Tracked title) {
    byPath.remove(title.title.path());
    if (title.inCatalogue) {
      title.inCatalogue = false;
      inCatalogue--;
    }
  }

  /** Counts the title among those that the catalogue has as published. */
  void putInCatalogue(Tracked title) {
    if (!title.inCatalogue) {
      title.inCatalogue = true;
      inCatalogue++;
    }
  }

  /** A copy of the titles below a prefix such as {@code /} or {@code /series/}. */
  List<Tracked> below(String prefix) {
    return new ArrayList<>(
        byPath.subMap(prefix, true, prefix + Character.MAX_VALUE, true).values());
  }

  /** The names of those in a phase. */
  Set<Title> in(Tracked.Phase phase) {
    Set<Title> names = new HashSet<>();
    for (Tracked title : byPath.values()) {
      if (title.phase == phase) {
        names.add(title.title);
      }
    }
    return names;
  }

  /**
   * Another number for each inode. ext4 gives the files of a directory neighbouring numbers and
   * those of the next one numbers some multiple of 8,192 away, which a hash map takes for few
   * different ones.
   */
  private static Long scattered(long inode) {
    return inode * 0x9E3779B97F4A7C15L;
  }

  void putInode(Tracked title, FileStat stat) {
    byInode.put(scattered(stat.inode()), title);
  }

  void removeInode(Tracked title, FileStat stat) {
    byInode.remove(scattered(stat.inode()), title);
  }

  /** What is published of another name of that very file, if it is as it was. */
  Optional<HashedFile> twin(Tracked title, FileStat stat) {
    Tracked twin = byInode.get(scattered(stat.inode()));
    boolean same =
        twin != null
            && twin != title
            && twin.phase == Tracked.Phase.IDLE
            && !twin.distrusted
            && twin.stat != null
            && twin.stat.isHardLinkOf(stat);
    return same && twin != null ? Optional.ofNullable(twin.published) : Optional.empty();
  }

  /** How many the catalogue has as published. */
  int inCatalogue() {
    return inCatalogue;
  }

  int size() {
    return byPath.size();
  }
}
