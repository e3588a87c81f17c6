package org.p2pd.fetch;

import java.time.Duration;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;

/**
 * All blocks on their way through memory: at most one arrival for each, whoever asks.
 *
 * <p>{@link #at} is for any thread; everything else is confined to the fetch loop. A block is
 * claimed before the store is asked whether it holds it, and leaves only after the store has it (or
 * fetching it failed): so whoever finds no arrival here and looks in the store misses nothing.
 */
final class Arrivals {

  /** What a claim finds. */
  sealed interface Claim {
    /** The caller is to bring it. */
    record Owner(Arrival arrival) implements Claim {}

    /** It is on its way, or still in memory. */
    record InFlight(Arrival arrival) implements Claim {}

    /** The share has no memory left for it. */
    record NoMemory() implements Claim {}
  }

  private record Place(Edition edition, long start) {}

  private static final long IDLE_NANOS = Duration.ofSeconds(2).toNanos();
  private static final Claim NO_MEMORY = new Claim.NoMemory();

  private final Slab slab;
  private final ConcurrentHashMap<Place, Arrival> index = new ConcurrentHashMap<>();

  /** On disk and in memory, oldest first. */
  private final Set<Arrival> lingering = new LinkedHashSet<>();

  /** Complete, nowhere but in memory, oldest first. */
  private final Set<Arrival> passing = new LinkedHashSet<>();

  Arrivals(Slab slab) {
    this.slab = slab;
  }

  /** The arrival of the block that begins there. */
  Optional<Arrival> at(Edition edition, long start) {
    return Optional.ofNullable(index.get(new Place(edition, start)));
  }

  Claim claim(Edition edition, BlockSize size, int block, Share share) {
    Place place = new Place(edition, size.start(block));
    Arrival present = index.get(place);
    if (present != null) {
      return new Claim.InFlight(present);
    }
    Optional<Slab.Piece> piece = take(share, size.lengthOf(block, edition.lengthBytes()));
    if (piece.isEmpty()) {
      return NO_MEMORY;
    }
    Arrival arrival = new Arrival(edition, size, block, piece.get());
    index.put(place, arrival);
    return new Claim.Owner(arrival);
  }

  /** A second memory for a block, if it is still arriving and there is some to be had. */
  Optional<Copy> hedge(Arrival arrival) {
    Optional<Slab.Piece> piece = take(Share.PLAY_HEAD, arrival.lengthBytes);
    Optional<Copy> second = piece.flatMap(arrival::hedged);
    if (second.isEmpty()) {
      piece.ifPresent(Slab.Piece::release);
    }
    return second;
  }

  private Optional<Slab.Piece> take(Share share, int length) {
    Optional<Slab.Piece> piece = slab.take(share, length);
    while (piece.isEmpty() && dropOldestKept()) {
      piece = slab.take(share, length);
    }
    return piece;
  }

  /** Whether a share has memory for that many more bytes, kept blocks being dropped for it. */
  boolean hasMemory(Share share, long bytes) {
    while (slab.freeBytes(share) < bytes) {
      if (!dropOldestKept()) {
        return false;
      }
    }
    return true;
  }

  /** Takes it out of memory; returns who was waiting for it. */
  List<CacheStream> retire(Arrival arrival) {
    index.remove(new Place(arrival.edition, arrival.start), arrival);
    passing.remove(arrival);
    lingering.remove(arrival);
    return arrival.retire();
  }

  /** A stored block may stay readable for those who are close, within the share for such. */
  void linger(Arrival arrival) {
    while (!arrival.chargeAsKept()) {
      if (!dropOldestKept()) {
        retireAndSignal(arrival);
        return;
      }
    }
    lingering.add(arrival);
  }

  void passes(Arrival arrival) {
    passing.add(arrival);
  }

  void retireAndSignal(Arrival arrival) {
    retire(arrival).forEach(CacheStream::signal);
  }

  /**
   * Drops blocks that could not be kept and that no viewer has looked at for a while: a paused
   * viewer's are fetched again when it goes on.
   */
  void dropIdle(long nowNanos) {
    for (Iterator<Arrival> i = passing.iterator(); i.hasNext(); ) {
      Arrival arrival = i.next();
      if (arrival.idleNanos(nowNanos) >= IDLE_NANOS) {
        i.remove();
        retireAndSignal(arrival);
      }
    }
  }

  private boolean dropOldestKept() {
    if (lingering.isEmpty()) {
      return false;
    }
    retireAndSignal(lingering.iterator().next());
    return true;
  }

  /** Whether no block is known in any way. */
  boolean isEmpty() {
    return index.isEmpty() && passing.isEmpty() && lingering.isEmpty();
  }

  /** A look at all of them. */
  Collection<Arrival> all() {
    return List.copyOf(index.values());
  }
}
