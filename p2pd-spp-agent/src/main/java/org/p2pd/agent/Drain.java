package org.p2pd.agent;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.p2pd.content.Reader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a node stops, one step after the other: siblings forget what it claimed, it leaves its
 * groups, viewers' readings end, everyone else is refused, all readings end. A step that fails does
 * not keep the next ones from being done.
 *
 * @param disclaim has others forget what this node said that it holds
 * @param leave begins to leave all groups
 * @param refuse ends all waiting, and refuses whoever asks from then on
 */
record Drain(
    Runnable disclaim,
    Supplier<CompletableFuture<Void>> leave,
    CountedContent content,
    Runnable refuse) {

  /** Leaving is waited for no longer than this: the others notice by themselves. */
  static final Duration LONGEST_LEAVING = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(Drain.class);

  /** Does all that; takes no longer than the bound, whatever is still open then. */
  void within(Duration bound) {
    long end = System.nanoTime() + bound.toNanos();
    try {
      step("say that it holds nothing", disclaim);
      leaveGroups(end);
      tellOfOpen(left(end));
      content.awaitNone(Set.of(Reader.VIEWER), left(end));
      step("refuse what is asked from now on", refuse);
      content.awaitNone(EnumSet.allOf(Reader.class), left(end));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Duration left(long endNanos) {
    return Duration.ofNanos(Math.max(0, endNanos - System.nanoTime()));
  }

  private static void step(String what, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      LOG.error("this node could not {}, and goes on to stop", what, e);
    }
  }

  private void leaveGroups(long endNanos) throws InterruptedException {
    long most = Math.min(LONGEST_LEAVING.toNanos(), left(endNanos).toNanos());
    try {
      leave.get().get(most, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      LOG.warn(
          "leaving the groups takes longer than {} ms: it goes on meanwhile", most / 1_000_000);
    } catch (ExecutionException | RuntimeException e) {
      LOG.error("this node could not leave its groups: the others notice by themselves", e);
    }
  }

  private void tellOfOpen(Duration left) {
    int open = content.openReadings();
    if (open > 0) {
      LOG.info(
          "{} readings are under way: waiting for their end, {} s at most", open, left.toSeconds());
    }
  }
}
