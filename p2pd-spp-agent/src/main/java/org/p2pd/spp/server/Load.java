package org.p2pd.spp.server;

import java.util.concurrent.atomic.LongAdder;

/** What this node sends to others. Thread-safe. */
final class Load {

  private final LongAdder underWay = new LongAdder();
  private final LongAdder sentBytes = new LongAdder();
  private final LongAdder spans = new LongAdder();

  void began() {
    spans.increment();
    underWay.increment();
  }

  void ended() {
    underWay.decrement();
  }

  /** Bytes were handed to the transport. */
  void sent(long bytes) {
    sentBytes.add(bytes);
  }

  /** A held span was handed to the transport whole, to be sent from its file. */
  void sentFromFile(long bytes) {
    spans.increment();
    sentBytes.add(bytes);
  }

  /** Spans that are read or still arriving; those sent from files are not seen to end. */
  long spansUnderWay() {
    return Math.max(0, underWay.sum());
  }

  long sentBytes() {
    return sentBytes.sum();
  }

  long spans() {
    return spans.sum();
  }
}
