package org.p2pd.spp.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a bounded number of exchanges with one node go on at a time, so that a request is numbered
 * and signed only when there is a connection for it. Thread-safe; runs nothing under its lock.
 *
 * <p>An exchange that fails to begin gives its place back like one that ended. However many of
 * those wait, one after the other, they are gone through in a loop and not in each other.
 */
final class LaneQueue {

  private static final Logger LOG = LoggerFactory.getLogger(LaneQueue.class);

  /** An exchange; it runs {@code ended} when its connection is free again. */
  @FunctionalInterface
  interface Exchange {
    void begin(Runnable ended);
  }

  private record Waiting(Exchange exchange, Consumer<Throwable> notBegun) {}

  private final int atOnce;

  @GuardedBy("waiting")
  private final Queue<Waiting> waiting = new ArrayDeque<>();

  @GuardedBy("waiting")
  private int underWay;

  LaneQueue(int atOnce) {
    this.atOnce = atOnce;
  }

  /**
   * Begins an exchange, now or when it is its turn.
   *
   * @param notBegun told what the exchange threw instead of beginning: its question has to end
   */
  void submit(Exchange exchange, Consumer<Throwable> notBegun) {
    Waiting submitted = new Waiting(exchange, notBegun);
    synchronized (waiting) {
      if (underWay >= atOnce) {
        waiting.add(submitted);
        return;
      }
      underWay++;
    }
    runFrom(submitted);
  }

  /** Begins that one, and those whose turn it is because it has ended by then. */
  private void runFrom(@Nullable Waiting first) {
    Waiting next = first;
    while (next != null && !new Turn().holdsAfterBeginning(next)) {
      next = next();
    }
  }

  private @Nullable Waiting next() {
    synchronized (waiting) {
      Waiting next = waiting.poll();
      if (next == null) {
        underWay--;
      }
      return next;
    }
  }

  /** One exchange's place. It is given back once, by whichever comes second of begin and end. */
  private final class Turn {
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicBoolean oneIsOver = new AtomicBoolean();

    /** Whether the exchange goes on, so that its end will begin the next. */
    boolean holdsAfterBeginning(Waiting of) {
      try {
        of.exchange.begin(this::end);
      } catch (Throwable e) {
        ended.set(true);
        tell(of, e);
        return false;
      }
      return oneIsOver.compareAndSet(false, true);
    }

    private void end() {
      if (ended.compareAndSet(false, true) && !oneIsOver.compareAndSet(false, true)) {
        runFrom(next());
      }
    }
  }

  private static void tell(Waiting of, Throwable cause) {
    try {
      of.notBegun.accept(cause);
    } catch (RuntimeException e) {
      // Whoever asked fails over its own end; the others' turns must come all the same.
      LOG.error("a question that could not be asked ({}) failed again", cause.toString(), e);
    }
  }
}
