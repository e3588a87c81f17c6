package org.p2pd.spp.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.DefaultSchemePortResolver;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManager;
import org.apache.hc.client5.http.impl.routing.DefaultRoutePlanner;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.RequestNotExecutedException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.AsyncResponseConsumer;
import org.apache.hc.core5.http.nio.entity.BasicAsyncEntityProducer;
import org.apache.hc.core5.http.nio.ssl.TlsStrategy;
import org.apache.hc.core5.http.nio.support.BasicRequestProducer;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.pool.PoolReusePolicy;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.SppLimits;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP/1.1 to other nodes over two sets of connections: urgent ones, and bulk ones on threads of
 * their own, so that a play head never waits behind a MiB that is being hashed.
 *
 * <p>Nothing here follows a redirect, keeps a cookie, decodes content or tries again. Never blocks.
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

  private static final Logger log = LoggerFactory.getLogger(HttpLanes.class);
  private static final int MAX_HEADERS = 64;
  private static final int MAX_CONNECTIONS = 4_096;
  private static final long END_OF_THREADS_MILLIS = 5_000;

  /** How often a request is sent whose connections turn out to be dead. */
  static final int MAX_TRIES = 3;

  private static final long MOMENT_MILLIS = 20;
  private static final TimeValue SELECT_INTERVAL = TimeValue.ofMilliseconds(200);

  private final ClientSettings settings;
  private final ScheduledExecutorService timers;
  private final NameCache names = new NameCache();
  private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
  private final CloseableHttpAsyncClient urgent;
  private final CloseableHttpAsyncClient bulk;

  HttpLanes(ClientSettings settings, ScheduledExecutorService timers) {
    this.settings = settings;
    this.timers = timers;
    this.urgent =
        build("p2pd-spp-urgent", 1, settings.urgentConnections(), settings.urgentBufferBytes());
    this.bulk =
        build(
            "p2pd-spp-bulk",
            settings.bulkThreads(),
            settings.bulkConnections(),
            settings.bulkBufferBytes());
    urgent.start();
    bulk.start();
  }

  private CloseableHttpAsyncClient build(
      String name, int threads, int connectionsPerNode, int bufferBytes) {
    IOReactorConfig reactor =
        IOReactorConfig.custom()
            .setIoThreadCount(threads)
            .setTcpNoDelay(true)
            .setSoKeepAlive(true)
            .setSelectInterval(SELECT_INTERVAL)
            .setSoTimeout(Timeout.of(settings.silentFor()))
            .build();
    Http1Config http1 =
        Http1Config.custom()
            .setBufferSize(bufferBytes)
            .setMaxHeaderCount(MAX_HEADERS)
            .setMaxLineLength(SppLimits.MAX_HEAD_BYTES)
            .build();
    return HttpAsyncClients.custom()
        .setIOReactorConfig(reactor)
        .setHttp1Config(http1)
        .setConnectionManager(connections(connectionsPerNode))
        .setThreadFactory(threads(name))
        .setIoReactorExceptionCallback(HttpLanes::note)
        .setRoutePlanner(new FromOwnAddress(settings))
        .setUserAgent(settings.software())
        .setDefaultRequestConfig(
            RequestConfig.custom()
                .setAuthenticationEnabled(false)
                .setProtocolUpgradeEnabled(false)
                .build())
        .disableRedirectHandling()
        .disableAutomaticRetries()
        .disableCookieManagement()
        .disableAuthCaching()
        .disableContentCompression()
        .disableConnectionState()
        .disableRequestPriority()
        .build();
  }

  private PoolingAsyncClientConnectionManager connections(int perNode) {
    PoolingAsyncClientConnectionManager connections =
        new PoolingAsyncClientConnectionManager(
            RegistryBuilder.<TlsStrategy>create().build(),
            PoolConcurrencyPolicy.STRICT,
            PoolReusePolicy.LIFO,
            TimeValue.NEG_ONE_MILLISECOND,
            DefaultSchemePortResolver.INSTANCE,
            names);
    connections.setDefaultMaxPerRoute(perNode);
    connections.setMaxTotal(MAX_CONNECTIONS);
    connections.setDefaultConnectionConfig(
        ConnectionConfig.custom()
            .setConnectTimeout(Timeout.of(settings.connectWithin()))
            .setSocketTimeout(Timeout.of(settings.silentFor()))
            .setIdleTimeout(Timeout.of(settings.idleFor()))
            .build());
    return connections;
  }

  private ThreadFactory threads(String name) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      threads.add(thread);
      return thread;
    };
  }

  /** A failing request hears of it itself; what comes here is a selector closed under its loop. */
  private static void note(Exception failure) {
    log.debug("the HTTP client's loop", failure);
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
    Asking asking = new Asking(lane, node, call, within, maxBytes);
    asking.begin();
    return asking.answer;
  }

  /** Runs something a moment later, when dead connections have been noticed. */
  void afterAMoment(Runnable task) {
    ScheduledFuture<?> unused = timers.schedule(task, MOMENT_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Whether a connection broke, rather than that nobody listens or answers. */
  static boolean connectionDied(Throwable cause) {
    return cause instanceof ConnectionClosedException
        || cause instanceof RequestNotExecutedException
        || (cause instanceof SocketException
            && !(cause instanceof ConnectException)
            && !(cause instanceof NoRouteToHostException));
  }

  /** One control request, over all its tries. */
  private final class Asking implements FutureCallback<RawAnswer> {
    private final CompletableFuture<RawAnswer> answer = new CompletableFuture<>();
    private final Lane lane;
    private final NodeAddress node;
    private final Call call;
    private final Duration within;
    private final int maxBytes;
    private int triesLeft = MAX_TRIES;
    private volatile @Nullable ControlConsumer consumer;
    private volatile @Nullable Future<RawAnswer> exchange;

    Asking(Lane lane, NodeAddress node, Call call, Duration within, int maxBytes) {
      this.lane = lane;
      this.node = node;
      this.call = call;
      this.within = within;
      this.maxBytes = maxBytes;
    }

    void begin() {
      ScheduledFuture<?> limit =
          timers.schedule(this::runOut, within.toMillis(), TimeUnit.MILLISECONDS);
      CompletableFuture<RawAnswer> unused =
          answer.whenComplete((result, failure) -> limit.cancel(false));
      tryOnce();
    }

    private void tryOnce() {
      if (answer.isDone()) {
        return;
      }
      triesLeft--;
      ControlConsumer reading = new ControlConsumer(maxBytes);
      consumer = reading;
      exchange = send(lane, node, call, TimeValue.of(within), reading, this);
    }

    private void runOut() {
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
      if (unread && triesLeft > 0 && connectionDied(cause)) {
        afterAMoment(this::tryOnce);
        return;
      }
      answer.completeExceptionally(cause);
    }

    @Override
    public void cancelled() {
      answer.completeExceptionally(new IOException("given up"));
    }
  }

  @Override
  public void close() {
    urgent.close(CloseMode.IMMEDIATE);
    bulk.close(CloseMode.IMMEDIATE);
    names.close();
    try {
      for (Thread thread : threads) {
        thread.join(END_OF_THREADS_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Sends from the address on which this node answers. */
  private static final class FromOwnAddress extends DefaultRoutePlanner {
    private final ClientSettings settings;

    FromOwnAddress(ClientSettings settings) {
      super(DefaultSchemePortResolver.INSTANCE);
      this.settings = settings;
    }

    @Override
    @SuppressWarnings("NullAway") // the client takes null for "any address"
    protected InetAddress determineLocalAddress(HttpHost firstHop, HttpContext context) {
      return settings.localAddress().orElse(null);
    }
  }
}
