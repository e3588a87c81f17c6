package org.p2pd.publish;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what becomes of every title, from what scans, events and hashing report. Confined to the
 * publishing thread; does no I/O itself.
 */
final class Publication {

  private static final Logger log = LoggerFactory.getLogger(Publication.class);

  /**
   * What a file's dates cannot tell apart: hashing begins so much later than the last change, so
   * that any later change gives another date.
   */
  static final Duration GRAIN = Duration.ofMillis(50);

  /** A writer that was seen to begin but not to end, and is silent for so long, has ended. */
  static final Duration PATIENCE = Duration.ofHours(1);

  /** How soon what cannot be read, or was found wrong twice, is tried again. */
  static final Duration RETRY = Duration.ofMinutes(1);

  private static final long PROBE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How files are taken. */
  record Rules(PublicTree tree, Duration settle, boolean local) {}

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

  private final Rules rules;
  private final Surroundings surroundings;
  private final Editions editions;
  private final PublicationListener listener;
  private final Removals removals;
  private final Troubles troubles;
  private final Clock clock;
  private final Ticker ticker;
  private final TreeMap<String, Tracked> tracked = new TreeMap<>();
  private final Map<Long, Tracked> byInode = new HashMap<>();
  private final Deadlines deadlines = new Deadlines();
  private RootCondition root = new RootCondition.Unreadable("not looked at yet");
  private boolean scannedOnce;
  private boolean accepting;
  private @Nullable Set<Tracked> firstScan;
  private boolean firstScanTold;
  private int inCatalogue;
  private long nextProbeNanos;
  private boolean probing;

  Publication(
      Rules rules,
      Surroundings surroundings,
      Editions editions,
      PublicationListener listener,
      Removals removals,
      Troubles troubles,
      Clock clock,
      Ticker ticker) {
    this.rules = rules;
    this.surroundings = surroundings;
    this.editions = editions;
    this.listener = listener;
    this.removals = removals;
    this.troubles = troubles;
    this.clock = clock;
    this.ticker = ticker;
    this.nextProbeNanos = ticker.read();
  }

  // What is known before the first look.

  /** A file that an earlier run hashed: believed when its stat is still the same. */
  void remembered(HashedFile file) {
    Tracked title = track(file.title());
    title.published = file;
    editions.add(file);
    addToCatalogue(title);
  }

  /** A title that the catalogue has. */
  void known(Title name) {
    Tracked title = track(name);
    title.listed = true;
    addToCatalogue(title);
  }

  /** The file system on which the public directory was before. */
  void expectDevice(long device) {
    removals.guard().expectDevice(device);
  }

  // What happens.

  void happened(Title name, Happening happening) {
    Tracked title = tracked.get(name.path());
    if (happening == Happening.WRITTEN && title != null && title.phase == Tracked.Phase.WRITING) {
      title.deadlineNanos = ticker.read() + PATIENCE.toNanos();
      return;
    }
    Sighting sighting = surroundings.look(name);
    if (sighting instanceof Sighting.Regular regular) {
      boolean writer =
          happening == Happening.WRITTEN
              || (happening == Happening.CREATED && !regular.link() && regular.stat().links() == 1);
      if (writer) {
        writing(appeared(name), regular.stat());
      } else {
        sighted(appeared(name), regular.stat(), happening == Happening.ENDED);
      }
    } else {
      notAFile(name, sighting);
    }
  }

  private void notAFile(Title name, Sighting sighting) {
    Tracked title = tracked.get(name.path());
    if (sighting instanceof Sighting.Directory) {
      surroundings.scanBelow(name);
    }
    if (title == null) {
      return;
    }
    if (root instanceof RootCondition.Unreadable) {
      if (title.phase == Tracked.Phase.SETTLING || title.phase == Tracked.Phase.UNREADABLE) {
        deadlines.set(title, ticker.read() + RETRY.toNanos());
      }
      return; // the whole directory is out of reach, which says nothing of this file
    }
    if (sighting instanceof Sighting.Hidden hidden) {
      unreadable(title, hidden.cause());
    } else {
      vanished(title);
    }
  }

  /** A directory was deleted or renamed away. */
  void directoryGone(Title directory) {
    for (Tracked title : below(directory.path() + "/")) {
      happened(title.title, Happening.LOOK);
    }
  }

  /** Nothing that was seen of writers can be relied upon any more. */
  void eventsLost() {
    for (Tracked title : List.copyOf(tracked.values())) {
      if (title.phase == Tracked.Phase.WRITING && title.stat != null) {
        settle(title, title.stat, false);
      }
    }
    surroundings.scanAll();
  }

  /** Looks again at a title whose file seemed to have changed. */
  void examine(Title name) {
    Tracked title = tracked.get(name.path());
    if (title != null && title.phase == Tracked.Phase.IDLE) {
      happened(name, Happening.LOOK);
    }
  }

  /** A title's bytes, or kept hashes, were found wrong though its stat is the same. */
  void suspected(Title name) {
    Tracked title = tracked.get(name.path());
    if (title == null || title.distrusted) {
      return;
    }
    title.distrusted = true;
    surroundings.forget(name);
    if (title.phase == Tracked.Phase.IDLE && title.stat != null) {
      settle(title, title.stat, true);
    }
  }

  // Scans.

  void scanned(Snapshot snapshot) {
    seeRoot(snapshot.root());
    if (snapshot.root() instanceof RootCondition.Unreadable) {
      return;
    }
    boolean full = snapshot.prefix().equals("/");
    SnapshotDiff diff = SnapshotDiff.between(lastSeen(snapshot.prefix()), snapshot);
    for (Title name : diff.vanished()) {
      Sighting sighting = surroundings.look(name);
      if (sighting instanceof Sighting.Regular) {
        happened(name, Happening.LOOK); // it came after the scan had passed
      } else {
        notAFile(name, sighting);
      }
    }
    if (full && isForeign(snapshot)) {
      judgeSoon();
      return; // what lies on another file system is not what the owner published
    }
    diff.seen().forEach((name, stat) -> seen(name, stat, snapshot.renamedIn()));
    if (full) {
      fullScanDone(snapshot);
    }
  }

  /** What was last seen of the titles below a prefix; nothing equal for those to be told anew. */
  private Map<Title, FileStat> lastSeen(String prefix) {
    Map<Title, FileStat> seen = new HashMap<>();
    for (Tracked title : below(prefix)) {
      if (title.phase != Tracked.Phase.MISSING) {
        boolean told = title.stat != null && (title.confirmed || title.published == null);
        seen.put(title.title, told ? title.stat : FileStat.NEVER_SEEN);
      }
    }
    return seen;
  }

  private boolean isForeign(Snapshot snapshot) {
    return snapshot.root() instanceof RootCondition.Fine fine
        && removals.guard().isOtherFileSystem(fine.device())
        && !accepting
        && removals.all().stream().anyMatch(t -> !snapshot.files().containsKey(t.title));
  }

  private void seen(Title name, FileStat stat, boolean renamedIn) {
    Tracked before = tracked.get(name.path());
    boolean asScanned = before == null || !before.confirmed || before.published == null;
    if (asScanned) {
      sighted(appeared(name), stat, renamedIn);
      return;
    }
    happened(name, renamedIn ? Happening.ENDED : Happening.LOOK); // the scan may be behind events
  }

  private void fullScanDone(Snapshot snapshot) {
    if (snapshot.root() instanceof RootCondition.Fine fine) {
      removals.guard().expectDevice(fine.device());
      surroundings.rememberDevice(fine.device());
      if (firstScan == null && snapshot.unreadable().isEmpty()) {
        firstScan = new HashSet<>();
        for (Tracked title : tracked.values()) {
          if (title.phase == Tracked.Phase.SETTLING || title.phase == Tracked.Phase.HASHING) {
            firstScan.add(title);
          }
        }
      }
    }
    scannedOnce = true;
    if (accepting) {
      accepting = false;
      removals.guard().accept();
      log.info("the removal of {} titles is accepted", removals.count());
      removals.all().forEach(this::withdraw);
    }
    tellFirstScan();
    judgeSoon();
  }

  // One title.

  private Tracked appeared(Title name) {
    Tracked title = track(name);
    if (title.phase == Tracked.Phase.MISSING) {
      removals.back(title);
      title.phase = Tracked.Phase.IDLE;
    }
    return title;
  }

  private void sighted(Tracked title, FileStat stat, boolean ended) {
    if (title.phase == Tracked.Phase.WRITING && !ended) {
      return; // its writer will be seen to end
    }
    HashedFile published = title.published;
    if (published != null && !title.distrusted && published.stat().sameAs(stat)) {
      idle(title, stat);
      return;
    }
    boolean timed =
        title.phase == Tracked.Phase.HASHING
            || title.phase == Tracked.Phase.UNREADABLE
            || (title.phase == Tracked.Phase.SETTLING && (title.prompt || !ended));
    if (timed && title.stat != null && title.stat.sameAs(stat)) {
      return;
    }
    settle(title, stat, ended || isAfterthought(title, stat));
  }

  /** Dates and rights that a copying program sets after it has closed the file. */
  private static boolean isAfterthought(Tracked title, FileStat stat) {
    return title.prompt
        && title.stat != null
        && title.stat.inode() == stat.inode()
        && title.stat.sizeBytes() == stat.sizeBytes();
  }

  private void writing(Tracked title, FileStat stat) {
    leavePhase(title);
    title.phase = Tracked.Phase.WRITING;
    title.prompt = false;
    title.stat = stat;
    deadlines.set(title, ticker.read() + PATIENCE.toNanos());
    announce(title);
    resolved(title);
  }

  private void settle(Tracked title, FileStat stat, boolean prompt) {
    leavePhase(title);
    if (title.phase == Tracked.Phase.UNREADABLE) {
      endTrouble(title); // it is another file, or has other rights
    }
    title.phase = Tracked.Phase.SETTLING;
    title.prompt = prompt;
    title.stat = stat;
    long now = ticker.read();
    long wait = prompt ? GRAIN.toNanos() : quietNanos(stat);
    if (title.distrusted) {
      long again = title.distrustedNanos == 0 ? now : title.distrustedNanos + RETRY.toNanos();
      wait = Math.max(wait, again - now);
      title.distrustedNanos = now + wait;
    }
    deadlines.set(title, now + wait);
    announce(title);
  }

  /** How long a file whose writer was not seen has to stay as it is. */
  private long quietNanos(FileStat stat) {
    long settle = Math.max(rules.settle().toNanos(), GRAIN.toNanos());
    if (!rules.local()) {
      return settle; // another machine's clock wrote the dates
    }
    Duration quiet = Duration.between(stat.lastTouched(), clock.instant());
    boolean past = !quiet.isNegative() && quiet.compareTo(rules.settle()) < 0;
    if (past) {
      return Math.max(GRAIN.toNanos(), settle - quiet.toNanos());
    }
    return quiet.isNegative() ? settle : GRAIN.toNanos();
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
    HashedFile published = title.published;
    if (published != null && !title.distrusted && published.stat().sameAs(stat)) {
      idle(title, stat);
      return;
    }
    Tracked twin = byInode.get(stat.inode());
    if (twin != null && twin != title && isTwin(twin, stat) && twin.published != null) {
      publish(title, twin.published.edition(), stat);
      return;
    }
    title.phase = Tracked.Phase.HASHING;
    surroundings.hash(title.title, stat);
  }

  private static boolean isTwin(Tracked twin, FileStat stat) {
    return twin.phase == Tracked.Phase.IDLE
        && !twin.distrusted
        && twin.stat != null
        && twin.stat.isHardLinkOf(stat);
  }

  void hashed(HashOutcome outcome) {
    Tracked title = tracked.get(outcome.title().path());
    boolean current =
        title != null
            && title.phase == Tracked.Phase.HASHING
            && title.stat != null
            && title.stat.sameAs(outcome.expected());
    if (!current || title == null) {
      return;
    }
    if (outcome instanceof HashOutcome.Hashed hashed) {
      publish(title, hashed.edition(), hashed.expected());
    } else if (outcome instanceof HashOutcome.Changed) {
      title.phase = Tracked.Phase.SETTLING;
      happened(title.title, Happening.LOOK);
    } else if (outcome instanceof HashOutcome.Unreadable unreadable) {
      if (unreadable.cause() instanceof NoSuchFileException) {
        happened(title.title, Happening.LOOK);
        return;
      }
      unreadable(title, unreadable.cause());
    } else if (outcome instanceof HashOutcome.Unkept unkept) {
      retryLater(title);
      troubles.report(
          Troubles.Group.STATE,
          "hashes",
          "hashes cannot be written to the state directory ("
              + unkept.cause()
              + "): nothing new is published; make room there, it is tried again each minute");
    }
  }

  private void publish(Tracked title, Edition edition, FileStat stat) {
    HashedFile old = title.published;
    boolean same = old != null && old.edition().equals(edition);
    HashedFile file =
        new HashedFile(
            title.title,
            rules.tree().fileOf(title.title),
            stat,
            edition,
            same && old != null ? old.fileDate() : stat.modified());
    if (old != null && same) {
      editions.replace(old, file);
    } else {
      editions.add(file);
      if (old != null && editions.remove(old)) {
        surroundings.forget(old.edition());
      }
    }
    title.published = file;
    title.distrusted = false;
    surroundings.remember(file);
    troubles.end(Troubles.Group.STATE, "hashes");
    boolean news = !same;
    if (news) {
      title.confirmed = false;
      log.info("{} is published as {}", title.title, edition);
    }
    idle(title, stat);
  }

  /** The file is what is published. */
  private void idle(Tracked title, FileStat stat) {
    leavePhase(title);
    endTrouble(title);
    title.phase = Tracked.Phase.IDLE;
    title.stat = stat;
    byInode.put(stat.inode(), title);
    HashedFile published = title.published;
    if (!title.confirmed && published != null) {
      title.confirmed = true;
      title.listed = true;
      addToCatalogue(title);
      listener.published(title.title, published.edition(), published.fileDate());
    }
    resolved(title);
  }

  private void unreadable(Tracked title, IOException cause) {
    retryLater(title);
    String quoted = ShellText.quote(rules.tree().root(), title.title);
    troubles.report(
        Troubles.Group.FILES,
        title.title.path(),
        cause instanceof AccessDeniedException
            ? quoted + " may not be read and is not published; mend it with: chmod a+r " + quoted
            : quoted + " cannot be read (" + cause + "); it is tried again each minute");
  }

  private void retryLater(Tracked title) {
    leavePhase(title);
    title.phase = Tracked.Phase.UNREADABLE;
    deadlines.set(title, ticker.read() + RETRY.toNanos());
    announce(title);
    resolved(title);
  }

  private void vanished(Tracked title) {
    if (title.phase == Tracked.Phase.MISSING) {
      return;
    }
    leavePhase(title);
    endTrouble(title);
    resolved(title);
    if (title.inCatalogue) {
      removals.add(title, ticker.read());
      nextProbeNanos = Math.min(nextProbeNanos, ticker.read() + RemovalGuard.GRACE.toNanos());
      return;
    }
    tracked.remove(title.title.path());
    if (title.listed) {
      listener.removed(title.title);
    }
  }

  private void leavePhase(Tracked title) {
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

  private void resolved(Tracked title) {
    if (firstScan != null && firstScan.remove(title)) {
      tellFirstScan();
    }
  }

  private void tellFirstScan() {
    boolean done = scannedOnce && firstScan != null && firstScan.isEmpty() && !firstScanTold;
    if (!done) {
      return;
    }
    firstScanTold = true;
    Set<Title> hashing = new HashSet<>();
    for (Tracked title : tracked.values()) {
      if (title.phase == Tracked.Phase.HASHING) {
        hashing.add(title.title);
      }
    }
    surroundings.firstScanDone(hashing);
    listener.scanComplete();
  }

  // Removals.

  /** The public directory was looked at. */
  void probed(RootCondition found, Set<Title> unmounted) {
    probing = false;
    boolean news = seeRoot(found);
    if (news) {
      surroundings.scanAll();
    }
    boolean unreadable = found instanceof RootCondition.Unreadable;
    if (!unreadable && (news || !scannedOnce)) {
      return; // what is missing is known only after the next scan
    }
    long now = ticker.read();
    RemovalGuard.Verdict verdict = removals.judge(now, found, present(), unmounted);
    for (Title name : verdict.withdraw()) {
      Tracked title = tracked.get(name.path());
      if (title != null) {
        withdrawUnlessThere(title);
      }
    }
    verdict.takeBack().forEach(this::takeBack);
    removals.expire(now).forEach(this::forget);
    if (removals.count() > 0) {
      nextProbeNanos = Math.min(nextProbeNanos, now + RemovalGuard.GRACE.toNanos());
    }
  }

  /** Remembers how the directory is; true if that is news that a scan should look into. */
  private boolean seeRoot(RootCondition found) {
    boolean changed = !found.equals(root);
    root = found;
    return changed;
  }

  private void judgeSoon() {
    nextProbeNanos = Math.min(nextProbeNanos, ticker.read() + RemovalGuard.GRACE.toNanos());
  }

  private void withdrawUnlessThere(Tracked title) {
    Sighting sighting = surroundings.look(title.title);
    if (sighting instanceof Sighting.Regular) {
      happened(title.title, Happening.LOOK);
    } else if (!(sighting instanceof Sighting.Hidden)) {
      withdraw(title);
    }
  }

  private void withdraw(Tracked title) {
    log.info("{} is withdrawn: its file is gone", title.title);
    tracked.remove(title.title.path());
    inCatalogue--;
    title.inCatalogue = false;
    removals.withdraw(title, ticker.read());
    listener.removed(title.title);
  }

  private void takeBack(Title name) {
    Tracked title = removals.revive(name);
    if (title == null || title.published == null || tracked.containsKey(name.path())) {
      return;
    }
    log.info("{} is published again: too many vanished with it", name);
    tracked.put(name.path(), title);
    addToCatalogue(title);
    listener.published(name, title.published.edition(), title.published.fileDate());
    removals.add(title, ticker.read());
  }

  /** Nothing is left of a title that was withdrawn long ago. */
  private void forget(Tracked title) {
    HashedFile file = title.published;
    if (file == null) {
      return;
    }
    byInode.remove(file.stat().inode(), title);
    if (!tracked.containsKey(title.title.path())) {
      surroundings.forget(title.title);
    }
    if (editions.remove(file)) {
      surroundings.forget(file.edition());
    }
  }

  /** Whether it is known yet what is missing. */
  boolean canAccept() {
    return scannedOnce;
  }

  /** The owner wants what is missing withdrawn, as a scan finds it now. */
  void acceptRemovals() {
    if (root instanceof RootCondition.Unreadable unreadable) {
      log.warn(
          "removals are not accepted while {} cannot be read ({})",
          rules.tree().root(),
          unreadable.reason());
      return;
    }
    accepting = true;
    surroundings.scanAll();
  }

  // Time.

  /** Does what is due. */
  void tick() {
    long now = ticker.read();
    for (Tracked title = deadlines.poll(now); title != null; title = deadlines.poll(now)) {
      if (tracked.get(title.title.path()) != title) {
        continue;
      }
      if (title.phase == Tracked.Phase.SETTLING) {
        settled(title);
      } else if (title.phase == Tracked.Phase.WRITING && title.stat != null) {
        log.info(
            "the writer of {} is silent for {} minutes: it is taken as it is",
            title.title,
            PATIENCE.toMinutes());
        settle(title, title.stat, false);
      } else if (title.phase == Tracked.Phase.UNREADABLE) {
        settled(title);
      }
    }
    if (!probing && now - nextProbeNanos >= 0) {
      probing = true;
      nextProbeNanos = now + PROBE_NANOS;
      surroundings.probe(removals.devices());
    }
  }

  /** Nanoseconds until {@link #tick} has something to do. */
  long untilNext() {
    long now = ticker.read();
    long probe = probing ? PROBE_NANOS : Math.max(0, nextProbeNanos - now);
    return deadlines.untilNext(now, probe);
  }

  // Numbers.

  int withheld() {
    return removals.count();
  }

  int unready() {
    return tracked.size() - published();
  }

  int published() {
    return inCatalogue;
  }

  private int present() {
    return inCatalogue - removals.count();
  }

  private void addToCatalogue(Tracked title) {
    if (!title.inCatalogue) {
      title.inCatalogue = true;
      inCatalogue++;
    }
  }

  private Tracked track(Title name) {
    return tracked.computeIfAbsent(
        name.path(),
        path -> {
          Tracked withdrawn = removals.revive(name);
          if (withdrawn == null) {
            return new Tracked(name);
          }
          withdrawn.phase = Tracked.Phase.IDLE;
          withdrawn.listed = false;
          withdrawn.confirmed = false;
          return withdrawn;
        });
  }

  private List<Tracked> below(String prefix) {
    return new ArrayList<>(
        tracked.subMap(prefix, true, prefix + Character.MAX_VALUE, true).values());
  }
}
