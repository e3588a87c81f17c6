package org.p2pd.node.tomcat;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import org.apache.tomcat.util.net.NioEndpoint.SendfileData;

/** A zero-copy send of which somebody wants to know how far it came. */
final class WatchedSend extends SendfileData {

  /** The names under which applications ask for it: those of {@code delivery.ZeroCopy}. */
  static final String TELLS_OF_ENDS = "org.p2pd.sendfile.tells-of-ends";

  static final String WHEN_SENT = "org.apache.tomcat.sendfile.p2pd.when-sent";

  private final LongConsumer whenSent;
  private final long wholeBytes;
  private final AtomicBoolean ended = new AtomicBoolean();

  WatchedSend(String file, long first, long lengthBytes, LongConsumer whenSent) {
    super(file, first, lengthBytes);
    this.wholeBytes = lengthBytes;
    this.whenSent = whenSent;
  }

  /** It is over; what Tomcat has not sent by now is not sent. Only the first call counts. */
  void ended() {
    if (ended.compareAndSet(false, true)) {
      whenSent.accept(wholeBytes - length);
    }
  }
}
