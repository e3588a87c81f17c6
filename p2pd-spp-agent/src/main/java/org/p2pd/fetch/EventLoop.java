package org.p2pd.fetch;

import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread {@code p2pd-fetch} that owns a {@link FetchState}: applies events in the order in
 * which they were posted, then lets the state decide once for all of them.
 *
 * <p>Posting to an idle loop wakes its thread, posting lazily does not: most news of a busy
 * transfer travels with the next question or end.
 */
final class EventLoop implements CacheContent.Loop {

  private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);

  /** How often the state is looked after while something is under way. */
  private static final Duration TICK = Duration.ofMillis(100);

  /** How long sources may take to let go of their buffers at the end. */
  private static final Duration CLOSING = Duration.ofSeconds(5);

  private final ConcurrentLinkedQueue<FetchEvent> events = new ConcurrentLinkedQueue<>();
  private @Nullable Thread thread;

  private volatile boolean parked;
  private volatile boolean stopping;
  private volatile boolean stopped;

  @Override
  public void begin(FetchState state) {
    Thread owner = new Thread(() -> run(state), "p2pd-fetch");
    owner.setDaemon(true);
    thread = owner;
    owner.start();
  }

  @Override
  public boolean isClosing() {
    return stopping;
  }

  @Override
  public void post(FetchEvent event) {
    postLazily(event);
    if (parked) {
      LockSupport.unpark(thread);
    }
  }

  @Override
  public void postLazily(FetchEvent event) {
    if (!stopped) {
      events.add(event);
    }
  }

  private void run(FetchState state) {
    while (!stopped && !(stopping && state.quiet())) {
      try {
        applyAll(state);
      } catch (RuntimeException e) {
        // The loop must outlive a fault in one event: what it leaves waiting, viewers time out.
        LOG.error("fetching met a fault of its own; please report it", e);
      }
      park(state);
    }
    stopped = true;
    events.clear();
  }

  private void applyAll(FetchState state) {
    for (FetchEvent event = events.poll(); event != null; event = events.poll()) {
      event.apply(state);
    }
    state.decide();
  }

  private void park(FetchState state) {
    parked = true;
    if (events.isEmpty()) {
      if (stopping || state.restless()) {
        LockSupport.parkNanos(this, TICK.toNanos());
      } else {
        LockSupport.park(this);
      }
    }
    parked = false;
  }

  /** Ends the thread once all transfers have let go of their memory, or after five seconds. */
  @Override
  public void end() {
    Thread owner = thread;
    if (owner == null || stopped) {
      return;
    }
    stopping = true;
    post(new FetchEvent.Closing());
    try {
      owner.join(CLOSING.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!stopped) {
      LOG.warn("a source did not let go of its buffers within {} s", CLOSING.toSeconds());
      stopped = true;
      LockSupport.unpark(owner);
    }
  }
}
