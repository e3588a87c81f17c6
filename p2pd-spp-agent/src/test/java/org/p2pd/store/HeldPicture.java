package org.p2pd.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.EditionId;
import org.roaringbitmap.RoaringBitmap;

/** What one knows of a store who believes its news. */
final class HeldPicture implements HeldListener {

  @GuardedBy("this")
  private final Map<EditionId, Holding> sums = new HashMap<>();

  /** Leaves, of editions that were counted or filled from nothing. */
  @GuardedBy("this")
  private final Map<EditionId, RoaringBitmap> leaves = new HashMap<>();

  @Override
  public synchronized void found(Holding about) {
    sums.put(about.id(), about);
    leaves.remove(about.id());
  }

  @Override
  public synchronized void counted(Holding now, HeldLeaves all) {
    sums.put(now.id(), now);
    assertThat(all.bytes()).isEqualTo(now.heldBytes());
    RoaringBitmap copy = new RoaringBitmap();
    all.leaves().forEach((int leaf) -> copy.add(leaf));
    leaves.put(now.id(), copy);
  }

  @Override
  public synchronized void held(Holding now, ByteRange range) {
    assertThat(sums.containsKey(now.id()) && !leaves.containsKey(now.id()))
        .as("an edition that was only found is counted before it changes")
        .isFalse();
    sums.put(now.id(), now);
    leaves
        .computeIfAbsent(now.id(), id -> new RoaringBitmap())
        .add(range.first() / BlockSize.LEAF_BYTES, range.last() / BlockSize.LEAF_BYTES + 1);
  }

  @Override
  public synchronized void gone(Holding now, ByteRange range) {
    sums.put(now.id(), now);
    Optional.ofNullable(leaves.get(now.id()))
        .ifPresent(
            known ->
                known.remove(
                    range.first() / BlockSize.LEAF_BYTES, range.last() / BlockSize.LEAF_BYTES + 1));
  }

  /** How much is held of an edition; 0 if nothing was heard of it. */
  synchronized long heldBytes(EditionId id) {
    return Optional.ofNullable(sums.get(id)).map(Holding::heldBytes).orElse(0L);
  }

  /** Whether a byte is held; asked only of what was counted. */
  synchronized boolean holds(EditionId id, long position) {
    return leaves.containsKey(id)
        && leaves.get(id).contains((int) (position / BlockSize.LEAF_BYTES));
  }

  /** That it is what the store says now. */
  synchronized void matches(DiskBlockStore store) {
    Map<EditionId, Holding> told = new HashMap<>(sums);
    told.values().removeIf(holding -> holding.heldBytes() == 0);
    Map<EditionId, Holding> now = new HashMap<>();
    store.holdings().forEach(holding -> now.put(holding.id(), holding));
    assertThat(told).as("what was told").isEqualTo(now);
    for (StoredEdition stored : store.editions().all()) {
      Optional<HeldLeaves> held = stored.heldNow();
      if (held.isPresent()) {
        RoaringBitmap known = leaves.getOrDefault(stored.id(), new RoaringBitmap());
        assertThat(HeldLeaves.of(held.get().edition(), known)).isEqualTo(held.get());
      }
    }
  }
}
