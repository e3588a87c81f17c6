package org.p2pd.publish;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import org.p2pd.model.Title;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is heard of titles: from events, scans, hashing and the clock. Looks at the file and tells
 * {@link TitlePhases}. Confined to the publishing thread; does no I/O itself.
 */
final class Publication {

  private static final Logger log = LoggerFactory.getLogger(Publication.class);

  /** What an event says of a file. */
  enum Happening {
    CREATED,
    WRITTEN,
    /** Closed by its writer, or renamed into place. */
    ENDED,
    /** Its dates, rights or links changed. */
    TOUCHED,
    /** Gone, or not what it was: it has to be looked at. */
    LOOK
  }

  private static final int MOST_DUE_IN_TURN = 8;

  private final Pace pace;
  private final Surroundings surroundings;
  private final TrackedTitles titles;
  private final Removals removals;
  private final TitlePhases phases;

  Publication(
      Pace pace,
      Surroundings surroundings,
      TrackedTitles titles,
      Removals removals,
      TitlePhases phases) {
    this.pace = pace;
    this.surroundings = surroundings;
    this.titles = titles;
    this.removals = removals;
    this.phases = phases;
  }

  void happened(Title name, Happening happening) {
    Tracked title = titles.get(name);
    if (happening == Happening.WRITTEN && title != null && title.phase == Tracked.Phase.WRITING) {
      title.deadlineNanos = pace.inNanos(Pace.PATIENCE);
      return;
    }
    Sighting sighting = surroundings.look(name);
    if (!(sighting instanceof Sighting.Regular regular)) {
      notAFile(name, sighting);
      return;
    }
    if (removals.isElsewhere()) {
      return; // should the owner have moved, a scan will show all titles at once
    }
    boolean created = happening == Happening.CREATED;
    boolean justAName = regular.link() || regular.stat().links() > 1;
    if (happening == Happening.WRITTEN || (created && !justAName)) {
      phases.writing(phases.appeared(name), regular.stat());
    } else {
      phases.sighted(phases.appeared(name), regular.stat(), happening == Happening.ENDED);
    }
  }

  private void notAFile(Title name, Sighting sighting) {
    if (sighting instanceof Sighting.Directory) {
      surroundings.scanBelow(name);
    }
    Tracked title = titles.get(name);
    if (title == null) {
      return;
    }
    if (removals.isOutOfReach()) {
      phases.outOfReach(title); // the whole directory is: that says nothing of this file
      return;
    }
    if (sighting instanceof Sighting.Hidden hidden) {
      phases.unreadable(title, hidden.cause());
    } else {
      phases.vanished(title);
    }
  }

  /** A scan found a new file, or another one than before. */
  void scanned(Title name, FileStat stat, boolean renamedIn) {
    Tracked title = titles.get(name);
    boolean unknown = title == null || !title.confirmed || title.published == null;
    if (unknown) {
      phases.sighted(phases.appeared(name), stat, renamedIn);
      return;
    }
    // The scan may be behind the events.
    happened(name, renamedIn ? Happening.ENDED : Happening.LOOK);
  }

  /** A directory was deleted or renamed away. */
  void directoryGone(Title directory) {
    for (Tracked title : titles.below(directory.path() + "/")) {
      happened(title.title, Happening.LOOK);
    }
  }

  /** Nothing that was seen of writers can be relied upon any more. */
  void eventsLost() {
    for (Tracked title : titles.below("/")) {
      if (title.phase == Tracked.Phase.WRITING && title.stat != null) {
        phases.settle(title, title.stat, false);
      }
    }
    surroundings.scanAll();
  }

  /** Looks again at a published title whose file seemed to have changed. */
  void examine(Title name) {
    Tracked title = titles.get(name);
    if (title != null && title.phase == Tracked.Phase.IDLE) {
      happened(name, Happening.LOOK);
    }
  }

  /** A title's bytes, or kept hashes, were found wrong though its stat is the same. */
  void suspected(Title name) {
    Tracked title = titles.get(name);
    if (title == null || title.distrusted) {
      return;
    }
    title.distrusted = true;
    surroundings.forget(name);
    if (title.phase == Tracked.Phase.IDLE && title.stat != null) {
      phases.settle(title, title.stat, true);
    }
  }

  void hashed(HashOutcome outcome) {
    Tracked title = titles.get(outcome.title());
    if (title == null || !isAwaited(title, outcome)) {
      return;
    }
    if (outcome instanceof HashOutcome.Hashed hashed) {
      publish(title, hashed);
    } else if (outcome instanceof HashOutcome.Unreadable unreadable
        && !(unreadable.cause() instanceof NoSuchFileException)) {
      phases.unreadable(title, unreadable.cause());
    } else if (outcome instanceof HashOutcome.Unkept unkept) {
      phases.unkept(title, unkept.cause());
    } else {
      title.phase = Tracked.Phase.SETTLING;
      happened(title.title, Happening.LOOK);
    }
  }

  private void publish(Tracked title, HashOutcome.Hashed hashed) {
    try {
      surroundings.keepHashes(title.title, hashed.edition());
    } catch (IOException e) {
      phases.unkept(title, e);
      return;
    }
    phases.publish(title, hashed.edition(), hashed.expected());
  }

  private static boolean isAwaited(Tracked title, HashOutcome outcome) {
    return title.phase == Tracked.Phase.HASHING
        && title.stat != null
        && title.stat.sameAs(outcome.expected());
  }

  /**
   * Does what is due by time, for a few titles: when 100,000 are due at once, what is heard of
   * others meanwhile must not wait for all of them.
   */
  void tick() {
    for (int i = 0; i < MOST_DUE_IN_TURN; i++) {
      Optional<Tracked> due = phases.due();
      if (due.isEmpty()) {
        return;
      }
      Tracked title = due.get();
      if (!titles.has(title)) {
        continue;
      }
      if (title.phase == Tracked.Phase.SETTLING || title.phase == Tracked.Phase.UNREADABLE) {
        settled(title);
      } else if (title.phase == Tracked.Phase.WRITING && title.stat != null) {
        log.info(
            "the writer of {} is silent for {} minutes: it is taken as it is",
            title.title,
            Pace.PATIENCE.toMinutes());
        phases.settle(title, title.stat, false);
      }
    }
  }

  private void settled(Tracked title) {
    Sighting sighting = surroundings.look(title.title);
    if (sighting instanceof Sighting.Regular regular) {
      phases.settled(title, regular.stat());
    } else {
      notAFile(title.title, sighting);
    }
  }

  /** Nanoseconds until {@link #tick} has something to do. */
  long untilNext(long mostNanos) {
    return phases.untilDue(mostNanos);
  }
}
