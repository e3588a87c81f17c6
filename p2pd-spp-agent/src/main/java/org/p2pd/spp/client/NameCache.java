package org.p2pd.spp.client;

import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.DnsResolver;

/**
 * The addresses behind the names of nodes, looked up on a thread of its own ({@code p2pd-names}),
 * because a resolver may block for many seconds. Connections only ever see what is known already.
 * Thread-safe.
 */
final class NameCache implements DnsResolver, AutoCloseable {

  private final Map<String, InetAddress[]> known = new ConcurrentHashMap<>();
  private final ThreadPoolExecutor thread;

  NameCache() {
    thread =
        new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(256),
            task -> {
              Thread names = new Thread(task, "p2pd-names");
              names.setDaemon(true);
              return names;
            });
    thread.allowCoreThreadTimeOut(true);
  }

  /**
   * Looks a name up again; completes at once for an address. When the lookup fails and the name was
   * known before, the old addresses stay. Fails when too many lookups wait already, or after the
   * end.
   */
  CompletableFuture<Void> refresh(String host) {
    if (InetAddresses.isInetAddress(host)) {
      return CompletableFuture.completedFuture(null);
    }
    try {
      return CompletableFuture.runAsync(() -> lookUp(host), thread);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(
          new IOException("the name " + host + " cannot be looked up now", e));
    }
  }

  private void lookUp(String host) {
    try {
      known.put(host, InetAddress.getAllByName(host));
    } catch (UnknownHostException e) {
      if (!known.containsKey(host)) {
        throw new IllegalArgumentException("the name " + host + " has no address", e);
      }
      // Fail open: a resolver that is down must not cut a node off its parent.
    }
  }

  @Override
  public InetAddress[] resolve(String host) throws UnknownHostException {
    if (InetAddresses.isInetAddress(host)) {
      return new InetAddress[] {InetAddresses.forString(host)};
    }
    InetAddress[] addresses = known.get(host);
    if (addresses == null) {
      throw new UnknownHostException("the name " + host + " was not looked up");
    }
    return addresses.clone();
  }

  @Override
  public String resolveCanonicalHostname(String host) {
    return host;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
