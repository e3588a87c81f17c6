package org.p2pd.siblings;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.p2pd.fetch.BlockSource;
import org.p2pd.holdings.KnownHoldings;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.client.Peer;
import org.p2pd.tree.SpanProof;
import org.p2pd.upstream.SppSource;

/**
 * A sibling as a source of blocks: offers what it claims to hold, and corrects its claims when they
 * turn out wrong. While it is out of view it is asked nothing more; when its link ends what is
 * under way to it is given up at once. Thread-safe.
 */
final class SiblingSource implements BlockSource, AutoCloseable {

  private final NodeId id;
  private final Peer peer;
  private final SppSource blocks;
  private final KnownHoldings known;
  private final Set<Transfer> underWay = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean used = new AtomicBoolean();
  private volatile boolean gone;
  private volatile boolean outOfView;

  SiblingSource(NodeId id, Peer peer, NodeId self, KnownHoldings known) {
    this.id = id;
    this.peer = peer;
    this.known = known;
    this.blocks = SppSource.of(peer, Relation.SIBLING, self, this::usable, report -> {});
  }

  @Override
  public String name() {
    return blocks.name();
  }

  @Override
  public Relation relation() {
    return Relation.SIBLING;
  }

  @Override
  public Optional<NodeId> node() {
    return Optional.of(id);
  }

  /** In the group, and nobody else answers in its place. */
  @Override
  public boolean usable() {
    return !gone && !outOfView && peer.key().map(key -> key.id().equals(id)).orElse(true);
  }

  @Override
  public long offersUntil(Edition edition, long position) {
    return known.claimedUntil(id, edition, position);
  }

  @Override
  public boolean mayHave(Edition edition, long position) {
    return known.mayHold(id, edition, position);
  }

  @Override
  public Transfer fetch(SpanQuery query, SpanReceiver receiver) {
    used.set(true);
    Corrected corrected = new Corrected(query, receiver, missing(query));
    Transfer transfer = blocks.fetch(query, corrected);
    corrected.carriedBy(transfer);
    if (gone) {
      transfer.cancel();
    }
    return transfer;
  }

  /** Whether it is in view now: a view may flap, so what is under way goes on. */
  void inView(boolean now) {
    outOfView = !now;
  }

  /**
   * What it turns out not to hold if it has no first block to send: all that it claimed, else that
   * block, for of the others it said nothing.
   */
  private ByteRange missing(SpanQuery query) {
    Span span = query.span();
    long begin = span.blockSize().start(span.firstBlock());
    boolean claimed = offersUntil(query.edition(), begin) > begin;
    Span lacked = claimed ? span : new Span(span.blockSize(), span.firstBlock(), 1);
    return lacked.bytes(query.edition().lengthBytes());
  }

  /** Whether it was asked for anything since this was last asked, or that is under way. */
  boolean wasUsed() {
    return used.getAndSet(false) || !underWay.isEmpty();
  }

  /** It left the group. */
  @Override
  public void close() {
    gone = true;
    underWay.forEach(Transfer::cancel);
  }

  @Override
  public String toString() {
    return "sibling " + name();
  }

  /** Hears for fetching what comes, and takes note of what does not. */
  private final class Corrected implements SpanReceiver {
    private final SpanQuery query;
    private final SpanReceiver receiver;
    private final ByteRange missing;
    private volatile boolean ended;
    private volatile Optional<Transfer> transfer = Optional.empty();

    Corrected(SpanQuery query, SpanReceiver receiver, ByteRange missing) {
      this.query = query;
      this.receiver = receiver;
      this.missing = missing;
    }

    void carriedBy(Transfer by) {
      transfer = Optional.of(by);
      underWay.add(by);
      if (ended) {
        underWay.remove(by);
      }
    }

    @Override
    public void proof(SpanProof proof) {
      receiver.proof(proof);
    }

    @Override
    public ByteBuffer bufferFor(int block) {
      return receiver.bufferFor(block);
    }

    @Override
    public void prefixVerified(int block, int bytes) {
      receiver.prefixVerified(block, bytes);
    }

    @Override
    public void blockVerified(int block) {
      receiver.blockVerified(block);
    }

    @Override
    public void ended(Outcome outcome) {
      ended = true;
      transfer.ifPresent(underWay::remove);
      if (outcome instanceof Outcome.NotHeld || outcome instanceof Outcome.Mismatch) {
        known.stale(id, query.edition(), missing);
      }
      receiver.ended(outcome);
    }
  }
}
