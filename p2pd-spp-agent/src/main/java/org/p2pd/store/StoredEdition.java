package org.p2pd.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.store.EditionSurvey.Summary;
import org.p2pd.store.EvictionOrder.Candidate;
import org.p2pd.store.HashPages.PageAt;
import org.p2pd.store.Records.EditionRecord;
import org.p2pd.tree.TreeNode;

/**
 * One edition: its extents, who uses them, what they take. Its monitor guards its state, its {@link
 * EditionHome}, its {@link Standing} and its {@link Extent}s; under it small records are read and
 * written and files are made, but no block is.
 *
 * <p>An edition that nobody asked for yet is a summary of some 200 bytes; its extents are loaded
 * when it is first asked for.
 */
final class StoredEdition {

  /** So long an edition that is not asked for stays loaded. */
  static final Duration IDLE = Duration.ofMinutes(10);

  final StoreParts parts;
  private final EditionId id;

  @GuardedBy("this")
  private @Nullable LoadedEdition loaded;

  /** While nothing is loaded: what was found at start, if it was looked for. */
  @GuardedBy("this")
  private @Nullable Summary summary;

  @GuardedBy("this")
  private final Standing standing;

  /** When it was last asked for. */
  @GuardedBy("this")
  private long accessed;

  /** A container may have opened one of its files, ever. */
  @GuardedBy("this")
  private boolean handedOut;

  @GuardedBy("this")
  private boolean surveyed;

  /** It was removed, or is being removed: nothing is done with it any more. */
  @GuardedBy("this")
  private boolean removed;

  @GuardedBy("this")
  private boolean discarded;

  /**
   * @param surveyed whether it is known that nothing of it is on disk
   */
  StoredEdition(StoreParts parts, EditionId id, boolean surveyed) {
    this.parts = parts;
    this.id = id;
    this.standing = new Standing(parts, id);
    this.surveyed = surveyed;
    this.accessed = parts.now();
  }

  EditionId id() {
    return id;
  }

  // ---- start-up -------------------------------------------------------------------------------

  /**
   * Looks at what lies on disk, if that was not done yet.
   *
   * @return whether it can be used; otherwise it is to be forgotten
   */
  synchronized boolean survey() throws IOException {
    if (surveyed) {
      return !removed;
    }
    Summary found = new EditionSurvey(parts, id).summarise();
    surveyed = true;
    if (!found.exists()) {
      removed = true;
      return false;
    }
    summary = found;
    standing.found(found);
    parts.ledger().found(found.charge());
    parts.counters().heldBytes.add(found.dataBytes());
    found.holding(id).ifPresent(parts.news()::found);
    return true;
  }

  /** The loaded state; loads it if need be. Nothing if the edition was removed. */
  synchronized Optional<LoadedEdition> load(Edition edition) {
    if (removed || !surveyed) {
      return Optional.empty();
    }
    accessed = parts.now();
    if (loaded == null) {
      boolean looked = summary != null;
      loaded = loadNow(edition);
      if (looked) {
        parts.news().counted(loaded.holding(), loaded.heldLeaves());
      }
    }
    return Optional.of(loaded);
  }

  @GuardedBy("this")
  private LoadedEdition loadNow(Edition edition) {
    Summary found = summary;
    if (found == null) {
      return new LoadedEdition(parts, edition); // nothing of it on disk
    }
    LoadedEdition read =
        LoadedEdition.load(parts, edition, found, standing.wantedMillis(), handedOut);
    summary = null;
    return read;
  }

  /** Goes back to a summary, if nobody asked for it for long and nothing would be lost by it. */
  synchronized void unloadIfIdle() {
    LoadedEdition now = loaded;
    if (now == null
        || removed
        || now.extents.isEmpty()
        || parts.now() - accessed < IDLE.toNanos()
        || !now.extents.values().stream().allMatch(e -> e.isAtRest(parts.now()))) {
      return;
    }
    handedOut |= now.extents.values().stream().anyMatch(extent -> extent.handedOut);
    summary = now.summary(standing.recordedMillis(), standing.isNamed());
    loaded = null;
  }

  /** The edition itself, from whoever asked for it or from its record. */
  synchronized Optional<Edition> edition() {
    if (loaded != null) {
      return Optional.of(loaded.edition);
    }
    boolean oneBlock = summary != null && summary.oneBlock();
    return new EditionSurvey(parts, id).readRecord(oneBlock).map(EditionRecord::edition);
  }

  // ---- what becomes held, and what goes -------------------------------------------------------

  /** A block was written: it is held from now on. */
  synchronized void gained(Extent extent, int block) {
    LoadedEdition now = loadedNow();
    int bytes = extent.shape.blockLength(block);
    now.heldBytes += bytes;
    parts.counters().heldBytes.add(bytes);
    parts.news().held(now.holding(), extent.rangeOf(block));
  }

  /** Nothing of a range is held any more, of which so many bytes were. */
  synchronized void lost(ByteRange range, long heldBytes) {
    LoadedEdition now = loadedNow();
    now.heldBytes -= heldBytes;
    parts.counters().heldBytes.add(-heldBytes);
    if (heldBytes > 0) {
      parts.news().gone(now.holding(), range);
    }
  }

  /** Tells a new listener what is held. */
  synchronized void introduce(HeldListener listener) {
    if (removed) {
      return;
    }
    if (loaded != null) {
      Holding now = loaded.holding();
      HeldLeaves all = loaded.heldLeaves();
      parts.news().noteTo(listener, l -> l.counted(now, all));
    } else if (summary != null) {
      summary.holding(id).ifPresent(about -> parts.news().noteTo(listener, l -> l.found(about)));
    }
  }

  /** How much of it is held; nothing if that cannot be told. */
  synchronized Optional<Holding> holding() {
    if (removed) {
      return Optional.empty();
    }
    return loaded != null
        ? Optional.of(loaded.holding())
        : Optional.ofNullable(summary).flatMap(found -> found.holding(id));
  }

  /** All that is held of it; nothing if it is not in use. */
  synchronized Optional<HeldLeaves> heldNow() {
    return inUse().map(LoadedEdition::heldLeaves);
  }

  // ---- questions ------------------------------------------------------------------------------

  HashPages pages() {
    return loadedNow().pages;
  }

  synchronized LoadedEdition loadedNow() {
    LoadedEdition now = loaded;
    if (now == null) {
      throw new IllegalStateException(id + " is not loaded");
    }
    return now;
  }

  private synchronized Optional<LoadedEdition> inUse() {
    return removed ? Optional.empty() : Optional.ofNullable(loaded);
  }

  synchronized Optional<Extent> extentAt(long position) {
    return inUse().flatMap(now -> now.extentAt(position));
  }

  synchronized Optional<BlockSize> blockSizeAt(long position) {
    return extentAt(position).map(extent -> extent.shape.blockSize());
  }

  /** Whether every byte of the range is held. */
  synchronized boolean holdsNow(ByteRange range) {
    return inUse().map(now -> now.holds(range)).orElse(false);
  }

  synchronized long heldUntil(long position) {
    return inUse().map(now -> now.heldUntil(position)).orElse(position);
  }

  synchronized Optional<PageAt> pageOf(TreeNode node) {
    return inUse().flatMap(now -> now.pageOf(node));
  }

  // ---- reading --------------------------------------------------------------------------------

  /** The extent with that byte, if the byte is held; it is not evicted until it is returned. */
  synchronized Optional<Extent> lend(long position) {
    Optional<Extent> extent = extentAt(position).filter(e -> e.held.contains(e.blockOf(position)));
    extent.ifPresent(
        e -> {
          e.readers++;
          e.usedMillis = parts.clockMillis();
          touch();
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

  /** The trusted bytes from a position on; they end there if none are. */
  synchronized Extent.Trusted trustedFrom(Extent extent, long position) {
    return extent.trustedFrom(position);
  }

  synchronized boolean isHeld(Extent extent, int block) {
    return extent.held.contains(block);
  }

  /**
   * Takes an edition out of use that has nothing on disk and nobody who is about to write.
   *
   * @return whether it did: then it is to be forgotten
   */
  synchronized boolean discardIfUnused() {
    if (removed || summary != null) {
      return false;
    }
    if (loaded != null) {
      if (!loaded.extents.isEmpty() || loaded.home.isBegun()) {
        return false;
      }
      leave(loaded.home);
    }
    removed = true;
    discarded = true;
    return true;
  }

  /** Whether it was given up with nothing on disk: whoever wants it makes it anew. */
  synchronized boolean isDiscarded() {
    return discarded;
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
    standing.touch();
  }

  synchronized void setNamed(boolean nowNamed) {
    if (!removed) {
      standing.setNamed(nowNamed, loaded == null ? null : loaded.home, summary);
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
    if (loaded != null && !removed) {
      standing.record(loaded.home);
    }
  }

  // ---- eviction -------------------------------------------------------------------------------

  /** What could be evicted of it now; an edition that is not loaded counts as one piece. */
  synchronized List<Candidate<StoredEdition>> candidates() {
    List<Candidate<StoredEdition>> candidates = new ArrayList<>();
    if (summary != null && !removed) {
      candidates.add(standing.candidate(this, summary));
    }
    inUse()
        .ifPresent(
            now ->
                now.extents.values().stream()
                    .filter(extent -> extent.isEvictable(parts.now()))
                    .map(this::candidate)
                    .forEach(candidates::add));
    return candidates;
  }

  private synchronized Candidate<StoredEdition> candidate(Extent extent) {
    return standing.candidate(this, extent);
  }

  /**
   * What was taken out of use and is to be deleted.
   *
   * @param home of the edition, if it was its last extent
   */
  record Retired(Extent extent, Optional<EditionHome> home) {}

  /** Takes an extent out of use, if nobody uses it: from now on it is not held. */
  synchronized Optional<Retired> retire(int index) {
    LoadedEdition now = loaded;
    if (now == null || removed) {
      return Optional.empty();
    }
    Extent extent = now.extents.get(index);
    if (extent == null || !extent.isEvictable(parts.now())) {
      return Optional.empty();
    }
    now.extents.remove(index);
    now.home.freeEntries(ExtentLife.ENTRIES);
    lost(extent.shape.range(), extent.heldBytes());
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
    found
        .holding(id)
        .map(about -> new Holding(id, 0, about.lengthBytes()))
        .ifPresent(now -> parts.news().gone(now, new ByteRange(0, now.lengthBytes() - 1)));
    return Optional.of(found);
  }

  synchronized boolean isLoaded() {
    return loaded != null;
  }

  /** Extents that a predicate of their state picks. */
  synchronized List<Extent> extents(Predicate<Extent> picked) {
    return inUse()
        .map(now -> now.extents.values().stream().filter(picked).toList())
        .orElse(List.of());
  }

  synchronized boolean holdsAnything() {
    return summary != null || !extents(extent -> !extent.held.isEmpty()).isEmpty();
  }

  /** What all of it is charged. */
  synchronized long charge() {
    if (removed) {
      return 0;
    }
    long asSummary = summary == null ? 0 : summary.charge();
    return loaded == null ? asSummary : loaded.charge();
  }
}
