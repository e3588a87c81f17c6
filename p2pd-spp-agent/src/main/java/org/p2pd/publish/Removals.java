package org.p2pd.publish;

import com.google.common.base.Ticker;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.p2pd.model.Title;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The titles that vanished: missing until the {@link RemovalGuard} says, then withdrawn, and not
 * forgotten for a while in case that was too early. Confined to the publishing thread.
 */
final class Removals {

  private static final Logger log = LoggerFactory.getLogger(Removals.class);
  private static final long REMEMBERED_NANOS = TimeUnit.MINUTES.toNanos(2);

  /** Where the public directory and the state directory are: for sentences. */
  record Places(Path root, Path state) {}

  private final RemovalGuard guard;
  private final Places places;
  private final TrackedTitles titles;
  private final Editions editions;
  private final Surroundings surroundings;
  private final PublicationListener listener;
  private final Troubles troubles;
  private final Ticker ticker;
  private final Map<Title, Tracked> missing = new LinkedHashMap<>();
  private final Map<Title, Tracked> withdrawn = new LinkedHashMap<>();
  private RemovalGuard.Reason reason = RemovalGuard.Reason.NONE;
  private RootCondition root = new RootCondition.Unreadable("not looked at yet");

  Removals(
      RemovalGuard guard,
      Places places,
      TrackedTitles titles,
      Editions editions,
      Surroundings surroundings,
      PublicationListener listener,
      Troubles troubles,
      Ticker ticker) {
    this.guard = guard;
    this.places = places;
    this.titles = titles;
    this.editions = editions;
    this.surroundings = surroundings;
    this.listener = listener;
    this.troubles = troubles;
    this.ticker = ticker;
  }

  RemovalGuard guard() {
    return guard;
  }

  /** Remembers how the public directory is; true if that is news. */
  boolean see(RootCondition found) {
    boolean news = !found.equals(root);
    root = found;
    return news;
  }

  /** Whether nothing can be said of any file. */
  boolean isOutOfReach() {
    return root instanceof RootCondition.Unreadable;
  }

  /**
   * Whether another file system lies where titles are missing: what is in it is not the owner's.
   */
  boolean isElsewhere() {
    return !missing.isEmpty()
        && root instanceof RootCondition.Fine fine
        && guard.isOtherFileSystem(fine.device());
  }

  void add(Tracked title, long nowNanos) {
    title.phase = Tracked.Phase.MISSING;
    title.missingSinceNanos = nowNanos;
    missing.put(title.title, title);
  }

  /** The title's file is there. */
  void back(Title name) {
    missing.remove(name);
    guard.isBack(name);
  }

  /** The public directory was seen without a single file. */
  void emptied() {
    guard.emptied(missing.keySet());
  }

  int count() {
    return missing.size();
  }

  /** How many missing titles are not withdrawn because something is wrong. */
  int withheldCount() {
    return reason == RemovalGuard.Reason.NONE ? 0 : missing.size();
  }

  List<Tracked> all() {
    return List.copyOf(missing.values());
  }

  /** The file system on which each missing file was, as far as it was seen since the start. */
  Map<Title, Long> devices() {
    Map<Title, Long> devices = new HashMap<>();
    missing.forEach(
        (name, title) -> {
          if (title.stat != null && title.stat.device() != 0) {
            devices.put(name, title.stat.device());
          }
        });
    return devices;
  }

  /**
   * Has the guard judge what is missing, and says what is wrong.
   *
   * @param present published titles whose files are there
   * @param unmounted missing titles whose own file system is not there any more
   */
  RemovalGuard.Verdict judge(int present, Set<Title> unmounted) {
    Map<Title, Long> since = new LinkedHashMap<>();
    missing.forEach((name, title) -> since.put(name, title.missingSinceNanos));
    RemovalGuard.Verdict verdict = guard.judge(ticker.read(), root, present, since, unmounted);
    tell(verdict.reason(), present);
    return verdict;
  }

  /** The title leaves the catalogue; nothing of it is forgotten yet. */
  void withdraw(Tracked title) {
    missing.remove(title.title);
    titles.remove(title);
    title.missingSinceNanos = ticker.read();
    withdrawn.put(title.title, title);
    listener.removed(title.title);
  }

  /** Publishes again what was withdrawn before it showed how many vanished with it. */
  void takeBack(Title name) {
    Tracked title = withdrawn.remove(name);
    if (title == null || title.published == null || titles.get(name) != null) {
      guard.isBack(name);
      return;
    }
    log.info("{} is published again: too many vanished with it", name);
    titles.put(title);
    titles.putInCatalogue(title);
    listener.published(name, title.published.edition(), title.published.fileDate());
    add(title, ticker.read());
  }

  /** A withdrawn title whose file is back. */
  Optional<Tracked> revive(Title name) {
    return Optional.ofNullable(withdrawn.remove(name));
  }

  /** Forgets what was withdrawn long ago. */
  void expire() {
    long now = ticker.read();
    Iterator<Tracked> oldestFirst = withdrawn.values().iterator();
    while (oldestFirst.hasNext()) {
      Tracked title = oldestFirst.next();
      if (now - title.missingSinceNanos <= REMEMBERED_NANOS) {
        return;
      }
      oldestFirst.remove();
      forget(title);
    }
  }

  private void forget(Tracked title) {
    surroundings.forget(title.title);
    HashedFile file = title.published;
    if (file == null) {
      return;
    }
    titles.removeInode(title, file.stat());
    if (editions.remove(file)) {
      surroundings.forget(file.edition());
    }
  }

  private void tell(RemovalGuard.Reason now, int present) {
    reason = now;
    if (reason == RemovalGuard.Reason.NONE) {
      troubles.replace(Troubles.Group.GUARD, Map.of());
      return;
    }
    troubles.replace(Troubles.Group.GUARD, Map.of(reason.name(), sentence(reason, present)));
  }

  private String sentence(RemovalGuard.Reason reason, int present) {
    String accept =
        "; if the files are gone for good, run: p2pd accept-removals --state "
            + ShellText.word(places.state);
    String kept = missing.size() + " titles without a file stay in the catalogue";
    return switch (reason) {
      case NONE -> "";
      case UNREADABLE -> {
        String why = root instanceof RootCondition.Unreadable u ? u.reason() : "";
        yield places.root
            + " cannot be read ("
            + why
            + "): nothing is withdrawn, "
            + (present + missing.size())
            + " titles stay in the catalogue; mount it, or make it readable: chmod a+rx "
            + ShellText.word(places.root);
      }
      case OTHER_FILE_SYSTEM ->
          places.root
              + " is on another file system than before: "
              + kept
              + "; mount it again"
              + accept;
      case EMPTY -> places.root + " is empty: " + kept + "; mount it or put them back" + accept;
      case EMPTIED -> places.root + " was empty: " + kept + "; put them back" + accept;
      case MANY_VANISHED ->
          "more than half of the titles vanished from "
              + places.root
              + " within a minute: "
              + kept
              + "; put them back"
              + accept;
      case PART_UNMOUNTED ->
          "a file system below " + places.root + " is no longer mounted: " + kept + accept;
    };
  }
}
