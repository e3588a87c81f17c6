package org.p2pd.publish;

import com.google.common.base.Ticker;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.p2pd.model.Title;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what scans saw with what is followed, and has removals judged: all that concerns the
 * public directory as a whole. Confined to the publishing thread; does no I/O itself.
 */
final class Census {

  private static final Logger log = LoggerFactory.getLogger(Census.class);
  private static final long PROBE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Publication publication;
  private final TrackedTitles titles;
  private final Removals removals;
  private final FirstScan firstScan;
  private final Surroundings surroundings;
  private final Ticker ticker;
  private boolean scannedOnce;
  private boolean accepting;
  private boolean nothingLeft;
  private boolean probing;
  private long nextProbeNanos;

  Census(
      Publication publication,
      TrackedTitles titles,
      Removals removals,
      FirstScan firstScan,
      Surroundings surroundings,
      Ticker ticker) {
    this.publication = publication;
    this.titles = titles;
    this.removals = removals;
    this.firstScan = firstScan;
    this.surroundings = surroundings;
    this.ticker = ticker;
    this.nextProbeNanos = ticker.read();
  }

  void scanned(Snapshot snapshot) {
    removals.see(snapshot.root());
    if (removals.isOutOfReach()) {
      return;
    }
    boolean full = snapshot.prefix().equals("/");
    SnapshotDiff diff = SnapshotDiff.between(lastSeen(snapshot.prefix()), snapshot);
    for (Title name : diff.vanished()) {
      publication.happened(name, Publication.Happening.LOOK);
    }
    if (removals.isElsewhere()) {
      scannedOnce |= full;
      if (!accepting && !(full && hasAllMissing(snapshot))) {
        return; // what lies on another file system is not what the owner published
      }
      expect(snapshot.root()); // the owner has moved
    }
    diff.seen().forEach((name, stat) -> publication.scanned(name, stat, snapshot.renamedIn()));
    if (full) {
      fullScanDone(snapshot);
    }
  }

  /** What was last seen of the titles below a prefix; nothing equal for those to be told anew. */
  private Map<Title, FileStat> lastSeen(String prefix) {
    Map<Title, FileStat> seen = new HashMap<>();
    for (Tracked title : titles.below(prefix)) {
      if (title.phase != Tracked.Phase.MISSING) {
        boolean told = title.stat != null && (title.confirmed || title.published == null);
        seen.put(title.title, told ? title.stat : FileStat.NEVER_SEEN);
      }
    }
    return seen;
  }

  private boolean hasAllMissing(Snapshot snapshot) {
    return removals.all().stream().allMatch(t -> snapshot.files().containsKey(t.title));
  }

  private void fullScanDone(Snapshot snapshot) {
    scannedOnce = true;
    firstScan.listed();
    if (snapshot.isEmpty() || isUnknownPlace()) {
      removals.emptied();
    }
    if (snapshot.root() instanceof RootCondition.Fine && !snapshot.isEmpty()) {
      if (accepting || !removals.guard().isWithholding()) {
        expect(snapshot.root()); // else it may not be the owner's
      }
      if (snapshot.unreadable().isEmpty()) {
        firstScan.begin(titles.below("/"));
      }
    }
    if (accepting) {
      accepting = false;
      log.info("the removal of {} titles is accepted", removals.count());
      removals.guard().accept();
      removals.all().forEach(removals::withdraw);
    }
  }

  /**
   * Since the machine's start the public directory was not seen with a single title in it: a file
   * that lies there may lie in an empty mount point.
   */
  private boolean isUnknownPlace() {
    return removals.guard().device().isEmpty() && present() == 0;
  }

  /** Expects the public directory on the file system on which it was seen. */
  private void expect(RootCondition seen) {
    if (seen instanceof RootCondition.Fine fine) {
      removals.guard().expectDevice(fine.device());
      surroundings.rememberDevice(fine.device());
    }
  }

  /** The public directory was looked at. */
  void probed(RootCondition found, Set<Title> unmounted) {
    probing = false;
    boolean news = removals.see(found);
    if (news) {
      surroundings.scanAll();
    }
    if (news && found instanceof RootCondition.Empty) {
      lookAtAll();
      removals.emptied();
    }
    if (!removals.isOutOfReach() && (news || !scannedOnce)) {
      return; // what is missing is known only after the next scan
    }
    RemovalGuard.Verdict verdict = removals.judge(present(), unmounted);
    for (Title name : verdict.withdraw()) {
      Tracked title = titles.get(name);
      if (title != null) {
        withdrawUnlessThere(title);
      }
    }
    verdict.takeBack().forEach(removals::takeBack);
    removals.expire();
  }

  private void lookAtAll() {
    for (Tracked title : titles.below("/")) {
      publication.happened(title.title, Publication.Happening.LOOK);
    }
  }

  private void withdrawUnlessThere(Tracked title) {
    Sighting sighting = surroundings.look(title.title);
    if (sighting instanceof Sighting.Regular) {
      publication.happened(title.title, Publication.Happening.LOOK);
    } else if (!(sighting instanceof Sighting.Hidden)) {
      log.info("{} is withdrawn: its file is gone", title.title);
      removals.withdraw(title);
    }
  }

  /** Whether it is known yet what is missing. */
  boolean canAccept() {
    return scannedOnce;
  }

  /** The owner wants what is missing withdrawn, as a scan finds it now. */
  void acceptRemovals() {
    if (removals.isOutOfReach()) {
      log.warn("removals are not accepted while the public directory cannot be read");
      return;
    }
    if (removals.count() == 0) {
      log.info("nothing is withheld, so no removal is accepted"); // what vanishes next is another
      return;
    }
    accepting = true;
    surroundings.scanAll();
  }

  /**
   * Has the directory looked at each second, sooner while something is missing; at once, and all of
   * it, when the last file vanished: before the next appears.
   */
  void tick() {
    boolean nothing = removals.count() > 0 && removals.count() == titles.size();
    if (nothing && !nothingLeft) {
      surroundings.scanAll();
    }
    nothingLeft = nothing;
    long now = ticker.read();
    if (!probing && now - nextProbe() >= 0) {
      probing = true;
      nextProbeNanos = now + PROBE_NANOS;
      surroundings.probe(removals.devices());
    }
  }

  private long nextProbe() {
    return removals.count() == 0
        ? nextProbeNanos
        : nextProbeNanos - PROBE_NANOS + RemovalGuard.GRACE.toNanos();
  }

  /** Nanoseconds until {@link #tick} has something to do. */
  long untilNext() {
    return probing ? PROBE_NANOS : Math.max(0, nextProbe() - ticker.read());
  }

  private int present() {
    return titles.inCatalogue() - removals.count();
  }
}
