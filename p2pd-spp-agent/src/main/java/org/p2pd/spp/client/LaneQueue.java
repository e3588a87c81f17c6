package org.p2pd.spp.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Lets a bounded number of exchanges with one node go on at a time, so that a request is numbered
 * and signed only when there is a connection for it. Thread-safe; runs nothing under its lock.
 */
final class LaneQueue {

  /** An exchange; it runs {@code ended} once when its connection is free again. */
  @FunctionalInterface
  interface Exchange {
    void begin(Runnable ended);
  }

  private final int atOnce;

  @GuardedBy("waiting")
  private final Queue<Exchange> waiting = new ArrayDeque<>();

  @GuardedBy("waiting")
  private int underWay;

  LaneQueue(int atOnce) {
    this.atOnce = atOnce;
  }

  void submit(Exchange exchange) {
    synchronized (waiting) {
      if (underWay >= atOnce) {
        waiting.add(exchange);
        return;
      }
      underWay++;
    }
    exchange.begin(this::next);
  }

  private void next() {
    Exchange exchange;
    synchronized (waiting) {
      exchange = waiting.poll();
      if (exchange == null) {
        underWay--;
        return;
      }
    }
    exchange.begin(this::next);
  }
}
