package org.p2pd.publish;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.p2pd.model.Title;

/**
 * The titles that vanished: missing until the {@link RemovalGuard} says, then withdrawn, and
 * remembered for a while in case that was too early. Confined to the publishing thread.
 */
final class Removals {

  private static final long REMEMBERED_NANOS = TimeUnit.MINUTES.toNanos(2);

  private final RemovalGuard guard;
  private final Troubles troubles;
  private final Path root;
  private final Path state;
  private final Map<Title, Tracked> missing = new LinkedHashMap<>();
  private final Map<Title, Tracked> withdrawn = new LinkedHashMap<>();

  Removals(RemovalGuard guard, Troubles troubles, Path root, Path state) {
    this.guard = guard;
    this.troubles = troubles;
    this.root = root;
    this.state = state;
  }

  RemovalGuard guard() {
    return guard;
  }

  void add(Tracked title, long nowNanos) {
    title.phase = Tracked.Phase.MISSING;
    title.missingSinceNanos = nowNanos;
    missing.put(title.title, title);
  }

  void back(Tracked title) {
    missing.remove(title.title);
  }

  int count() {
    return missing.size();
  }

  List<Tracked> all() {
    return List.copyOf(missing.values());
  }

  /** The file system on which each missing file was, as far as it was seen since the start. */
  Map<Title, Long> devices() {
    Map<Title, Long> devices = new HashMap<>();
    missing.forEach(
        (title, tracked) -> {
          if (tracked.stat != null && tracked.stat.device() != 0) {
            devices.put(title, tracked.stat.device());
          }
        });
    return devices;
  }

  RemovalGuard.Verdict judge(
      long nowNanos, RootCondition condition, int present, Set<Title> unmounted) {
    Map<Title, Long> since = new LinkedHashMap<>();
    missing.forEach((title, tracked) -> since.put(title, tracked.missingSinceNanos));
    RemovalGuard.Verdict verdict = guard.judge(nowNanos, condition, present, since, unmounted);
    tell(verdict.reason(), condition, present);
    return verdict;
  }

  /** The title leaves; nothing of it is forgotten yet. */
  void withdraw(Tracked title, long nowNanos) {
    missing.remove(title.title);
    title.missingSinceNanos = nowNanos;
    withdrawn.put(title.title, title);
  }

  /** A withdrawn title that is wanted again after all; null if it is forgotten. */
  @org.jspecify.annotations.Nullable
  Tracked revive(Title title) {
    return withdrawn.remove(title);
  }

  /** Takes out those that were withdrawn long ago. */
  List<Tracked> expire(long nowNanos) {
    List<Tracked> old = new ArrayList<>();
    withdrawn
        .values()
        .removeIf(
            title -> {
              boolean expired = nowNanos - title.missingSinceNanos > REMEMBERED_NANOS;
              if (expired) {
                old.add(title);
              }
              return expired;
            });
    return old;
  }

  private void tell(RemovalGuard.Reason reason, RootCondition condition, int present) {
    if (reason == RemovalGuard.Reason.NONE) {
      troubles.replace(Troubles.Group.GUARD, Map.of());
      return;
    }
    troubles.replace(
        Troubles.Group.GUARD, Map.of(reason.name(), sentence(reason, condition, present)));
  }

  private String sentence(RemovalGuard.Reason reason, RootCondition condition, int present) {
    String accept = "; if the files are gone for good, run: p2pd accept-removals --state " + state;
    String kept = missing.size() + " titles without a file stay in the catalogue";
    return switch (reason) {
      case NONE -> "";
      case UNREADABLE -> {
        String why = condition instanceof RootCondition.Unreadable u ? u.reason() : "";
        yield root
            + " cannot be read ("
            + why
            + "): nothing is withdrawn, "
            + (present + missing.size())
            + " titles stay in the catalogue; mount it, or mend it with: chmod a+rx "
            + root;
      }
      case OTHER_FILE_SYSTEM ->
          root + " is on another file system than before: " + kept + "; mount it again" + accept;
      case EMPTY -> root + " is empty: " + kept + "; mount it or put them back" + accept;
      case MANY_VANISHED ->
          "more than half of the titles vanished from "
              + root
              + " within a minute: "
              + kept
              + "; put them back"
              + accept;
      case PART_UNMOUNTED ->
          "a file system below " + root + " is no longer mounted: " + kept + accept;
    };
  }
}
