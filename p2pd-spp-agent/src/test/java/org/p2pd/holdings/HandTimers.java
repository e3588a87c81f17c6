package org.p2pd.holdings;

import com.google.common.base.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Timers whose time passes when the test says so; tasks run on the test's thread, whichever has
 * them scheduled.
 */
public final class HandTimers extends AbstractExecutorService implements ScheduledExecutorService {

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.<Task>comparingLong(t -> t.at).thenComparing(t -> t.number));

  private long nanos = 1_000_000_000_000L;
  private long number;
  private boolean ended;

  private final class Task extends FutureTask<Object> implements ScheduledFuture<Object> {
    final long at;
    final long number;

    Task(Callable<Object> what, long at) {
      super(what);
      this.at = at;
      this.number = ++HandTimers.this.number;
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(at - ticker().read(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }

  /** The same time. */
  public Ticker ticker() {
    return new Ticker() {
      @Override
      public long read() {
        synchronized (HandTimers.this) {
          return nanos;
        }
      }
    };
  }

  /** Lets time pass, and what falls due within it run. */
  public void pass(Duration time) {
    long end = ticker().read() + time.toNanos();
    for (Task next = due(end); next != null; next = due(end)) {
      next.run();
      if (!next.isCancelled()) {
        resultOf(next);
      }
    }
  }

  private synchronized Task due(long end) {
    boolean any = !tasks.isEmpty() && tasks.peek().at <= end;
    Task next = any ? tasks.poll() : null;
    nanos = Math.max(nanos, any ? next.at : end);
    return next;
  }

  /** A task that failed fails the test. */
  private static void resultOf(Task done) {
    try {
      done.get();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** How many tasks are to come. */
  public synchronized int pending() {
    tasks.removeIf(FutureTask::isCancelled);
    return tasks.size();
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    return add(Executors.callable(command, null), delay, unit);
  }

  @Override
  @SuppressWarnings("unchecked")
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    return (ScheduledFuture<V>) add((Callable<Object>) callable, delay, unit);
  }

  private synchronized Task add(Callable<Object> what, long delay, TimeUnit unit) {
    if (ended) {
      throw new RejectedExecutionException("ended");
    }
    Task task = new Task(what, nanos + unit.toNanos(delay));
    tasks.add(task);
    return task;
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long initialDelay, long period, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long initialDelay, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void execute(Runnable command) {
    var unused = schedule(command, 0, TimeUnit.NANOSECONDS);
  }

  @Override
  public synchronized void shutdown() {
    ended = true;
  }

  @Override
  public synchronized List<Runnable> shutdownNow() {
    ended = true;
    List<Runnable> left = new ArrayList<>(tasks);
    tasks.clear();
    return left;
  }

  @Override
  public synchronized boolean isShutdown() {
    return ended;
  }

  @Override
  public synchronized boolean isTerminated() {
    return ended;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return true;
  }
}
