package org.p2pd.fetch;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.Urgency;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.store.BlockStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The disk's part before a question: which of the claimed blocks are missing, and room for them.
 *
 * @param copies memory for consecutive blocks of one region, claimed; at least one
 * @param source whom to ask
 * @param besides who is bringing it already, and too late: the source is not to refer to that node
 */
record Preparation(
    List<Copy> copies, Urgency urgency, SourceRecord source, Optional<NodeId> besides) {

  private static final Logger LOG = LoggerFactory.getLogger(Preparation.class);

  Preparation {
    copies = List.copyOf(copies);
  }

  /**
   * Consecutive missing blocks.
   *
   * @param room where they will be kept; null if they cannot be
   */
  record Part(Span span, List<Copy> copies, BlockStore.@Nullable Room room) {}

  Edition edition() {
    return copies.get(0).arrival.edition;
  }

  long lengthBytes() {
    return copies.stream().mapToLong(copy -> copy.arrival.lengthBytes).sum();
  }

  /** The missing ones, with room reserved. Runs where the disk may be waited for. */
  List<Part> run(BlockStore store) {
    BlockSize size = copies.get(0).arrival.blockSize;
    List<Part> parts = new ArrayList<>(1);
    int from = 0;
    while (from < copies.size()) {
      if (isHeld(store, copies.get(from).arrival)) {
        from++;
        continue;
      }
      int to = from + 1;
      while (to < copies.size() && !isHeld(store, copies.get(to).arrival)) {
        to++;
      }
      Span span = new Span(size, copies.get(from).arrival.block, to - from);
      parts.add(new Part(span, copies.subList(from, to), reserve(store, span)));
      from = to;
    }
    return parts;
  }

  private static boolean isHeld(BlockStore store, Arrival arrival) {
    try {
      return store.heldUntil(arrival.edition, arrival.start) >= arrival.end();
    } catch (RuntimeException e) {
      // Fail open: what cannot be looked up is fetched.
      LOG.warn("{} could not be looked up", arrival, e);
      return false;
    }
  }

  private BlockStore.@Nullable Room reserve(BlockStore store, Span span) {
    try {
      Optional<BlockStore.Room> room = store.reserve(edition(), span);
      return room.orElse(null);
    } catch (RuntimeException e) {
      // Fail open: a viewer never waits for disk; the blocks pass through memory.
      LOG.warn("no room could be reserved for {} of {}", span, edition().id(), e);
      return null;
    }
  }

  static void close(BlockStore.@Nullable Room room) {
    if (room == null) {
      return;
    }
    try {
      room.close();
    } catch (RuntimeException e) {
      LOG.warn("room of {} was not given back", room.span(), e);
    }
  }
}
