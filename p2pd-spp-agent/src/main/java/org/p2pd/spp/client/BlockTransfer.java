package org.p2pd.spp.client;

import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One question for blocks, over all its tries: sees to it that the receiver's calls never overlap
 * and that it hears exactly one end.
 *
 * <pre>
 *   FREE ⇄ BUSY      enter(), exit(): the connection's thread talks to the receiver
 *   FREE → ENDED     end(), at once; or exit(), when end() came while BUSY
 * </pre>
 *
 * After ENDED no byte is written to a receiver's buffer any more.
 */
final class BlockTransfer implements Peer.Transfer {

  private static final int FREE = 0;
  private static final int BUSY = 1;
  private static final int ENDED = 2;

  private final BlockQuestion question;
  private final BlockReceiver receiver;
  private final AtomicInteger phase = new AtomicInteger(FREE);
  private final AtomicReference<@Nullable BlockEnd> end = new AtomicReference<>();
  private volatile @Nullable Future<?> exchange;
  private volatile @Nullable BlockConsumer consumer;

  BlockTransfer(BlockQuestion question, BlockReceiver receiver) {
    this.question = question;
    this.receiver = receiver;
  }

  BlockQuestion question() {
    return question;
  }

  BlockReceiver receiver() {
    return receiver;
  }

  /** Whether the receiver is still there to be talked to; if so, {@link #exit} follows. */
  boolean enter() {
    return end.get() == null && phase.compareAndSet(FREE, BUSY);
  }

  void exit() {
    phase.set(FREE);
    deliverEnd();
  }

  /** Ends it; the first end counts. */
  void end(BlockEnd how) {
    if (end.compareAndSet(null, how)) {
      deliverEnd();
    }
  }

  private void deliverEnd() {
    BlockEnd how = end.get();
    if (how != null && phase.compareAndSet(FREE, ENDED)) {
      receiver.ended(how);
    }
  }

  boolean hasEnded() {
    return end.get() != null;
  }

  boolean isWanted() {
    return end.get() == null;
  }

  /** Notes what carries it now, so that it can be given up. */
  void carriedBy(Future<?> exchange, BlockConsumer consumer) {
    this.consumer = consumer;
    this.exchange = exchange;
    if (hasEnded()) {
      abandon();
    }
  }

  @Override
  public void cancel() {
    end(new BlockEnd.Cancelled());
    abandon();
  }

  /** Closes the connection, unless so little is to come that it is better read to its end. */
  private void abandon() {
    Future<?> carrier = exchange;
    BlockConsumer reading = consumer;
    if (carrier != null && (reading == null || !reading.isNearItsEnd())) {
      carrier.cancel(true);
    }
  }
}
