package org.p2pd.spp.client;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.RequestNotExecutedException;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.AsyncResponseConsumer;
import org.apache.hc.core5.http.nio.entity.BasicAsyncEntityProducer;
import org.apache.hc.core5.http.nio.support.BasicRequestProducer;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.p2pd.spp.NodeAddress;

/**
 * HTTP/1.1 to other nodes over two sets of connections: urgent ones, and bulk ones on threads of
 * their own, so that a play head never waits behind a MiB that is being hashed.
 *
 * <p>Never blocks.
 */
final class HttpLanes implements AutoCloseable {

  enum Lane {
    URGENT,
    BULK
  }

  /**
   * A request.
   *
   * @param target what follows the context path
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not shared
  record Call(String method, String target, Map<String, String> headers, byte[] body) {}

  /** How often a request is sent whose connections turn out to be dead. */
  static final int MAX_TRIES = 3;

  private static final long MOMENT_MILLIS = 20;

  /** So often it is looked for connections that nobody uses any more. */
  private static final long TIDYING_SECONDS = 5;

  private final ScheduledExecutorService timers;
  private final NameCache names = new NameCache();
  private final HttpClients clients;
  private final CloseableHttpAsyncClient urgent;
  private final CloseableHttpAsyncClient bulk;
  private final ScheduledFuture<?> tidying;

  HttpLanes(ClientSettings settings, ScheduledExecutorService timers) {
    this.timers = timers;
    this.clients = new HttpClients(settings, names);
    this.urgent =
        clients.build(
            "p2pd-spp-urgent", 1, settings.urgentConnections(), settings.urgentBufferBytes());
    this.bulk =
        clients.build(
            "p2pd-spp-bulk",
            settings.bulkThreads(),
            settings.bulkConnections(),
            settings.bulkBufferBytes());
    urgent.start();
    bulk.start();
    this.tidying =
        timers.scheduleWithFixedDelay(
            clients::closeIdle, TIDYING_SECONDS, TIDYING_SECONDS, TimeUnit.SECONDS);
  }

  /** Looks a node's name up again, if it is one. */
  CompletableFuture<Void> resolve(NodeAddress node) {
    return names.refresh(node.host());
  }

  /** Sends a request; the consumer hears the answer, the callback its end. */
  <T> Future<T> send(
      Lane lane,
      NodeAddress node,
      Call call,
      TimeValue silentFor,
      AsyncResponseConsumer<T> consumer,
      FutureCallback<T> whenEnded) {
    BasicHttpRequest request =
        new BasicHttpRequest(call.method(), node.contextPath() + call.target());
    call.headers().forEach(request::setHeader);
    HttpClientContext context = HttpClientContext.create();
    context.setRequestConfig(
        RequestConfig.custom()
            .setAuthenticationEnabled(false)
            .setProtocolUpgradeEnabled(false)
            .setResponseTimeout(Timeout.of(silentFor.toDuration()))
            .build());
    return (lane == Lane.URGENT ? urgent : bulk)
        .execute(
            new HttpHost("http", node.host(), node.port()),
            new BasicRequestProducer(
                request,
                call.body().length == 0
                    ? null
                    : new BasicAsyncEntityProducer(call.body(), ContentType.APPLICATION_JSON)),
            consumer,
            null,
            context,
            whenEnded);
  }

  /**
   * Asks for an answer of bounded length, all of it within an absolute time. Fails with what the
   * connection failed with. A request whose connection turns out to be dead is sent again: its
   * counter, if it has one, tells the other node if it had come through after all.
   */
  CompletableFuture<RawAnswer> ask(
      Lane lane, NodeAddress node, Call call, Duration within, int maxBytes) {
    return new ControlExchange(this, lane, node, call, maxBytes).begin(within, timers);
  }

  /** Runs something a moment later, when dead connections have been noticed. */
  void afterAMoment(Runnable task) {
    try {
      ScheduledFuture<?> unused = timers.schedule(task, MOMENT_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      task.run(); // this node is closing: the task will find that out by itself
    }
  }

  /** Whether a connection broke, rather than that nobody listens or answers. */
  static boolean connectionDied(Throwable cause) {
    return cause instanceof ConnectionClosedException
        || cause instanceof RequestNotExecutedException
        || (cause instanceof SocketException
            && !(cause instanceof ConnectException)
            && !(cause instanceof NoRouteToHostException));
  }

  @Override
  public void close() {
    tidying.cancel(false);
    urgent.close(CloseMode.IMMEDIATE);
    bulk.close(CloseMode.IMMEDIATE);
    names.close();
    clients.awaitEndOfThreads();
  }
}
