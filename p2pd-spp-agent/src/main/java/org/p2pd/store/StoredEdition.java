package org.p2pd.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.FilePart;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Hash;
import org.p2pd.store.EditionSurvey.Summary;
import org.p2pd.store.EvictionOrder.Candidate;
import org.p2pd.store.HashPages.PageAt;
import org.p2pd.store.Records.EditionRecord;
import org.p2pd.tree.TreeNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One edition: its extents, who uses them, what they take. Its monitor guards its state, its {@link
 * EditionHome} and its {@link Extent}s; under it small records are read and written and files are
 * made, but no block is.
 *
 * <p>An edition that nobody asked for yet is a summary of some 200 bytes; its extents are loaded
 * when it is first asked for.
 */
final class StoredEdition {

  private static final Logger log = LoggerFactory.getLogger(StoredEdition.class);

  final StoreParts parts;
  private final EditionId id;

  @GuardedBy("this")
  private @Nullable Loaded loaded;

  /** While nothing is loaded: what was found at start, if it was looked for. */
  @GuardedBy("this")
  private @Nullable Summary summary;

  @GuardedBy("this")
  private long wantedMillis;

  @GuardedBy("this")
  private long recordedMillis;

  @GuardedBy("this")
  private boolean named = true;

  /** It was removed, or is being removed: nothing is done with it any more. */
  @GuardedBy("this")
  private boolean removed;

  /** What only an edition in use needs. Guarded by the edition. */
  static final class Loaded {
    private final StoreParts parts;
    final Edition edition;
    final EditionHome home;
    final HashPages pages;
    final NavigableMap<Integer, Extent> extents = new TreeMap<>();

    Loaded(StoreParts parts, Edition edition) {
      this.parts = parts;
      this.edition = edition;
      this.home = new EditionHome(parts, edition.id());
      this.pages = new HashPages(parts);
    }

    /** A page of tier 2 or up. */
    PageAt treePage(HashPlace place) {
      return new PageAt(parts.paths().tree(edition.id()), place.treeFileAt(edition.lengthBytes()));
    }
  }

  StoredEdition(StoreParts parts, EditionId id) {
    this.parts = parts;
    this.id = id;
  }

  EditionId id() {
    return id;
  }

  // ---- start-up -------------------------------------------------------------------------------

  /**
   * Looks at what lies on disk, if that was not done yet.
   *
   * @return whether there is anything
   */
  synchronized boolean survey() throws IOException {
    if (loaded != null || summary != null || removed) {
      return !removed;
    }
    Summary found = new EditionSurvey(parts, id).summarise();
    if (!found.exists()) {
      removed = true;
      return false;
    }
    summary = found;
    named = found.named();
    wantedMillis = found.recordedMillis();
    recordedMillis = wantedMillis;
    parts.ledger().found(found.charge());
    parts.counters().heldBytes.add(found.dataBytes());
    return true;
  }

  /** The loaded state; loads it if need be. Nothing if the edition was removed. */
  synchronized Optional<Loaded> load(Edition edition) {
    if (loaded == null && !removed) {
      loaded = loadNow(edition);
    }
    return removed ? Optional.empty() : Optional.ofNullable(loaded);
  }

  @GuardedBy("this")
  private Loaded loadNow(Edition edition) {
    Loaded fresh = new Loaded(parts, edition);
    Summary found = summary;
    if (found == null) {
      return fresh; // nothing of it on disk
    }
    long extentsCharge = 0;
    long heldBytes = 0;
    try {
      for (Extent extent : new EditionSurvey(parts, id).load(edition, found)) {
        extent.usedMillis = wantedMillis;
        fresh.extents.put(extent.shape.index(), extent);
        extentsCharge += extent.charge;
        heldBytes += extent.heldBytes();
      }
    } catch (IOException e) {
      log.warn("cannot read what is held of {}: it will be fetched again", edition, e);
    }
    fresh.home.found(edition, found, Math.max(0, found.charge() - extentsCharge));
    parts.ledger().found(fresh.home.charge() + extentsCharge - found.charge());
    parts.counters().heldBytes.add(heldBytes - found.dataBytes());
    summary = null;
    return fresh;
  }

  /** The edition itself, from whoever asked for it or from its record. */
  synchronized Optional<Edition> edition() {
    if (loaded != null) {
      return Optional.of(loaded.edition);
    }
    boolean oneBlock = summary != null && summary.oneBlock();
    return new EditionSurvey(parts, id).readRecord(oneBlock).map(EditionRecord::edition);
  }

  // ---- questions ------------------------------------------------------------------------------

  HashPages pages() {
    return loadedNow().pages;
  }

  private synchronized Loaded loadedNow() {
    Loaded now = loaded;
    if (now == null) {
      throw new IllegalStateException(id + " is not loaded");
    }
    return now;
  }

  synchronized Optional<Extent> extentAt(long position) {
    int index = (int) (position / parts.label().extentBytes());
    return removed || loaded == null
        ? Optional.empty()
        : Optional.ofNullable(loaded.extents.get(index));
  }

  synchronized Optional<BlockSize> blockSizeAt(long position) {
    return extentAt(position).map(extent -> extent.shape.blockSize());
  }

  /** Whether every byte of the range is held. */
  synchronized boolean holdsNow(ByteRange range) {
    long extentBytes = parts.label().extentBytes();
    for (long at = range.first(); at <= range.last(); at = (at / extentBytes + 1) * extentBytes) {
      long end = Math.min(range.last(), (at / extentBytes + 1) * extentBytes - 1);
      ByteRange part = new ByteRange(at, end);
      if (!extentAt(at).map(extent -> extent.holds(part)).orElse(false)) {
        return false;
      }
    }
    return true;
  }

  synchronized long heldUntil(long position, long lengthBytes) {
    long at = position;
    while (at < lengthBytes) {
      long from = at;
      long end = extentAt(at).map(extent -> extent.until(extent.held, from)).orElse(from);
      if (end == at) {
        return at;
      }
      at = end;
      if (at % parts.label().extentBytes() != 0) {
        return at;
      }
    }
    return at;
  }

  /** Where the page that holds a node lies: in a sidecar, if its extent exists, or in the tree. */
  synchronized Optional<PageAt> pageOf(TreeNode node) {
    HashPlace place = HashPlace.of(node);
    if (place.tier() >= HashPlace.FIRST_TREE_TIER) {
      return Optional.of(loadedNow().treePage(place));
    }
    return extentAt(place.start()).flatMap(extent -> pageIn(extent, place));
  }

  static Optional<PageAt> pageIn(Extent extent, HashPlace place) {
    return extent.files instanceof SparseFiles sparse
        ? Optional.of(new PageAt(sparse.sidecar(), extent.shape.pageAt(place)))
        : Optional.empty();
  }

  // ---- reading --------------------------------------------------------------------------------

  /** The extent with that byte, if the byte is held; it is not evicted until it is returned. */
  synchronized Optional<Extent> lend(long position) {
    Optional<Extent> extent = extentAt(position).filter(e -> e.held.contains(e.blockOf(position)));
    extent.ifPresent(
        e -> {
          e.readers++;
          e.usedMillis = parts.clockMillis();
        });
    return extent;
  }

  /** The extent with that position, held or not, if it is kept in sparse files. */
  synchronized Optional<Extent> lendForHashes(long position) {
    Optional<Extent> extent = extentAt(position).filter(e -> e.files instanceof SparseFiles);
    extent.ifPresent(e -> e.readers++);
    return extent;
  }

  synchronized void giveBack(Extent extent) {
    extent.readers--;
  }

  /** The end (exclusive) of the trusted bytes from a position on; itself if none are. */
  synchronized long trustedUntil(Extent extent, long position) {
    return extent.until(extent.trusted, position);
  }

  synchronized boolean isHeld(Extent extent, int block) {
    return extent.held.contains(block);
  }

  /** Compares the stamp after a read: false if what was read must not be believed. */
  synchronized boolean confirmTrust(Extent extent) {
    try {
      boolean confirmed = extent.confirmTrust();
      if (!confirmed) {
        log.warn(
            "{} was changed by someone else: its blocks are verified again before they are served",
            extent.files.data());
      }
      return confirmed;
    } catch (NoSuchFileException e) {
      lost(extent);
      return false;
    } catch (IOException e) {
      log.warn("{} cannot be looked at: {}", extent.files.data(), e.toString());
      extent.trusted.clear();
      return false;
    }
  }

  /** The stamp under which blocks that are verified now will be trusted; none while we write. */
  synchronized Optional<FileStamp> stampForTrust(Extent extent) {
    if (extent.writers > 0) {
      return Optional.empty();
    }
    confirmTrust(extent);
    return Optional.ofNullable(extent.stamp);
  }

  /** A block was verified after the stamp was taken: trusted, if that is still the stamp. */
  synchronized void trust(Extent extent, int block, @Nullable FileStamp before) {
    boolean sameStamp = before != null && before.equals(extent.stamp) && extent.writers == 0;
    if (sameStamp && extent.held.contains(block) && confirmTrust(extent)) {
      extent.trusted.add(block);
    }
  }

  /** Mends the slot of a block, or drops the block. */
  synchronized void rewriteSlot(Extent extent, int block, Optional<Hash> right) throws IOException {
    if (right.isEmpty() && extent.held.checkedRemove(block)) {
      extent.trusted.remove(block);
      parts.counters().heldBytes.add(-extent.shape.blockLength(block));
    }
    extent.changes++;
    extent.sealed = false;
    if (extent.sealOnDisk) {
      extent.files.removeSeal();
      extent.sealOnDisk = false;
    }
    if (right.isPresent()) {
      extent.files.setSlot(block, right.get());
    } else {
      extent.files.drop(block);
    }
  }

  /** A part of the extent's file that may be opened by name for some time. */
  synchronized Optional<FilePart> filePart(ByteRange range, boolean trusted) {
    Optional<Extent> found =
        extentAt(range.first())
            .filter(extent -> extent.shape.range().contains(range) && extent.holds(range));
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Extent extent = found.get();
    if (trusted && !(confirmTrust(extent) && extent.trusts(range))) {
      return Optional.empty();
    }
    extent.pinnedUntil = parts.now() + TimeUnit.SECONDS.toNanos(FilePart.KEPT_SECONDS);
    extent.handedOut = true;
    extent.usedMillis = parts.clockMillis();
    Path file = extent.files.data();
    return Optional.of(
        new FilePart(file, range.first() - extent.shape.start(), range.lengthBytes()));
  }

  // ---- writing --------------------------------------------------------------------------------

  /**
   * Makes the files of an extent that is about to be written, and those of the edition.
   *
   * @return false if the extent was discarded meanwhile
   */
  synchronized boolean create(Extent extent) throws IOException {
    Loaded now = loadedNow();
    if (now.extents.get(extent.shape.index()) != extent) {
      return false;
    }
    now.home.create(now.edition);
    if (!extent.created) {
      extent.begun = true;
      extent.files.create();
      extent.created = true;
    }
    return true;
  }

  /** The extent's files were deleted under us: nothing of it is held, and it is discarded. */
  synchronized void lost(Extent extent) {
    Loaded now = loadedNow();
    if (now.extents.get(extent.shape.index()) != extent) {
      return;
    }
    log.warn("{} is gone: what it held will be fetched again", extent.files.data());
    parts.counters().heldBytes.add(-extent.heldBytes());
    parts.files().forget(extent.files.data());
    extent.held.clear();
    extent.trusted.clear();
    extent.created = false;
    now.home.lookAgain();
    if (extent.rooms == 0) {
      discard(extent);
    }
  }

  /** After a writer has left: if it was the last, the file is from now on as we left it. */
  synchronized void settle(Extent extent) {
    extent.quietSince = parts.now();
    if (extent.writers > 0) {
      return;
    }
    try {
      extent.stamp = FileStamp.of(extent.files.data());
    } catch (IOException e) {
      extent.stamp = null;
      extent.trusted.clear();
      log.warn("{} cannot be looked at: {}", extent.files.data(), e.toString());
    }
  }

  /** Forgets an extent in which nothing was written. */
  synchronized void discard(Extent extent) {
    Loaded now = loadedNow();
    if (!now.extents.remove(extent.shape.index(), extent)) {
      return;
    }
    now.home.freeEntries(2);
    if (extent.begun) {
      try {
        extent.files.delete();
      } catch (IOException e) {
        // Stays counted; the next start removes it.
        log.warn("cannot delete {}: {}", extent.files.data(), e.toString());
        return;
      }
    }
    parts.ledger().free(extent.charge);
  }

  /** Whether a page may be written: it is paid for, or can be paid for now, or is there already. */
  synchronized boolean mayWrite(PageAt at, TreeNode node) {
    if (removed) {
      return false;
    }
    Loaded now = loadedNow();
    if (HashPlace.of(node).tier() >= HashPlace.FIRST_TREE_TIER) {
      return now.home.hasTree()
          && (now.home.isPaid(at) || now.pages.exists(at) || pay(() -> now.home.payForPage(at)));
    }
    Extent extent = extentAt(HashPlace.of(node).start()).orElse(null);
    return extent != null
        && (extent.paidPages.contains(at.number())
            || now.pages.exists(at)
            || pay(() -> extent.payForPage(at)));
  }

  private boolean pay(Runnable note) {
    if (!parts.ledger().reserve(Charges.PAGE)) {
      return false;
    }
    parts.ledger().use(Charges.PAGE);
    note.run();
    return true;
  }

  /** Forgets an edition that has nothing on disk and nobody who is about to write. */
  synchronized boolean discardIfUnused() {
    if (removed || summary != null) {
      return removed;
    }
    if (loaded != null) {
      if (!loaded.extents.isEmpty() || loaded.home.isBegun()) {
        return false;
      }
      leave(loaded.home);
    }
    removed = true;
    return true;
  }

  /** What it was charged is free again. */
  void leave(EditionHome home) {
    parts.ledger().free(home.charge());
    if (home.isPaid()) {
      parts.fanOut().leave(id);
    }
  }

  // ---- what is said about it ------------------------------------------------------------------

  synchronized void touch() {
    wantedMillis = Math.max(wantedMillis, parts.clockMillis());
  }

  synchronized void setNamed(boolean nowNamed) {
    if (named == nowNamed || removed) {
      return;
    }
    named = nowNamed;
    try {
      if (loaded != null) {
        loaded.home.mark(nowNamed);
      } else if (summary != null) {
        Path mark = parts.paths().unnamed(id, summary.oneBlock());
        if (nowNamed) {
          parts.disk().delete(mark);
        } else {
          parts.disk().mark(mark);
        }
      }
    } catch (IOException e) {
      // Only the order of eviction after a restart depends on it.
      log.warn("cannot mark {}: {}", id, e.toString());
    }
  }

  synchronized void describe(EditionRecord record) {
    setNamed(true);
    if (loaded == null || removed) {
      return;
    }
    try {
      loaded.home.describe(record);
    } catch (IOException e) {
      parts.writeFailures().report(parts.paths().record(id, loaded.home.isOneBlock()), e);
    }
  }

  /** Writes down when it was wanted, at most once a minute. */
  synchronized void recordWanted() {
    if (loaded == null || removed || wantedMillis - recordedMillis < 60_000) {
      return;
    }
    recordedMillis = wantedMillis;
    try {
      loaded.home.recordWanted(Instant.ofEpochMilli(wantedMillis));
    } catch (IOException e) {
      // Only the order of eviction after a restart depends on it.
      log.debug("cannot date {}: {}", id, e.toString());
    }
  }

  // ---- eviction -------------------------------------------------------------------------------

  /** What could be evicted of it now; an edition that is not loaded counts as one piece. */
  synchronized List<Candidate<StoredEdition>> candidates() {
    List<Candidate<StoredEdition>> candidates = new ArrayList<>();
    if (summary != null && !removed) {
      candidates.add(
          new Candidate<>(this, named, wantedMillis, wantedMillis, -1, summary.charge()));
    }
    if (loaded != null && !removed) {
      for (Extent extent : loaded.extents.values()) {
        if (extent.isEvictable(parts.now())) {
          candidates.add(
              new Candidate<>(
                  this,
                  named,
                  wantedMillis,
                  extent.usedMillis,
                  extent.shape.index(),
                  extent.charge));
        }
      }
    }
    return candidates;
  }

  /**
   * What was taken out of use and is to be deleted.
   *
   * @param home of the edition, if it was its last extent
   */
  record Retired(Extent extent, Optional<EditionHome> home) {}

  /** Takes an extent out of use, if nobody uses it: from now on it is not held. */
  synchronized Optional<Retired> retire(int index) {
    Loaded now = loaded;
    if (now == null || removed) {
      return Optional.empty();
    }
    Extent extent = now.extents.get(index);
    if (extent == null || !extent.isEvictable(parts.now())) {
      return Optional.empty();
    }
    now.extents.remove(index);
    now.home.freeEntries(2);
    parts.counters().heldBytes.add(-extent.heldBytes());
    removed = now.extents.isEmpty();
    return Optional.of(new Retired(extent, removed ? Optional.of(now.home) : Optional.empty()));
  }

  /** Takes an edition out of use that has something on disk but no extent. */
  synchronized Optional<EditionHome> retireEmpty() {
    if (removed || loaded == null || !loaded.extents.isEmpty() || !loaded.home.isBegun()) {
      return Optional.empty();
    }
    removed = true;
    return Optional.of(loaded.home);
  }

  /** Takes an edition out of use that cannot even be loaded. */
  synchronized Optional<Summary> retireUnreadable() {
    Summary found = summary;
    if (removed || loaded != null || found == null) {
      return Optional.empty();
    }
    removed = true;
    parts.counters().heldBytes.add(-found.dataBytes());
    return Optional.of(found);
  }

  synchronized boolean isRemoved() {
    return removed;
  }

  /** Extents that a predicate of their state picks. */
  synchronized List<Extent> extents(Predicate<Extent> picked) {
    return loaded == null || removed
        ? List.of()
        : loaded.extents.values().stream().filter(picked).toList();
  }

  synchronized boolean holdsAnything() {
    return summary != null
        || (loaded != null
            && !removed
            && loaded.extents.values().stream().anyMatch(e -> !e.held.isEmpty()));
  }

  /** For the invariants: what all of it is charged. */
  synchronized long charge() {
    if (removed) {
      return 0;
    }
    if (loaded == null) {
      return summary == null ? 0 : summary.charge();
    }
    return loaded.home.charge() + loaded.extents.values().stream().mapToLong(e -> e.charge).sum();
  }
}
