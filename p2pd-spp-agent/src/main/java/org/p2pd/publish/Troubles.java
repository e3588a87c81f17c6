package org.p2pd.publish;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is wrong at the moment, by a key such as a path: each is logged when it begins, not with
 * every scan that finds it again, and listed until it ends. Thread-safe.
 */
final class Troubles {

  private static final Logger log = LoggerFactory.getLogger(Troubles.class);
  private static final int MOST_LISTED = 10;

  /** Where a trouble comes from: one group is replaced without touching the others. */
  enum Group {
    /** Directories that cannot be listed. */
    DIRECTORIES(true),
    /** Names that cannot be titles, links that lead out. Nothing is wrong with the node. */
    SKIPPED(false),
    /** Files that cannot be read. */
    FILES(true),
    /** Events that cannot be had. */
    EVENTS(true),
    /** Removals that are held back. */
    GUARD(true),
    /** The publisher's own files. */
    STATE(true);

    private final boolean degrades;

    Group(boolean degrades) {
      this.degrades = degrades;
    }
  }

  @GuardedBy("this")
  private final Map<Group, Map<String, String>> current = new TreeMap<>();

  synchronized void report(Group group, String key, String sentence) {
    String before = current.computeIfAbsent(group, g -> new TreeMap<>()).put(key, sentence);
    if (before == null) {
      log.warn("{}", sentence);
    }
  }

  synchronized void end(Group group, String key) {
    Map<String, String> ofGroup = current.get(group);
    if (ofGroup != null) {
      ofGroup.remove(key);
    }
  }

  /** Makes these the troubles of a group; what is not among them has ended. */
  synchronized void replace(Group group, Map<String, String> sentences) {
    Map<String, String> before = current.getOrDefault(group, Map.of());
    for (Map.Entry<String, String> entry : sentences.entrySet()) {
      if (!before.containsKey(entry.getKey())) {
        log.warn("{}", entry.getValue());
      }
    }
    current.put(group, new HashMap<>(sentences));
  }

  /** Those that degrade the node's health, at most ten of each group. */
  synchronized List<String> sentences() {
    List<String> sentences = new ArrayList<>();
    current.forEach(
        (group, ofGroup) -> {
          if (!group.degrades) {
            return;
          }
          ofGroup.values().stream().limit(MOST_LISTED).forEach(sentences::add);
          if (ofGroup.size() > MOST_LISTED) {
            sentences.add((ofGroup.size() - MOST_LISTED) + " more of that kind are in the log");
          }
        });
    return sentences;
  }
}
