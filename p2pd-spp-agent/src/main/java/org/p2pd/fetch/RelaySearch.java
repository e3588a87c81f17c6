package org.p2pd.fetch;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.ProvenSpan;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Span;
import org.p2pd.store.BlockStore;
import org.p2pd.tree.SpanProof;
import org.p2pd.tree.TreeHasher;

/**
 * Looks what of a span can be proven to a sibling: the blocks that come first and are held, or on
 * their way here from a node that is no sibling. One thread looks at a time.
 *
 * <p>The span may be counted in other blocks than this node's. The hash of a larger block is folded
 * from those of the smaller ones in it; those within a block are known once all of it is here.
 */
final class RelaySearch {

  private final BlockStore store;
  private final Arrivals arrivals;
  private final Edition edition;
  private final Span span;
  private final boolean withLeaves;

  /** The sizes of this node's blocks there, and of the smaller of its and the asker's. */
  private final BlockSize local;

  private final BlockSize finer;

  RelaySearch(BlockStore store, Arrivals arrivals, Edition edition, Span span, boolean withLeaves) {
    this.store = store;
    this.arrivals = arrivals;
    this.edition = edition;
    this.span = span;
    this.withLeaves = withLeaves;
    this.local = store.blockSize(edition, span.region());
    this.finer = local.bytes() < span.blockSize().bytes() ? local : span.blockSize();
  }

  /** What a look finds. */
  sealed interface Result {
    record Proven(ProvenSpan span) implements Result {}

    /** It depends on more news of a block than were seen. */
    record Wait(Arrival arrival, Arrival.Progress seen) implements Result {}

    /** None of it is here, or comes. */
    record Nothing() implements Result {}
  }

  private static final Result NOTHING = new Result.Nothing();

  Result look() {
    return new Look().result();
  }

  /** One look at what is here now. */
  private final class Look {
    private final KnownTree known = new KnownTree(edition);

    /** Why it did not get further, if more news may help. */
    private Result stop = NOTHING;

    Result result() {
      BlockSize asked = span.blockSize();
      long start = asked.start(span.firstBlock());
      long end = span.bytes(edition.lengthBytes()).last() + 1;
      long position = start;
      long before = -1;
      while (position < end && position != before) {
        before = position;
        position = provableFrom(position, end);
      }
      int blocks = position >= end ? span.blockCount() : (int) ((position - start) / asked.bytes());
      return blocks == 0 ? stop : proven(new Span(asked, span.firstBlock(), blocks));
    }

    private Result proven(Span prefix) {
      Optional<byte[]> proof = known.prove(prefix);
      if (proof.isEmpty()) {
        return NOTHING;
      }
      byte[] leaves = withLeaves ? leaves(prefix) : null;
      return withLeaves && leaves == null
          ? stop
          : new Result.Proven(new ProvenSpan(prefix, proof.get(), leaves));
    }

    /** Up to where the hashes are known from a position on; the position itself if they are not. */
    private long provableFrom(long position, long end) {
      Optional<Arrival> arrival = arrivalAt(position);
      if (arrival.isPresent() && !arrival.get().progress().gone()) {
        return provable(arrival.get(), position);
      }
      long until = Math.min(store.heldUntil(edition, position), end);
      if (until <= position) {
        return position;
      }
      int first = finer.blockAt(position);
      Span held = new Span(finer, first, finer.blockAt(until - 1) - first + 1);
      Optional<SpanProof> proof =
          store.prove(edition, held).flatMap(bytes -> SpanProof.verify(edition, held, bytes));
      proof.ifPresent(known::add);
      return proof.isPresent() ? until : position;
    }

    private long provable(Arrival arrival, long position) {
      Arrival.Progress progress = arrival.progress();
      SpanProof proof = progress.proof();
      boolean isWithin = finer.bytes() < local.bytes();
      if (progress.origin() == Arrival.Origin.SIBLING && !progress.whole()) {
        return position;
      }
      if (proof == null || (isWithin && !progress.whole())) {
        stop = new Result.Wait(arrival, progress);
        return position;
      }
      known.add(proof);
      if (isWithin) {
        Optional<byte[]> leaves = leavesOf(arrival);
        leaves.ifPresent(hashes -> known.addLeaves(arrival.start / leafBytes(), hashes));
        if (leaves.isEmpty()) {
          return position; // it left memory this moment
        }
      }
      return arrival.end();
    }

    /**
     * The leaf hashes of the first block, gathered from this node's; null if they are not known.
     */
    private byte @Nullable [] leaves(Span prefix) {
      Span first = new Span(prefix.blockSize(), prefix.firstBlock(), 1);
      long start = first.bytes(edition.lengthBytes()).first();
      long end = first.bytes(edition.lengthBytes()).last() + 1;
      ByteBuffer gathered =
          ByteBuffer.allocate((int) ((end - start + leafBytes() - 1) / leafBytes()) * Hash.BYTES);
      while (gathered.hasRemaining()) {
        long position = start + (long) gathered.position() / Hash.BYTES * leafBytes();
        int block = local.blockAt(position);
        Optional<byte[]> leaves = leavesAt(block);
        if (leaves.isEmpty()) {
          return null;
        }
        int skipped = (int) ((position - local.start(block)) / leafBytes()) * Hash.BYTES;
        int wanted = Math.min(gathered.remaining(), leaves.get().length - skipped);
        gathered.put(leaves.get(), skipped, wanted);
      }
      return gathered.array();
    }

    private Optional<byte[]> leavesAt(int block) {
      Optional<Arrival> arrival = arrivalAt(local.start(block));
      Arrival.Progress progress = arrival.map(Arrival::progress).orElse(null);
      if (progress == null || progress.gone()) {
        return store.leafHashes(edition, new Span(local, block, 1));
      }
      if (!progress.whole()) {
        stop = new Result.Wait(arrival.get(), progress);
        return Optional.empty();
      }
      return leavesOf(arrival.get());
    }

    private Optional<byte[]> leavesOf(Arrival arrival) {
      Optional<Arrival.Look.Pinned> whole = arrival.pinWhole();
      if (whole.isEmpty()) {
        return Optional.empty();
      }
      try {
        return Optional.of(new TreeHasher(edition.digest()).leaves(whole.get().bytes()));
      } finally {
        whole.get().copy().unpin();
      }
    }

    private Optional<Arrival> arrivalAt(long position) {
      return arrivals.at(edition, local.start(local.blockAt(position)));
    }
  }

  private static long leafBytes() {
    return BlockSize.LEAF_BYTES;
  }
}
