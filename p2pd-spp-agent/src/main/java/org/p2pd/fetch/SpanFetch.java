package org.p2pd.fetch;

import com.google.common.base.Ticker;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.Urgency;
import org.p2pd.model.Edition;
import org.p2pd.model.Span;
import org.p2pd.store.BlockStore;
import org.p2pd.tree.SpanProof;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One question to one source. Its receiver's half runs on the source's threads and takes each block
 * from its buffer to the waiting viewers and to disk; then it tells the fetch loop.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // a receiver's calls never overlap
final class SpanFetch implements BlockSource.SpanReceiver {

  private static final Logger LOG = LoggerFactory.getLogger(SpanFetch.class);

  final Edition edition;
  final Span span;
  final Urgency urgency;
  final List<Copy> copies;
  final SourceRecord source;

  /** In which of its source's spells it was asked. */
  final long spell;

  /** Confined to the fetch loop: set when the question was asked. */
  BlockSource.@Nullable Transfer transfer;

  /** Confined to the fetch loop: when it was last seen to go on, and how far it was then. */
  long seenAtNanos;

  long seenProgress;

  /** Confined to the fetch loop: how many of its bytes were counted for its source. */
  long countedBytes;

  /** Confined to the fetch loop: from when on, and from how many bytes on, it is judged. */
  long judgedFromNanos;

  long judgedFromBytes;

  private final BlockStore store;
  private final BlockStore.@Nullable Room room;
  private final Mailbox mailbox;
  private final FetchCounters counters;
  private final Ticker ticker;
  private final long askedAtNanos;

  /** Grows with everything that comes; compared by the loop to tell slow from silent. */
  private volatile long progress;

  /** The buffer being filled: its position moves as bytes come. */
  private volatile @Nullable ByteBuffer current;

  private volatile int blocksDone;
  private volatile long bytesDone;

  /** A complete block is on its way to the disk: its viewers may have left it behind already. */
  private volatile boolean storing;

  /** From the question to its first whole block; negative before that. */
  private volatile long firstBlockNanos = -1;

  /** From the question to its proof; negative before that. */
  private volatile long answerNanos = -1;

  SpanFetch(
      Preparation.Part part,
      Preparation preparation,
      BlockStore store,
      Mailbox mailbox,
      FetchCounters counters,
      Ticker ticker) {
    this.edition = preparation.edition();
    this.span = part.span();
    this.urgency = preparation.urgency();
    this.copies = part.copies();
    this.source = preparation.source();
    this.spell = source.repute.spell();
    this.room = part.room();
    this.store = store;
    this.mailbox = mailbox;
    this.counters = counters;
    this.ticker = ticker;
    this.askedAtNanos = ticker.read();
  }

  boolean kept() {
    return room != null;
  }

  /** Something that differs whenever anything came since it was last taken. Any thread. */
  long progress() {
    ByteBuffer filling = current;
    return progress + (filling == null ? 0 : filling.position());
  }

  /** All that came, verified or not yet; may be a block behind. Any thread. */
  long receivedBytes() {
    long done = bytesDone;
    ByteBuffer filling = current;
    return done + (filling == null ? 0 : filling.position());
  }

  long remainingBytes() {
    return Math.max(0, lengthBytes() - receivedBytes());
  }

  /** Whether a viewer waits for a block that has not come. */
  boolean isAwaited() {
    return copies.stream().skip(blocksDone).anyMatch(copy -> copy.arrival.isAwaited());
  }

  int blocksDone() {
    return blocksDone;
  }

  /** Every block came: only its end is to come. Any thread. */
  boolean isComplete() {
    return blocksDone == copies.size();
  }

  /** A block has come that is not settled yet. Whoever read it has seen this turn true. */
  boolean isStoring() {
    return storing;
  }

  long askedAtNanos() {
    return askedAtNanos;
  }

  OptionalLong answerNanos() {
    long nanos = answerNanos;
    return nanos < 0 ? OptionalLong.empty() : OptionalLong.of(nanos);
  }

  /** From the question to its first block, or to now while that has not come. */
  long firstBlockAfter(long nowNanos) {
    long nanos = firstBlockNanos;
    return nanos < 0 ? Math.max(0, nowNanos - askedAtNanos) : nanos;
  }

  /** The first block that has not come, or the last one. */
  private Arrival nextArrival() {
    return copies.get(Math.min(blocksDone, copies.size() - 1)).arrival;
  }

  /** The position of the first byte of the first block that has not come. */
  long nextByte() {
    return nextArrival().start;
  }

  /** Who is to bring the first block that has not come. Confined to the fetch loop. */
  Set<SourceRecord> askedForNext() {
    return nextArrival().asked.stream().map(fetch -> fetch.source).collect(Collectors.toSet());
  }

  long lengthBytes() {
    return span.bytes(edition.lengthBytes()).lengthBytes();
  }

  @Override
  public void proof(SpanProof proof) {
    answerNanos = Math.max(0, ticker.read() - askedAtNanos);
    advance(1);
    for (Copy copy : copies) {
      copy.arrival.proven(copy, proof);
    }
    if (room != null) {
      try {
        store.keepProof(edition, proof);
      } catch (RuntimeException e) {
        // Fail open: without its proof a block still serves viewers, only not other nodes.
        LOG.warn("the proof of {} of {} was not kept", span, edition.id(), e);
      }
    }
  }

  @Override
  public ByteBuffer bufferFor(int block) {
    ByteBuffer buffer = copy(block).buffer();
    advance(1);
    current = buffer;
    return buffer;
  }

  @Override
  public void prefixVerified(int block, int bytes) {
    copy(block).verified(bytes);
  }

  @Override
  public void blockVerified(int block) {
    Copy copy = copy(block);
    Arrival arrival = copy.arrival;
    current = null;
    advance(arrival.lengthBytes);
    bytesDone += arrival.lengthBytes;
    storing = true;
    if (blocksDone == 0) {
      firstBlockNanos = Math.max(0, ticker.read() - askedAtNanos);
    }
    // The viewers first: they need not wait for the disk.
    copy.verified(arrival.lengthBytes);
    counters.received(source.name(), arrival.lengthBytes);
    boolean stored = arrival.state() == Arrival.State.ARRIVING && store(copy);
    if (arrival.settle(copy, stored, ticker.read())) {
      counters.settled(stored, arrival.lengthBytes);
    }
    storing = false;
    copy.fillingEnded();
    blocksDone++;
    advance(1);
    mailbox.postLazily(new FetchEvent.Settled(arrival));
  }

  private boolean store(Copy copy) {
    Arrival arrival = copy.arrival;
    SpanProof proof = copy.proof();
    if (room == null || proof == null) {
      return false;
    }
    try {
      return room.put(arrival.block, copy.buffer(), proof.blockHash(arrival.block));
    } catch (RuntimeException e) {
      // Fail open: the block passes through memory unkept.
      LOG.warn("{} was not kept", arrival, e);
      return false;
    }
  }

  @Override
  public void ended(BlockSource.Outcome outcome) {
    copies.forEach(Copy::fillingEnded);
    Preparation.close(room);
    mailbox.post(new FetchEvent.Ended(this, outcome));
  }

  private void advance(long by) {
    progress += by;
  }

  private Copy copy(int block) {
    return copies.get(block - span.firstBlock());
  }

  /** What is asked for. */
  String subject() {
    return span + " of " + edition.id();
  }

  @Override
  public String toString() {
    return subject() + " from " + source.name();
  }
}
