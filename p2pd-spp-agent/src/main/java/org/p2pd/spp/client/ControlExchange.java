package org.p2pd.spp.client;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.util.TimeValue;
import org.jspecify.annotations.Nullable;
import org.p2pd.spp.NodeAddress;

/**
 * One control request, over all its tries: one after the other, each begun when the one before has
 * failed.
 */
final class ControlExchange implements FutureCallback<RawAnswer> {

  private final CompletableFuture<RawAnswer> answer = new CompletableFuture<>();
  private final HttpLanes http;
  private final HttpLanes.Lane lane;
  private final NodeAddress node;
  private final HttpLanes.Call call;
  private final int maxBytes;
  private int triesLeft = HttpLanes.MAX_TRIES;
  private TimeValue silentFor = TimeValue.ZERO_MILLISECONDS;
  private volatile @Nullable ControlConsumer consumer;
  private volatile @Nullable Future<RawAnswer> exchange;

  ControlExchange(
      HttpLanes http, HttpLanes.Lane lane, NodeAddress node, HttpLanes.Call call, int maxBytes) {
    this.http = http;
    this.lane = lane;
    this.node = node;
    this.call = call;
    this.maxBytes = maxBytes;
  }

  /** Sends it; throws nothing; what comes back fails when not all of it came within that time. */
  CompletableFuture<RawAnswer> begin(Duration within, ScheduledExecutorService timers) {
    silentFor = TimeValue.of(within);
    try {
      ScheduledFuture<?> limit =
          timers.schedule(() -> runOut(within), within.toMillis(), TimeUnit.MILLISECONDS);
      CompletableFuture<RawAnswer> unused =
          answer.whenComplete((result, failure) -> limit.cancel(false));
      tryOnce();
    } catch (RejectedExecutionException e) {
      answer.completeExceptionally(new IOException("this node is closing", e));
    }
    return answer;
  }

  private void tryOnce() {
    if (answer.isDone()) {
      return;
    }
    triesLeft--;
    ControlConsumer reading = new ControlConsumer(maxBytes);
    consumer = reading;
    try {
      exchange = http.send(lane, node, call, silentFor, reading, this);
    } catch (RuntimeException e) {
      answer.completeExceptionally(e); // it was not even sent
    }
  }

  private void runOut(Duration within) {
    answer.completeExceptionally(
        new IOException("no whole answer within " + within.toMillis() + " ms"));
    Future<RawAnswer> carrier = exchange;
    if (carrier != null) {
      carrier.cancel(true);
    }
  }

  @Override
  public void completed(RawAnswer result) {
    answer.complete(result);
  }

  @Override
  public void failed(Exception cause) {
    ControlConsumer reading = consumer;
    boolean unread = reading != null && !reading.headSeen();
    if (unread && triesLeft > 0 && HttpLanes.connectionDied(cause)) {
      http.afterAMoment(this::tryOnce);
      return;
    }
    answer.completeExceptionally(cause);
  }

  @Override
  public void cancelled() {
    answer.completeExceptionally(new IOException("given up"));
  }
}
