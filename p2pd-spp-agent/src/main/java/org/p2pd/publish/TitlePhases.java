package org.p2pd.publish;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.time.Instant;
import java.util.Optional;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of each title: the arrows between the phases of {@link Tracked}, and what the
 * catalogue, the index and the owner hear of them. Confined to the publishing thread; does no I/O
 * itself, and does not ask how a file is: whoever hears of it says so.
 */
final class TitlePhases {

  private static final Logger log = LoggerFactory.getLogger(TitlePhases.class);

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

  TitlePhases(
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
  void remembered(Title name, FileStat stat, Edition edition, Instant fileDate) {
    Tracked title = track(name);
    HashedFile file = new HashedFile(title.title, tree, stat, edition, fileDate);
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

  /**
   * Its file is there, and nobody is seen to write it.
   *
   * @param ended its copy was seen to end just now
   */
  void sighted(Tracked title, FileStat stat, boolean ended) {
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

  /** Its file has a writer, whose end will be seen. */
  void writing(Tracked title, FileStat stat) {
    leave(title);
    title.phase = Tracked.Phase.WRITING;
    title.ended = false;
    title.stat = stat;
    deadlines.set(title, pace.inNanos(Pace.PATIENCE));
    announce(title);
    firstScan.resolved(title);
  }

  /** Its file changed: it is hashed when it has been quiet for a while. */
  void settle(Tracked title, FileStat stat, boolean ended) {
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

  /** The time is up, and this is how its file is now. */
  void settled(Tracked title, FileStat stat) {
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

  /** Its file was hashed, or is known to be that edition. */
  void publish(Tracked title, Edition edition, FileStat stat) {
    HashedFile old = title.published;
    boolean same = old != null && old.edition().equals(edition);
    HashedFile file =
        new HashedFile(
            title.title,
            tree,
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

  void unreadable(Tracked title, IOException cause) {
    retryLater(title);
    String quoted = ShellText.quote(tree.root(), title.title);
    troubles.report(
        Troubles.Group.FILES,
        title.title.path(),
        cause instanceof AccessDeniedException
            ? quoted + " may not be read and is not published; mend it with: chmod a+r " + quoted
            : quoted + " cannot be read (" + cause + "); it is tried again each minute");
  }

  /** Its hashes cannot be kept: nothing can be published until they can. */
  void unkept(Tracked title, IOException cause) {
    retryLater(title);
    troubles.report(
        Troubles.Group.STATE,
        "hashes",
        "hashes cannot be written to the state directory ("
            + cause
            + "): nothing new is published; make room there, it is tried again each minute");
  }

  private void retryLater(Tracked title) {
    leave(title);
    title.phase = Tracked.Phase.UNREADABLE;
    deadlines.set(title, pace.inNanos(Pace.RETRY));
    announce(title);
    firstScan.resolved(title);
  }

  /** Nothing can be said of its file for now: what it waited for is waited for again. */
  void outOfReach(Tracked title) {
    if (title.phase == Tracked.Phase.SETTLING || title.phase == Tracked.Phase.UNREADABLE) {
      deadlines.set(title, pace.inNanos(Pace.RETRY));
    }
  }

  /** There is no file of that name any more. */
  void vanished(Tracked title) {
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
  Tracked appeared(Title name) {
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

  /** A title whose phase has ended by itself. */
  Optional<Tracked> due() {
    return Optional.ofNullable(deadlines.poll(pace.nowNanos()));
  }

  /** Nanoseconds until there may be one. */
  long untilDue(long mostNanos) {
    return deadlines.untilNext(pace.nowNanos(), mostNanos);
  }
}
