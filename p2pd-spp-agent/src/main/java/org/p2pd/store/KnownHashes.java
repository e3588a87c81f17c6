package org.p2pd.store;

import java.io.IOException;
import java.util.Optional;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.tree.TreeHasher;
import org.p2pd.tree.TreeHashes;
import org.p2pd.tree.TreeNode;
import org.p2pd.tree.TreeShape;

/**
 * The hashes of one edition that can be had from its hash pages, its slots and its data. None of
 * them is believed by itself: what is made from them is checked to the root. Made for one question,
 * confined to one thread.
 */
final class KnownHashes implements TreeHashes {

  /** Where to look first. */
  enum Order {
    /** The usual one: few reads. */
    PAGES_FIRST,
    /** When a page is wrong: whatever slots alone can tell. */
    SLOTS_FIRST
  }

  private final StoredEdition stored;
  private final Edition edition;
  private final TreeShape shape;
  private final Order order;
  private final ScratchPool.Scratch scratch;
  private final HashPages.Reading pages;
  private boolean folded;

  KnownHashes(StoredEdition stored, Edition edition, Order order, ScratchPool.Scratch scratch) {
    this.stored = stored;
    this.edition = edition;
    this.shape = new TreeShape(edition.lengthBytes());
    this.order = order;
    this.scratch = scratch;
    this.pages = stored.pages().reading();
  }

  /** Whether a hash above the blocks had to be computed: then the pages lack something. */
  boolean hasFolded() {
    return folded;
  }

  @Override
  public Optional<Hash> at(TreeNode node) {
    if (node.equals(shape.root())) {
      return Optional.of(edition.root());
    }
    ByteRange range = rangeOf(node);
    Optional<Extent> extent = stored.extentAt(range.first());
    if (order == Order.PAGES_FIRST || !stored.holdsNow(range)) {
      Optional<Hash> kept = stored.pageOf(node).flatMap(at -> pages.get(at, node));
      if (kept.isPresent()) {
        return kept;
      }
    }
    if (extent.isPresent() && node.level() <= extent.get().shape.blockSize().level()) {
      return stored.holdsNow(range) ? fromExtent(extent.get(), node, range) : Optional.empty();
    }
    if (node.level() == 0) {
      return Optional.empty();
    }
    return fold(node);
  }

  private Optional<Hash> fold(TreeNode node) {
    Optional<Hash> left = at(node.left());
    if (left.isEmpty() || !shape.hasRight(node)) {
      return left;
    }
    folded = true;
    TreeHasher hasher = scratch.hasher(edition.digest());
    return at(node.right()).map(right -> hasher.inner(left.get(), right));
  }

  /** A block's hash is in its slot; a smaller node's is computed from the block's data. */
  private Optional<Hash> fromExtent(Extent extent, TreeNode node, ByteRange range) {
    try {
      if (node.level() == extent.shape.blockSize().level()) {
        return Optional.of(extent.files.slot(extent.blockOf(range.first())));
      }
      var data = scratch.part((int) range.lengthBytes());
      return extent.files.read(data, range.first() - extent.shape.start())
          ? Optional.of(scratch.hasher(edition.digest()).block(data.flip()))
          : Optional.empty();
    } catch (IOException e) {
      // Gone or unreadable: the same as not known. Who reads it for a viewer reports it.
      return Optional.empty();
    }
  }

  private ByteRange rangeOf(TreeNode node) {
    long first = node.firstLeaf() * BlockSize.LEAF_BYTES;
    long end =
        Math.min(edition.lengthBytes(), first + ((long) BlockSize.LEAF_BYTES << node.level()));
    return new ByteRange(first, end - 1);
  }
}
