package org.p2pd.store;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.p2pd.model.Edition;
import org.p2pd.model.Span;
import org.p2pd.store.HashPages.PageAt;
import org.p2pd.tree.TreeNode;
import org.p2pd.tree.TreeShape;
import org.roaringbitmap.RoaringBitmap;

/** Finds out what room for a span takes, and pays for it; keeps the proofs that come before it. */
final class RoomPlanner {

  /** What a plan came to. */
  sealed interface Plan {

    /** There is room. */
    record Ready(DiskRoom room) implements Plan {}

    /** The limit forbids it until that much could be reserved. */
    record NoRoom(long bytes) implements Plan {}

    /** It cannot be kept: being evicted, or in blocks of another size. */
    record Impossible() implements Plan {}
  }

  /** What has to be paid: files and pages at once, blocks as they are written. */
  private record Bill(long files, long blocks, Set<PageAt> treePages, Set<PageAt> sidecarPages) {
    long total() {
      return files + blocks;
    }
  }

  private final StoreParts parts;
  private final Editions editions;

  RoomPlanner(StoreParts parts, Editions editions) {
    this.parts = parts;
    this.editions = editions;
  }

  /** The span's extent, from 0. */
  int extentIndex(Span span) {
    return (int) (span.blockSize().start(span.firstBlock()) / parts.label().extentBytes());
  }

  Plan plan(StoredEdition stored, Edition edition, Span span) {
    synchronized (stored) {
      Optional<LoadedEdition> found = stored.load(edition);
      if (found.isEmpty()) {
        return new Plan.Impossible();
      }
      LoadedEdition loaded = found.get();
      Extent existing = loaded.extents.get(extentIndex(span));
      Extent extent = existing == null ? newExtent(loaded, span) : existing;
      if (!extent.shape.blockSize().equals(span.blockSize())) {
        return new Plan.Impossible();
      }
      Bill bill = bill(loaded, extent, existing == null, span);
      boolean enters = !loaded.home.isPaid();
      if (enters && !parts.fanOut().enter(edition.id())) {
        return new Plan.NoRoom(bill.total() + parts.fanOut().costOf(edition.id()));
      }
      if (!parts.ledger().reserve(bill.total())) {
        if (enters) {
          parts.fanOut().leave(edition.id());
        }
        return new Plan.NoRoom(bill.total());
      }
      pay(loaded, extent, existing == null, bill);
      extent.rooms++;
      stored.touch();
      extent.usedMillis = parts.clockMillis();
      return new Plan.Ready(new DiskRoom(parts, editions, stored, extent, span, bill.blocks()));
    }
  }

  private Extent newExtent(LoadedEdition loaded, Span span) {
    Edition edition = loaded.edition;
    boolean fresh = loaded.extents.isEmpty() && !loaded.home.isBegun();
    if (fresh && edition.lengthBytes() <= parts.config().blockSize().bytes()) {
      return new EditionSurvey(parts, edition.id())
          .newOneBlock(edition, parts.config().blockSize());
    }
    ExtentShape shape =
        new ExtentShape(
            edition.lengthBytes(),
            parts.label().extentBytes(),
            extentIndex(span),
            parts.config().blockSize());
    return new Extent(
        shape,
        parts.newFiles(edition.id(), shape),
        new RoaringBitmap(),
        parts.now(),
        parts.clockMillis());
  }

  private static Bill bill(LoadedEdition loaded, Extent extent, boolean isNew, Span span) {
    boolean oneBlock = extent.files instanceof OneBlockFile;
    long files = loaded.home.costOfBeing(loaded.edition, oneBlock);
    Set<PageAt> treePages = new LinkedHashSet<>();
    Set<PageAt> sidecarPages = new LinkedHashSet<>();
    if (!oneBlock) {
      files +=
          isNew ? Charges.extent(extent.shape) + loaded.home.costOfEntries(ExtentLife.ENTRIES) : 0;
      collectPages(loaded, extent, span, treePages, sidecarPages);
    }
    for (PageAt at : treePages) {
      files += loaded.home.costOfPage(at);
    }
    for (PageAt at : sidecarPages) {
      files += extent.costOfPage(at);
    }
    long blocks = 0;
    for (int block = span.firstBlock(); block <= span.lastBlock(); block++) {
      blocks += extent.costOfBlock(block);
    }
    return new Bill(files, blocks, treePages, sidecarPages);
  }

  /** The pages that the proof of any span in this region touches: one in each tier. */
  private static void collectPages(
      LoadedEdition loaded, Extent extent, Span span, Set<PageAt> tree, Set<PageAt> sidecar) {
    TreeShape shape = new TreeShape(loaded.edition.lengthBytes());
    TreeNode node = shape.block(span.blockSize(), span.firstBlock());
    for (; node.level() < shape.rootLevel(); node = node.parent()) {
      HashPlace place = HashPlace.of(node);
      if (place.tier() >= HashPlace.FIRST_TREE_TIER) {
        tree.add(loaded.treePage(place));
      } else {
        extent.pageAt(place).ifPresent(sidecar::add);
      }
    }
  }

  private void pay(LoadedEdition loaded, Extent extent, boolean isNew, Bill bill) {
    boolean oneBlock = extent.files instanceof OneBlockFile;
    parts.ledger().use(bill.files());
    loaded.home.payForBeing(loaded.edition, oneBlock);
    if (isNew) {
      loaded.extents.put(extent.shape.index(), extent);
      if (!oneBlock) {
        extent.charge += Charges.extent(extent.shape);
        loaded.home.payForEntries(ExtentLife.ENTRIES);
      }
    }
    bill.treePages().forEach(loaded.home::payForPage);
    bill.sidecarPages().forEach(extent::payForPage);
  }
}
