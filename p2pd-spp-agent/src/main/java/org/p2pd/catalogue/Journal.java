package org.p2pd.catalogue;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Title;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The authority's catalogue: numbers each change, signs it, stores it, and only then shows it to
 * anyone. What an authority owes the others: docs/spp-catalogue.md section 5.
 *
 * <p>Changes that come within {@link #GROUPING} share a batch. Changes of one title within a batch
 * melt into the last. Thread-safe; a change may wait for a batch to reach the disk.
 */
public final class Journal extends StoredCatalogue {

  private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

  /** How long a change waits for others to share its signature. */
  static final Duration GROUPING = Duration.ofMillis(20);

  /** How long after a failed write the next attempt is made. */
  static final Duration RETRY = Duration.ofSeconds(1);

  /** A checkpoint is due when so many numbers came after the last, and half the titles. */
  static final long CHECKPOINT_AFTER = 4_096;

  private final NodeKey key;
  private final InstantSource clock;
  private final FlushTimer timer;
  private final FormerTitles former = new FormerTitles();
  private volatile Function<Title, OptionalInt> progress = title -> OptionalInt.empty();
  private volatile boolean listed;
  private volatile Optional<String> problem = Optional.empty();

  @GuardedBy("lock")
  private final PendingChanges pending = new PendingChanges(titles, former);

  /** Whether a scan has been completed since this process began. */
  @GuardedBy("lock")
  private boolean scanned;

  @GuardedBy("lock")
  private boolean flushPlanned;

  @GuardedBy("lock")
  private boolean closed;

  @GuardedBy("lock")
  private long epoch;

  @GuardedBy("lock")
  private long checkpointAfter = CHECKPOINT_AFTER;

  private Journal(LogDirectory directory, NodeKey key, InstantSource clock, FlushTimer timer) {
    super(directory);
    this.key = key;
    this.clock = clock;
    this.timer = timer;
  }

  /**
   * Opens the journal kept in that directory; without one a new epoch begins.
   *
   * @throws IOException if the directory cannot be read or written
   */
  public static Journal open(Path directory, NodeKey key, InstantSource clock) throws IOException {
    return open(directory, key, clock, FlushTimer.onOwnThread());
  }

  static Journal open(Path directory, NodeKey key, InstantSource clock, FlushTimer timer)
      throws IOException {
    Journal journal = new Journal(LogDirectory.open(directory), key, clock, timer);
    try {
      journal.load();
      return journal;
    } catch (IOException e) {
      journal.close();
      throw e;
    }
  }

  private void load() throws IOException {
    synchronized (lock) {
      List<Path> generations = directory.generations();
      if (generations.isEmpty()) {
        beginEpochLocked(0);
        LOG.info("a new catalogue in {}: epoch {}, authority {}", directory, epoch, key.id());
        return;
      }
      Path newest = generations.get(generations.size() - 1);
      CatalogueLog.Loaded loaded = directory.load(newest, this::replay);
      pending.rememberAnnounced();
      epoch = loaded.log().end().epoch();
      boolean ours = loaded.log().index().newest().map(h -> h.names(key.publicKey())).orElse(false);
      switchTo(loaded.log(), key.publicKey());
      if (loaded.damaged() || !ours) {
        LOG.warn(
            "{} {}: what is still known goes out again in a new epoch, the rest as it is scanned",
            newest,
            ours ? "is damaged" : "is empty, or signed with another key");
        beginEpochLocked(epoch);
      } else {
        directory.deleteAllBut(newest);
      }
      LOG.info(
          "the catalogue in {} is at {}: {} titles, authority {}",
          directory,
          end(),
          publishedCount(),
          key.id());
    }
  }

  private void replay(Entry entry) {
    former.note(entry, titles);
    titles.apply(entry, new ArrayList<>());
  }

  /** Says where the percentage of announced titles is known. */
  public void reportsProgress(Function<Title, OptionalInt> percentHashed) {
    progress = percentHashed;
  }

  /**
   * Publishes a title, or its next edition. The edition that it already is changes nothing.
   *
   * @param fileDate the file's date; what becomes of it: {@link PublishedTitle#lastModified}
   */
  public void publish(Title title, Edition edition, Instant fileDate) {
    synchronized (lock) {
      pending.publish(title, edition, fileDate);
      planLocked(GROUPING);
    }
  }

  /** Says that a title is being prepared. One that is published stays what it is. */
  public void announce(Title title) {
    synchronized (lock) {
      if (pending.isRemoval(title)) {
        flushLocked(); // gone, then seen again: two changes, in this order
      }
      pending.announce(title);
      planLocked(GROUPING);
    }
  }

  /** Withdraws a title, published or announced. */
  public void remove(Title title) {
    synchronized (lock) {
      pending.remove(title);
      planLocked(GROUPING);
    }
  }

  /**
   * Says that all files were at least announced that were there at start: from now on what is not
   * known does not exist, here. (For others only {@link #scanComplete} says so.)
   */
  public void listed() {
    listed = true;
  }

  /**
   * Says that all files which were there at start have been hashed and published, or announced. To
   * be called after the first scan of every process: whether it is news is the journal's to know.
   * Titles that were announced by an earlier process, and not by this one, are withdrawn.
   */
  public void scanComplete() {
    synchronized (lock) {
      scanned = true;
      pending.scanComplete();
      planLocked(GROUPING);
    }
  }

  @GuardedBy("lock")
  private void planLocked(Duration delay) {
    if (!flushPlanned && !closed && !pending.isEmpty()) {
      flushPlanned = true;
      timer.after(delay, this::plannedFlush);
    }
  }

  private void plannedFlush() {
    synchronized (lock) {
      flushPlanned = false;
      flushLocked();
    }
  }

  /**
   * Signs, stores and shows all changes so far; returns when that is done.
   *
   * @return false if they could not be stored; then {@link #problem} says why, and it is tried
   *     again
   */
  public boolean flush() {
    synchronized (lock) {
      return flushLocked();
    }
  }

  @GuardedBy("lock")
  private boolean flushLocked() {
    if (closed) {
      return false;
    }
    try {
      for (Batch batch : signPendingLocked()) {
        storeLocked(batch);
        for (Entry entry : batch.entries()) {
          former.note(entry, titles);
          pending.done(entry);
        }
        applyLocked(batch.entries());
      }
      problem = Optional.empty();
    } catch (IOException e) {
      if (problem.isEmpty()) {
        LOG.error(
            "changes of the catalogue wait, for they cannot be stored in {} ({}): see that there is"
                + " room and that it can be written",
            directory,
            e.toString());
      }
      problem = Optional.of("the catalogue cannot be stored in " + directory + ": " + e);
      planLocked(RETRY);
      return false;
    }
    if (log().map(log -> log.index().journalLength()).orElse(0L)
        > checkpointAfter + titles.titlesOfThisEpoch() / 2) {
      checkpointLocked();
    }
    return true;
  }

  @GuardedBy("lock")
  private List<Batch> signPendingLocked() {
    long number = end().epoch() == epoch ? end().number() : 0;
    List<Entry> entries = pending.numberedAfter(number);
    if (entries.isEmpty()) {
      return List.of();
    }
    Optional<CatalogueLog> log = log();
    Hash tip = log.isPresent() ? log.get().index().tip() : BatchPlace.NO_PREVIOUS;
    return Packing.journal(key, epoch, tip, entries);
  }

  @GuardedBy("lock")
  private void storeLocked(Batch batch) throws IOException {
    Optional<CatalogueLog> log = log();
    if (log.isPresent()) {
      log.get().append(batch, true);
      return;
    }
    beginGenerationLocked(List.of(batch), Optional.empty());
  }

  /** Writes a new generation and makes it the one that is relayed. */
  @GuardedBy("lock")
  private void beginGenerationLocked(List<Batch> batches, Optional<CatalogueLog> journalOf)
      throws IOException {
    long kept = end().number() - KEPT_BEFORE_CHECKPOINT + 1;
    CatalogueLog next = directory.write(batches, journalOf, kept);
    switchTo(next, key.publicKey());
    directory.deleteAllBut(next.file().path());
  }

  @GuardedBy("lock")
  private void checkpointLocked() {
    List<Entry> entries = titles.entriesOfThisEpoch();
    if (titles.completeAt() > 0) {
      entries.add(new Entry.ScanComplete(titles.completeAt()));
    } else {
      entries.addAll(former.tombstones());
    }
    entries.sort(Comparator.comparingLong(Entry::number));
    CatalogueLog old = log().orElseThrow();
    try {
      beginGenerationLocked(
          Packing.checkpoint(key, old.end(), old.index().tip(), entries), Optional.of(old));
      checkpointAfter = CHECKPOINT_AFTER;
      LOG.info("the catalogue has a checkpoint at {} of {} titles", end(), publishedCount());
    } catch (IOException e) {
      // The journal alone says the same; it only grows longer until this succeeds.
      checkpointAfter = old.index().journalLength() + CHECKPOINT_AFTER;
      LOG.warn("no checkpoint of the catalogue in {}: {}", directory, e.toString());
    }
  }

  /** Begins an epoch above that one, issuing again what is known. */
  @GuardedBy("lock")
  private void beginEpochLocked(long above) throws IOException {
    epoch = Math.max(Math.max(1, clock.millis()), Math.addExact(above, 1));
    List<Entry> known = titles.entriesOfThisEpoch();
    known.sort(Comparator.comparingLong(Entry::number));
    List<Entry> entries = new ArrayList<>(known.size() + 1);
    for (Entry entry : known) {
      entries.add(entry.numbered(entries.size() + 1L));
    }
    if (scanned) {
      entries.add(new Entry.ScanComplete(entries.size() + 1L));
    }
    former.forgetTombstones();
    if (entries.isEmpty()) {
      switchTo(null, null);
    } else {
      beginGenerationLocked(
          Packing.journal(key, epoch, BatchPlace.NO_PREVIOUS, entries), Optional.empty());
    }
    titles.beginEpoch();
    applyLocked(entries);
  }

  @Override
  public void heard(byte[] newestHeader) {
    try {
      BatchHeader header = BatchHeader.parse(newestHeader, 0);
      if (newestHeader.length == BatchHeader.BYTES && header.names(key.publicKey())) {
        heard(header);
      }
    } catch (CatalogueFormatException e) {
      LOG.debug("heard what is no batch header: {}", e.getMessage());
    }
  }

  private void heard(BatchHeader header) {
    synchronized (lock) {
      if (closed || accountsForLocked(header) || !header.isSignedBy(key.publicKey())) {
        return;
      }
      long abandoned = epoch;
      try {
        beginEpochLocked(Math.max(epoch, header.end().epoch()));
        LOG.warn(
            "a node has {} of this authority, which this server's state does not know: it was lost"
                + " or is an older copy, so epoch {} gives way to {}",
            header.end(),
            abandoned,
            epoch);
      } catch (IOException | ArithmeticException e) {
        // Nothing was shown of the new epoch; the next asker brings it up again.
        epoch = abandoned;
        LOG.error("a new epoch cannot be begun in {}: {}", directory, e.toString());
      }
    }
  }

  @GuardedBy("lock")
  private boolean accountsForLocked(BatchHeader header) {
    Optional<CatalogueLog> log = log();
    return log.isPresent() ? log.get().index().accountsFor(header) : header.end().epoch() < epoch;
  }

  @Override
  OptionalInt percentHashed(Title title) {
    return progress.apply(title);
  }

  @Override
  boolean absenceCounts() {
    return listed || titles.synced();
  }

  /** Why changes are not going out, and what to do about it; nothing if they are. */
  public Optional<String> problem() {
    return problem;
  }

  /** Stores what is pending and ends. */
  @Override
  public void close() {
    synchronized (lock) {
      if (closed) {
        return;
      }
      flushLocked();
      closed = true;
    }
    timer.close();
    super.close();
  }
}
