package org.p2pd.publish;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.p2pd.model.Title;

/**
 * How a scan differs from what was known. Pure.
 *
 * @param seen new files, and files whose stat differs
 * @param vanished known titles that the scan should have seen and did not
 */
record SnapshotDiff(Map<Title, FileStat> seen, Set<Title> vanished) {

  SnapshotDiff {
    seen = Map.copyOf(seen);
    vanished = Set.copyOf(vanished);
  }

  static SnapshotDiff between(Map<Title, FileStat> known, Snapshot snapshot) {
    Map<Title, FileStat> seen = new HashMap<>();
    snapshot
        .files()
        .forEach(
            (title, stat) -> {
              FileStat before = known.get(title);
              if (before == null || !before.sameAs(stat)) {
                seen.put(title, stat);
              }
            });
    Set<Title> vanished = new HashSet<>();
    for (Title title : known.keySet()) {
      if (!snapshot.files().containsKey(title) && snapshot.covers(title)) {
        vanished.add(title);
      }
    }
    return new SnapshotDiff(seen, vanished);
  }
}
