package org.p2pd.publish;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of each title, from what events, scans and hashing say of it: the arrows between the
 * phases of {@link Tracked}. Confined to the publishing thread; does no I/O itself.
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

  private final PublicTree tree;
  private final Pace pace;
  private final Surroundings surroundings;
  private final Editions editions;
  private final PublicationListener listener;
  private final Troubles troubles;
  private final TrackedTitles titles;
  private final Removals removals;
  private final FirstScan firstScan;
  private final Deadlines deadlines = new Deadlines();

  Publication(
      PublicTree tree,
      Pace pace,
      Surroundings surroundings,
      Editions editions,
      PublicationListener listener,
      Troubles troubles,
      TrackedTitles titles,
      Removals removals,
      FirstScan firstScan) {
    this.tree = tree;
    this.pace = pace;
    this.surroundings = surroundings;
    this.editions = editions;
    this.listener = listener;
    this.troubles = troubles;
    this.titles = titles;
    this.removals = removals;
    this.firstScan = firstScan;
  }

  /** A file that an earlier run hashed: believed when its stat is still the same. */
  void remembered(HashedFile file) {
    Tracked title = track(file.title());
    title.published = file;
    editions.add(file);
    titles.putInCatalogue(title);
  }

  /** A title that the catalogue has. */
  void known(Title name) {
    Tracked title = track(name);
    title.listed = true;
    titles.putInCatalogue(title);
  }

  // What is heard of a title.

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
      writing(appeared(name), regular.stat());
    } else {
      sighted(appeared(name), regular.stat(), happening == Happening.ENDED);
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
      // The whole directory is: that says nothing of this file.
      if (title.phase == Tracked.Phase.SETTLING || title.phase == Tracked.Phase.UNREADABLE) {
        deadlines.set(title, pace.inNanos(Pace.RETRY));
      }
      return;
    }
    if (sighting instanceof Sighting.Hidden hidden) {
      unreadable(title, hidden.cause());
    } else {
      vanished(title);
    }
  }

  /** A scan found a new file, or another one than before. */
  void scanned(Title name, FileStat stat, boolean renamedIn) {
    Tracked title = titles.get(name);
    boolean unknown = title == null || !title.confirmed || title.published == null;
    if (unknown) {
      sighted(appeared(name), stat, renamedIn);
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
        settle(title, title.stat, false);
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
      settle(title, title.stat, true);
    }
  }

  void hashed(HashOutcome outcome) {
    Tracked title = titles.get(outcome.title());
    if (title == null || !isAwaited(title, outcome)) {
      return;
    }
    if (outcome instanceof HashOutcome.Hashed hashed) {
      publish(title, hashed.edition(), hashed.expected());
    } else if (outcome instanceof HashOutcome.Unreadable unreadable
        && !(unreadable.cause() instanceof NoSuchFileException)) {
      unreadable(title, unreadable.cause());
    } else if (outcome instanceof HashOutcome.Unkept unkept) {
      retryLater(title);
      troubles.report(
          Troubles.Group.STATE,
          "hashes",
          "hashes cannot be written to the state directory ("
              + unkept.cause()
              + "): nothing new is published; make room there, it is tried again each minute");
    } else {
      title.phase = Tracked.Phase.SETTLING;
      happened(title.title, Happening.LOOK);
    }
  }

  private static boolean isAwaited(Tracked title, HashOutcome outcome) {
    return title.phase == Tracked.Phase.HASHING
        && title.stat != null
        && title.stat.sameAs(outcome.expected());
  }

  /** Does what is due by time. */
  void tick() {
    long now = pace.nowNanos();
    for (Tracked title = deadlines.poll(now); title != null; title = deadlines.poll(now)) {
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
        settle(title, title.stat, false);
      }
    }
  }

  /** Nanoseconds until {@link #tick} has something to do. */
  long untilNext(long mostNanos) {
    return deadlines.untilNext(pace.nowNanos(), mostNanos);
  }

  // What becomes of it.

  private void sighted(Tracked title, FileStat stat, boolean ended) {
    if (title.phase == Tracked.Phase.WRITING && !ended) {
      return; // its writer will be seen to end
    }
    if (isPublished(title, stat)) {
      idle(title, stat);
      return;
    }
    boolean underWay =
        title.phase == Tracked.Phase.HASHING
            || title.phase == Tracked.Phase.UNREADABLE
            || (title.phase == Tracked.Phase.SETTLING && (title.ended || !ended));
    if (underWay && title.stat != null && title.stat.sameAs(stat)) {
      return;
    }
    settle(title, stat, ended || isAfterthought(title, stat));
  }

  private static boolean isPublished(Tracked title, FileStat stat) {
    HashedFile published = title.published;
    return published != null && !title.distrusted && published.stat().sameAs(stat);
  }

  /** Dates and rights that a copying program sets after it has closed the file. */
  private static boolean isAfterthought(Tracked title, FileStat stat) {
    return title.ended
        && title.stat != null
        && title.stat.inode() == stat.inode()
        && title.stat.sizeBytes() == stat.sizeBytes();
  }

  private void writing(Tracked title, FileStat stat) {
    leave(title);
    title.phase = Tracked.Phase.WRITING;
    title.ended = false;
    title.stat = stat;
    deadlines.set(title, pace.inNanos(Pace.PATIENCE));
    announce(title);
    firstScan.resolved(title);
  }

  private void settle(Tracked title, FileStat stat, boolean ended) {
    leave(title);
    if (title.phase == Tracked.Phase.UNREADABLE) {
      endTrouble(title); // it is another file, or has other rights
    }
    title.phase = Tracked.Phase.SETTLING;
    title.ended = ended;
    title.stat = stat;
    long due = pace.inNanos(pace.untilTaken(stat, ended));
    if (title.distrusted && title.published != null && title.published.stat().sameAs(stat)) {
      due = Math.max(due, title.rehashedNanos + Pace.RETRY.toNanos());
      title.rehashedNanos = due;
    }
    deadlines.set(title, due);
    announce(title);
  }

  private void settled(Tracked title) {
    Sighting sighting = surroundings.look(title.title);
    if (!(sighting instanceof Sighting.Regular regular)) {
      notAFile(title.title, sighting);
      return;
    }
    FileStat stat = regular.stat();
    if (title.stat == null || !title.stat.sameAs(stat)) {
      settle(title, stat, isAfterthought(title, stat));
      return;
    }
    title.stat = stat;
    if (isPublished(title, stat)) {
      idle(title, stat);
      return;
    }
    titles
        .twin(title, stat)
        .ifPresentOrElse(
            twin -> publish(title, twin.edition(), stat),
            () -> {
              title.phase = Tracked.Phase.HASHING;
              surroundings.hash(title.title, stat);
            });
  }

  private void publish(Tracked title, Edition edition, FileStat stat) {
    HashedFile old = title.published;
    boolean same = old != null && old.edition().equals(edition);
    HashedFile file =
        new HashedFile(
            title.title,
            tree.fileOf(title.title),
            stat,
            edition,
            old != null && same ? old.fileDate() : stat.modified());
    if (old != null && same) {
      editions.replace(old, file);
    } else {
      editions.add(file);
      if (old != null && editions.remove(old)) {
        surroundings.forget(old.edition());
      }
      title.confirmed = false;
      log.info("{} is published as {}", title.title, edition);
    }
    title.published = file;
    title.distrusted = false;
    surroundings.remember(file);
    troubles.end(Troubles.Group.STATE, "hashes");
    idle(title, stat);
  }

  /** The file is what is published. */
  private void idle(Tracked title, FileStat stat) {
    leave(title);
    endTrouble(title);
    title.phase = Tracked.Phase.IDLE;
    title.stat = stat;
    titles.putInode(title, stat);
    HashedFile published = title.published;
    if (!title.confirmed && published != null) {
      title.confirmed = true;
      title.listed = true;
      titles.putInCatalogue(title);
      listener.published(title.title, published.edition(), published.fileDate());
    }
    firstScan.resolved(title);
  }

  private void unreadable(Tracked title, IOException cause) {
    retryLater(title);
    String quoted = ShellText.quote(tree.root(), title.title);
    troubles.report(
        Troubles.Group.FILES,
        title.title.path(),
        cause instanceof AccessDeniedException
            ? quoted + " may not be read and is not published; mend it with: chmod a+r " + quoted
            : quoted + " cannot be read (" + cause + "); it is tried again each minute");
  }

  private void retryLater(Tracked title) {
    leave(title);
    title.phase = Tracked.Phase.UNREADABLE;
    deadlines.set(title, pace.inNanos(Pace.RETRY));
    announce(title);
    firstScan.resolved(title);
  }

  private void vanished(Tracked title) {
    if (title.phase == Tracked.Phase.MISSING) {
      return;
    }
    leave(title);
    endTrouble(title);
    firstScan.resolved(title);
    if (title.inCatalogue) {
      removals.add(title, pace.nowNanos());
      return;
    }
    titles.remove(title);
    if (title.listed) {
      listener.removed(title.title);
    }
  }

  /** Ends what goes on elsewhere because of the phase. */
  private void leave(Tracked title) {
    if (title.phase == Tracked.Phase.HASHING) {
      surroundings.giveUpHashing(title.title);
    }
  }

  private void endTrouble(Tracked title) {
    troubles.end(Troubles.Group.FILES, title.title.path());
  }

  private void announce(Tracked title) {
    if (!title.listed) {
      title.listed = true;
      listener.announced(title.title);
    }
  }

  /** The title of a file that is there, whether it is new, known or missing so far. */
  private Tracked appeared(Title name) {
    Tracked title = track(name);
    removals.back(name);
    if (title.phase == Tracked.Phase.MISSING) {
      title.phase = Tracked.Phase.IDLE;
    }
    return title;
  }

  private Tracked track(Title name) {
    Tracked title = titles.get(name);
    if (title != null) {
      return title;
    }
    Tracked made = removals.revive(name).orElseGet(() -> new Tracked(name));
    made.phase = Tracked.Phase.IDLE;
    made.listed = false;
    made.confirmed = false;
    titles.put(made);
    return made;
  }
}
