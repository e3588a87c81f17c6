package org.p2pd.catalogue;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.p2pd.catalogue.Admission.RefusedException;
import org.p2pd.catalogue.Receipt.Reason;
import org.p2pd.identity.PublicKey;
import org.p2pd.model.Title;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cache's catalogue: takes batches from anyone, in any order, believes those of one authority,
 * and relays the same bytes. The rules: docs/spp-catalogue.md sections 3 and 4.
 *
 * <p>At every moment it knows all changes of its epoch up to one number, in order, and nothing
 * else. Thread-safe.
 */
public final class Replica extends StoredCatalogue {

  private static final Logger LOG = LoggerFactory.getLogger(Replica.class);

  /** A newer checkpoint is asked for when so many numbers came after the last, and all titles. */
  static final long CHECKPOINT_WANTED_AFTER = 8_192;

  private final Pin pin;
  private final Admission admission;

  @GuardedBy("lock")
  private final EarlyBatches early = new EarlyBatches();

  @GuardedBy("lock")
  private final Gathering gathering;

  /** Whether files of earlier generations are still needed. */
  @GuardedBy("lock")
  private boolean olderKept;

  @GuardedBy("lock")
  private long checkpointWantedAfter = CHECKPOINT_WANTED_AFTER;

  private Replica(LogDirectory directory, Pin pin) {
    super(directory);
    this.pin = pin;
    this.admission = new Admission(pin);
    this.gathering = new Gathering(directory);
  }

  /**
   * Opens the catalogue kept in that directory; an empty one is not synced.
   *
   * @throws IOException if the directory cannot be read or written
   */
  public static Replica open(Path directory, Pin pin) throws IOException {
    return open(directory, pin, Allowance.UNLIMITED);
  }

  /**
   * Opens it in a directory whose size is limited: what there is no allowance for is refused as
   * {@link Reason#NOT_STORED}, and taken when it comes again.
   *
   * @throws IOException if the directory cannot be read or written
   */
  public static Replica open(Path directory, Pin pin, Allowance allowance) throws IOException {
    Replica replica = new Replica(LogDirectory.open(directory, allowance), pin);
    replica.load();
    return replica;
  }

  private void load() throws IOException {
    synchronized (lock) {
      List<TitleChange> unseen = new ArrayList<>();
      CatalogueLog newest = null;
      for (Path generation : directory.generations()) {
        close(newest);
        titles.beginEpoch();
        CatalogueLog.Loaded loaded =
            directory.load(generation, entry -> titles.apply(entry, unseen));
        if (loaded.damaged()) {
          LOG.warn("{} is damaged: what is missing of it is asked for again", generation);
        }
        newest = loaded.log();
        unseen.clear();
      }
      olderKept = directory.generations().size() > 1;
      Optional<PublicKey> signer = newest == null ? Optional.empty() : signer(newest);
      if (newest != null && signer.isPresent() && isBelieved(signer.get())) {
        switchTo(newest, signer.get());
        forgetOlderLocked();
      } else {
        close(newest);
        titles.beginEpoch();
      }
      LOG.info("the catalogue in {} is at {}: {} titles", directory, end(), publishedCount());
    }
  }

  private static Optional<PublicKey> signer(CatalogueLog log) {
    try {
      Optional<BatchHeader> newest = log.index().newest();
      return newest.isPresent() ? Optional.of(newest.get().authority()) : Optional.empty();
    } catch (CatalogueFormatException e) {
      return Optional.empty(); // not ours to continue: it is asked for anew
    }
  }

  private boolean isBelieved(PublicKey signer) {
    if (pin.state() instanceof AuthorityState.Unknown) {
      pin.believe(signer, Shower.PARENT); // the file with the pin was lost; the log was verified
    }
    return pin.believed().equals(Optional.of(signer));
  }

  /** What to ask with next. */
  public Cursor cursor() {
    synchronized (lock) {
      Optional<Cursor> gathered = gathering.cursor();
      if (gathered.isPresent()) {
        return gathered.get();
      }
      return wantsCheckpointLocked() ? Cursor.BEGIN : Cursor.after(end());
    }
  }

  @GuardedBy("lock")
  private boolean wantsCheckpointLocked() {
    Optional<CatalogueLog> log = log();
    return log.isPresent()
        && log.get().index().journalLength() > checkpointWantedAfter + titles.titlesOfThisEpoch();
  }

  /** The newest batch header that is known: what to send as {@code SPP-Newest}. */
  public Optional<byte[]> newestHeader() {
    return log().flatMap(log -> log.index().newest()).map(BatchHeader::toBytes);
  }

  /** Whose catalogue this is. */
  public AuthorityState authorityState() {
    return pin.state();
  }

  /** Takes note of the key that a node names as its authority, without a batch to prove it. */
  public void shown(PublicKey key, Shower shower) {
    pin.judge(key, shower);
  }

  /**
   * Takes batches, one after the other as they were sent. Any bytes may be given; their number is
   * the caller's to bound.
   */
  public Receipt receive(byte[] batches, Shower shower) {
    int taken = 0;
    boolean gap = false;
    boolean checkpointAsked = wantsCheckpoint();
    try {
      for (int at = 0; at < batches.length; ) {
        Admission.Admitted admitted = admission.admit(batches, at, shower);
        at += admitted.batch().length();
        Step step = take(admitted, shower);
        taken += step == Step.TAKEN ? 1 : 0;
        gap |= step == Step.GAP;
      }
    } catch (RefusedException e) {
      LOG.debug("batch refused: {}", e.receipt());
      return e.receipt();
    }
    if (checkpointAsked) {
      putOffCheckpoint();
    }
    if (gap) {
      return new Receipt.Gap();
    }
    return taken > 0 ? new Receipt.Taken(taken) : new Receipt.Known();
  }

  private boolean wantsCheckpoint() {
    synchronized (lock) {
      return wantsCheckpointLocked();
    }
  }

  /** What was asked for and did not come is asked for again when the journal is twice as long. */
  private void putOffCheckpoint() {
    synchronized (lock) {
      if (wantsCheckpointLocked() && gathering.cursor().isEmpty()) {
        checkpointWantedAfter = 2 * log().orElseThrow().index().journalLength();
      }
    }
  }

  private enum Step {
    TAKEN,
    STALE,
    GAP
  }

  private Step take(Admission.Admitted admitted, Shower shower) throws RefusedException {
    Batch batch = admitted.batch();
    PublicKey signer = admitted.signer();
    synchronized (lock) {
      if (admission.judge(signer, shower)) {
        LOG.warn("the parent shows authority {}: what siblings said of another is dropped", signer);
        discardLocked();
      }
      pin.believe(signer, shower);
      try {
        Step step =
            batch.place().isJournal()
                ? takeJournalLocked(batch, signer)
                : takePageLocked(batch, signer);
        forgetOlderLocked();
        return step;
      } catch (IOException e) {
        LOG.warn(
            "the catalogue cannot be stored in {} ({}): see that there is room and that it can be"
                + " written",
            directory,
            e.toString());
        throw new RefusedException(Reason.NOT_STORED, e.toString());
      }
    }
  }

  @GuardedBy("lock")
  private Step takeJournalLocked(Batch batch, PublicKey signer)
      throws IOException, RefusedException {
    BatchPlace place = batch.place();
    Position known = end();
    if (place.end().compareTo(known) <= 0) {
      return Step.STALE;
    }
    if (place.epoch() > known.epoch()) {
      return place.first() == 1 ? beginEpochLocked(batch, signer) : Step.GAP;
    }
    if (place.first() > known.number() + 1) {
      early.keep(batch);
      return Step.GAP;
    }
    appendLocked(batch);
    for (Optional<Batch> next = early.next(end()); next.isPresent(); next = early.next(end())) {
      appendLocked(next.get());
    }
    return Step.TAKEN;
  }

  @GuardedBy("lock")
  private void appendLocked(Batch batch) throws IOException, RefusedException {
    CatalogueLog log = log().orElseThrow();
    BatchPlace place = batch.place();
    if (place.first() != log.end().number() + 1 || !place.previous().equals(log.index().tip())) {
      throw new RefusedException(
          Reason.FORKED, place.end() + " does not continue what is known at " + log.end());
    }
    log.append(batch, false);
    applyLocked(batch.entries());
  }

  @GuardedBy("lock")
  private Step beginEpochLocked(Batch batch, PublicKey signer) throws IOException {
    gathering.drop(); // both are written as the directory's part
    CatalogueLog part = directory.write(List.of(batch), Optional.empty(), 0);
    beginWithLocked(part, signer, batch.entries());
    return Step.TAKEN;
  }

  /** A log that knows another epoch, or more than a gap can bridge, becomes what is known. */
  @GuardedBy("lock")
  private void beginWithLocked(CatalogueLog log, PublicKey signer, List<Entry> entries) {
    LOG.info("the catalogue goes on at {}, after {}", log.end(), end());
    olderKept = true;
    titles.beginEpoch();
    switchTo(log, signer);
    applyLocked(entries);
    early.dropUpTo(log.end());
  }

  @GuardedBy("lock")
  private Step takePageLocked(Batch page, PublicKey signer) throws IOException {
    BatchPlace place = page.place();
    Position known = end();
    boolean summary = place.end().compareTo(known) <= 0;
    if (summary && !isWantedSummaryLocked(place)) {
      return Step.STALE;
    }
    Gathering.Outcome outcome = gathering.add(page);
    if (outcome != Gathering.Outcome.COMPLETE) {
      return switch (outcome) {
        case GAP -> Step.GAP;
        case STALE -> Step.STALE;
        default -> Step.TAKEN;
      };
    }
    CatalogueLog gathered = gathering.take();
    try {
      if (summary) {
        replaceLocked(gathered, signer);
      } else {
        List<Entry> entries = gathered.checkpointEntries();
        directory.adopt(gathered);
        beginWithLocked(gathered, signer, entries);
      }
    } catch (IOException e) {
      close(gathered);
      throw e;
    }
    checkpointWantedAfter = CHECKPOINT_WANTED_AFTER;
    return Step.TAKEN;
  }

  /** A checkpoint of what is known replaces the journal that it sums up. */
  @GuardedBy("lock")
  private void replaceLocked(CatalogueLog gathered, PublicKey signer) throws IOException {
    CatalogueLog old = log().orElseThrow();
    gathered.appendJournalOf(old, gathered.end().number() - KEPT_BEFORE_CHECKPOINT + 1);
    directory.adopt(gathered);
    switchTo(gathered, signer);
    directory.delete(old.file().path());
  }

  @GuardedBy("lock")
  private boolean isWantedSummaryLocked(BatchPlace place) {
    return place.epoch() == end().epoch()
        && wantsCheckpointLocked()
        && place.last() > log().orElseThrow().index().checkpointNumber();
  }

  /** What only older files know counts until the epoch's scan-complete is known. */
  @GuardedBy("lock")
  private void forgetOlderLocked() {
    Optional<CatalogueLog> log = log();
    if (olderKept && titles.completeAt() > 0 && log.isPresent()) {
      directory.deleteAllBut(log.get().file().path());
      olderKept = false;
    }
  }

  @GuardedBy("lock")
  private void discardLocked() {
    gathering.drop();
    early.clear();
    switchTo(null, null);
    directory.deleteAll();
    olderKept = false;
    List<TitleChange> changes = new ArrayList<>();
    titles.clear(changes);
    tellLocked(changes);
  }

  @Override
  OptionalInt percentHashed(Title title) {
    return OptionalInt.empty();
  }

  @Override
  boolean absenceCounts() {
    return titles.synced();
  }

  /** Nothing: only an authority can act on it, and it will hear it from this node. */
  @Override
  public void heard(byte[] newestHeader) {}

  @Override
  public void close() {
    synchronized (lock) {
      gathering.drop();
    }
    super.close();
  }
}
