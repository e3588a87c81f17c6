package org.p2pd.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.store.EditionSurvey.Summary;
import org.p2pd.store.HashPages.PageAt;
import org.p2pd.store.StorePaths.ExtentName;
import org.p2pd.tree.TreeNode;
import org.roaringbitmap.RoaringBitmap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What only an edition in use needs. Guarded by the monitor of its {@link StoredEdition}. */
final class LoadedEdition {

  private static final Logger log = LoggerFactory.getLogger(LoadedEdition.class);

  private final StoreParts parts;
  final Edition edition;
  final EditionHome home;

  /** Has a monitor of its own. */
  final HashPages pages;

  /** By their number. */
  final NavigableMap<Integer, Extent> extents = new TreeMap<>();

  /** Of all extents together. */
  long heldBytes;

  LoadedEdition(StoreParts parts, Edition edition) {
    this.parts = parts;
    this.edition = edition;
    this.home = new EditionHome(parts, edition.id());
    this.pages = new HashPages(parts);
  }

  /**
   * Reads what a summary sums up; what cannot be read is not held any more. Corrects what is
   * charged and counted to what was found.
   *
   * @param usedMillis when its extents were used, as far as is known
   * @param handedOut whether a container may have one of its files open
   */
  static LoadedEdition load(
      StoreParts parts, Edition edition, Summary summary, long usedMillis, boolean handedOut) {
    LoadedEdition loaded = new LoadedEdition(parts, edition);
    try {
      for (Extent extent : new EditionSurvey(parts, edition.id()).load(edition, summary)) {
        extent.usedMillis = usedMillis;
        extent.handedOut = handedOut;
        loaded.extents.put(extent.shape.index(), extent);
        loaded.heldBytes += extent.heldBytes();
      }
      loaded.home.found(edition, summary, loaded.pages);
    } catch (IOException e) {
      log.warn("cannot read what is held of {}: it will be fetched again", edition, e);
      loaded.extents.clear();
      loaded.heldBytes = 0;
      loaded.home.unreadable(summary);
    }
    parts.ledger().found(loaded.charge() - summary.charge());
    parts.counters().heldBytes.add(loaded.heldBytes - summary.dataBytes());
    return loaded;
  }

  Optional<Extent> extentAt(long position) {
    return Optional.ofNullable(extents.get((int) (position / parts.label().extentBytes())));
  }

  boolean holds(ByteRange range) {
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

  /** The end (exclusive) of the held bytes from a position on, over the borders of extents. */
  long heldUntil(long position) {
    long at = position;
    while (at < edition.lengthBytes()) {
      long from = at;
      long end = extentAt(at).map(extent -> extent.until(extent.held, from)).orElse(from);
      if (end == at || end % parts.label().extentBytes() != 0) {
        return end;
      }
      at = end;
    }
    return at;
  }

  Holding holding() {
    return new Holding(edition.id(), heldBytes, edition.lengthBytes());
  }

  /** What is held, in the unit that all block sizes share. */
  HeldLeaves heldLeaves() {
    RoaringBitmap leaves = new RoaringBitmap();
    for (Extent extent : extents.values()) {
      int each = extent.shape.blockSize().bytes() / BlockSize.LEAF_BYTES;
      long block = extent.held.nextValue(0);
      while (block >= 0) {
        long end = extent.held.nextAbsentValue((int) block);
        leaves.add(block * each, Math.min(end * each, HeldLeaves.leafCount(edition)));
        block = extent.held.nextValue((int) end);
      }
    }
    return HeldLeaves.of(edition, leaves);
  }

  /** Where the page that holds a node lies: in a sidecar, if its extent exists, or in the tree. */
  Optional<PageAt> pageOf(TreeNode node) {
    HashPlace place = HashPlace.of(node);
    return place.tier() >= HashPlace.FIRST_TREE_TIER
        ? Optional.of(treePage(place))
        : extentAt(place.start()).flatMap(extent -> extent.pageAt(place));
  }

  /** A page of tier 2 or up. */
  PageAt treePage(HashPlace place) {
    return new PageAt(parts.paths().tree(edition.id()), place.treeFileAt(edition.lengthBytes()));
  }

  long charge() {
    return home.charge() + extents.values().stream().mapToLong(extent -> extent.charge).sum();
  }

  /** The same in few bytes, to be loaded again from disk. */
  Summary summary(long recordedMillis, boolean named) {
    List<ExtentName> names = new ArrayList<>();
    for (Extent extent : extents.values()) {
      if (extent.files instanceof SparseFiles sparse) {
        names.add(sparse.dataName());
      }
    }
    return new Summary(
        home.isOneBlock(),
        charge(),
        home.charge(),
        edition.lengthBytes(),
        heldBytes,
        recordedMillis,
        named,
        true,
        List.copyOf(names));
  }
}
