package org.p2pd.catalogue;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** Those who wait for news after a cursor. Who gives up is forgotten. Thread-safe. */
final class Waiters implements AutoCloseable {

  private final Set<Waiter> waiting = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** One who waits; equal to itself only. */
  private static final class Waiter {
    final Cursor after;
    final CompletableFuture<Void> news = new CompletableFuture<>();

    Waiter(Cursor after) {
      this.after = after;
    }

    void tell(Predicate<Cursor> hasNews) {
      if (hasNews.test(after)) {
        news.complete(null);
      }
    }
  }

  /**
   * Completes as soon as {@code hasNews} is true of the cursor, when it is made or at a wake-up.
   */
  CompletableFuture<Void> await(Cursor after, Predicate<Cursor> hasNews) {
    Waiter waiter = new Waiter(after);
    waiting.add(waiter);
    var unused = waiter.news.whenComplete((nothing, failure) -> waiting.remove(waiter));
    // Looked at after it was added: news that came in between is not missed.
    waiter.tell(hasNews);
    if (closed) {
      waiter.news.cancel(false);
    }
    return waiter.news;
  }

  /** Completes all whose cursor has news now. */
  void wake(Predicate<Cursor> hasNews) {
    waiting.forEach(waiter -> waiter.tell(hasNews));
  }

  int count() {
    return waiting.size();
  }

  /** Cancels everyone. */
  @Override
  public void close() {
    closed = true;
    waiting.forEach(waiter -> waiter.news.cancel(false));
  }
}
