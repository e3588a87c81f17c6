package org.p2pd.siblings;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.client.Endpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses behind the names that a node accepts: other caches may answer there, at the port of
 * this one. Looked up one after the other, so that a resolver that hangs gathers no queue.
 * Thread-safe.
 */
final class Hints {

  private static final Logger LOG = LoggerFactory.getLogger(Hints.class);
  private static final int MAX_ADDRESSES = 32;

  private final List<String> names;
  private final Supplier<Endpoint> endpoint;
  private final Executor thread;
  private final AtomicBoolean lookingUp = new AtomicBoolean();
  private volatile List<NodeAddress> known = List.of();

  /**
   * Nothing is known yet.
   *
   * @param endpoint where this node answers
   * @param thread may wait for a resolver
   */
  Hints(List<String> names, Supplier<Endpoint> endpoint, Executor thread) {
    this.names = List.copyOf(names);
    this.endpoint = endpoint;
    this.thread = thread;
  }

  /** What is known now; it is looked up again for the next time. Does not wait. */
  List<NodeAddress> refresh() {
    if (!names.isEmpty() && lookingUp.compareAndSet(false, true)) {
      try {
        thread.execute(this::lookUp);
      } catch (RejectedExecutionException e) {
        lookingUp.set(false); // too much waits already, or the node ends
      }
    }
    return known;
  }

  private void lookUp() {
    try {
      Set<NodeAddress> found = new LinkedHashSet<>();
      names.forEach(name -> found.addAll(behind(name)));
      known = found.stream().limit(MAX_ADDRESSES).toList();
    } finally {
      lookingUp.set(false);
    }
  }

  private Set<NodeAddress> behind(String name) {
    Endpoint own = endpoint.get();
    Set<NodeAddress> found = new LinkedHashSet<>();
    try {
      for (InetAddress address : InetAddress.getAllByName(name)) {
        found.add(
            new NodeAddress(InetAddresses.toAddrString(address), own.port(), own.contextPath()));
      }
    } catch (UnknownHostException e) {
      LOG.debug("{} has no address now: {}", name, e.toString());
    }
    return found;
  }
}
