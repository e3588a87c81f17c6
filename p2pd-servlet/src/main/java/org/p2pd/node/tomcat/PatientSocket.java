package org.p2pd.node.tomcat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.NioEndpoint.NioSocketWrapper;
import org.apache.tomcat.util.net.SendfileDataBase;
import org.apache.tomcat.util.net.SendfileState;

/**
 * A connection with separate patience for threads, for viewers and for request heads.
 *
 * <p>Tomcat's poller asks each connection for its time limits once a second: no connection has a
 * timer of its own.
 */
final class PatientSocket extends NioSocketWrapper {

  /** The shortest limit there is: zero is none. */
  private static final long AT_ONCE_MILLIS = 1;

  private final Patience patience;
  private volatile boolean threadWaits;
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

  @Override
  public SendfileState processSendfile(SendfileDataBase sendfileData) {
    updateLastWrite();
    return super.processSendfile(sendfileData);
  }
}
