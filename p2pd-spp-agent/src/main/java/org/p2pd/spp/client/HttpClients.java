package org.p2pd.spp.client;

import java.net.InetAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.DefaultSchemePortResolver;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManager;
import org.apache.hc.client5.http.impl.routing.DefaultRoutePlanner;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.nio.ssl.TlsStrategy;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.pool.PoolReusePolicy;
import org.apache.hc.core5.reactor.IOReactorConfig;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.p2pd.spp.SppLimits;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes HTTP clients that do nothing but HTTP: no redirect is followed, no cookie kept, no content
 * decoded, nothing tried again.
 */
final class HttpClients {

  private static final Logger log = LoggerFactory.getLogger(HttpClients.class);
  private static final long END_OF_THREADS_MILLIS = 5_000;
  private static final int MAX_HEADERS = 64;

  /** Of one client to all nodes: what it has idle to one gives way to what it needs to another. */
  private static final int MAX_CONNECTIONS = 1_024;

  private static final TimeValue SELECT_INTERVAL = TimeValue.ofMilliseconds(200);

  private final ClientSettings settings;
  private final NameCache names;
  private final Queue<PoolingAsyncClientConnectionManager> pools = new ConcurrentLinkedQueue<>();
  private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();

  HttpClients(ClientSettings settings, NameCache names) {
    this.settings = settings;
    this.names = names;
  }

  /** A client with threads and connections of its own, not started. */
  CloseableHttpAsyncClient build(
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
        .setIoReactorExceptionCallback(HttpClients::note)
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
    pools.add(connections);
    return connections;
  }

  /**
   * Closes the connections that nobody has used for a while, those above all that lead to nodes
   * that are gone: a pool looks at a connection by itself only when the same node is asked again.
   */
  void closeIdle() {
    for (PoolingAsyncClientConnectionManager pool : pools) {
      try {
        pool.closeIdle(TimeValue.of(settings.idleFor()));
      } catch (RuntimeException e) {
        log.warn("idle connections to other nodes could not be closed: it is tried again", e);
      }
    }
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

  /** Waits for the threads of clients that were closed, for a bounded time. */
  void awaitEndOfThreads() {
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
