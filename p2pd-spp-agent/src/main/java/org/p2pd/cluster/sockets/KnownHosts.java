package org.p2pd.cluster.sockets;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.Set;

/** Addresses of which something good is known: so many at most, those named last. Thread-safe. */
final class KnownHosts {

  static final int MAX = 1_024;

  @GuardedBy("this")
  private final Set<InetAddress> hosts = new LinkedHashSet<>();

  synchronized void add(InetAddress host) {
    hosts.remove(host);
    hosts.add(host); // behind the others
    if (hosts.size() > MAX) {
      hosts.remove(hosts.iterator().next());
    }
  }

  synchronized boolean contains(InetAddress host) {
    return hosts.contains(host);
  }
}
