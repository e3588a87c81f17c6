package org.p2pd.node.tomcat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.function.LongConsumer;
import org.apache.coyote.Request;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.NioEndpoint.NioSocketWrapper;
import org.apache.tomcat.util.net.NioEndpoint.SendfileData;
import org.apache.tomcat.util.net.SendfileDataBase;
import org.apache.tomcat.util.net.SendfileState;
import org.jspecify.annotations.Nullable;

/**
 * A connection with separate patience for threads, for viewers and for request heads, that tells
 * how far zero-copy sends came.
 *
 * <p>Tomcat's poller asks each connection for its time limits once a second: no connection has a
 * timer of its own.
 */
final class PatientSocket extends NioSocketWrapper {

  /** The shortest limit there is: zero is none. */
  private static final long AT_ONCE_MILLIS = 1;

  private final Patience patience;
  private volatile boolean threadWaits;
  private volatile @Nullable Request served;

  /** From the head of its answer on until it is over. */
  private volatile @Nullable WatchedSend watched;

  private volatile OptionalLong headBeganNanos = OptionalLong.empty();

  PatientSocket(NioChannel channel, NioEndpoint endpoint, Patience patience) {
    super(channel, endpoint);
    this.patience = patience;
  }

  /** The connection is being served: whatever was there of a head is being looked at. */
  OptionalLong takeHead() {
    OptionalLong began = headBeganNanos;
    headBeganNanos = OptionalLong.empty();
    return began;
  }

  /**
   * The connection waits for the rest of a head.
   *
   * @param began when its first byte came; empty: just now
   */
  void awaitHead(OptionalLong began) {
    headBeganNanos = began.isPresent() ? began : OptionalLong.of(patience.ticker().read());
  }

  @Override
  public long getReadTimeout() {
    OptionalLong began = headBeganNanos;
    boolean late =
        began.isPresent()
            && patience.ticker().read() - began.getAsLong() > patience.head().toNanos();
    return late ? AT_ONCE_MILLIS : super.getReadTimeout();
  }

  @Override
  public long getWriteTimeout() {
    return threadWaits ? super.getWriteTimeout() : patience.stall().toMillis();
  }

  @Override
  protected void doWrite(boolean block, ByteBuffer buffer) throws IOException {
    if (!block) {
      super.doWrite(false, buffer);
      return;
    }
    threadWaits = true;
    try {
      super.doWrite(true, buffer);
    } finally {
      threadWaits = false;
    }
  }

  @Override
  public void registerWriteInterest() {
    updateLastWrite();
    super.registerWriteInterest();
  }

  /** A request is being served whose zero-copy send may be watched. */
  void serves(Request request) {
    served = request;
  }

  @Override
  public SendfileDataBase createSendfileData(String file, long first, long lengthBytes) {
    Request request = served;
    Object whenSent = request == null ? null : request.getAttribute(WatchedSend.WHEN_SENT);
    if (!(whenSent instanceof LongConsumer told)) {
      return super.createSendfileData(file, first, lengthBytes);
    }
    WatchedSend send = new WatchedSend(file, first, lengthBytes, told);
    watched = send;
    return send;
  }

  /** Tomcat sets none when all was sent, whichever thread sent the last. */
  @Override
  public void setSendfileData(@Nullable SendfileData send) {
    super.setSendfileData(send);
    if (send == null) {
      endWatched();
    }
  }

  @Override
  protected void doClose() {
    super.doClose();
    endWatched();
  }

  private void endWatched() {
    WatchedSend send = watched;
    watched = null;
    if (send != null) {
      send.ended();
    }
  }

  @Override
  public SendfileState processSendfile(SendfileDataBase sendfileData) {
    updateLastWrite();
    return super.processSendfile(sendfileData);
  }
}
