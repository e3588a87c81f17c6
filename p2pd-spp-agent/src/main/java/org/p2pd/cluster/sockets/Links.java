package org.p2pd.cluster.sockets;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * All links of a port that are not closed: so many in all, and with one address. Those who have
 * them know the secret; this is about members that go on connecting by mistake. Thread-safe.
 */
final class Links {

  static final int MAX = 1_024;

  /** Many nodes may be behind one address. */
  static final int MAX_WITH_ADDRESS = 128;

  @GuardedBy("this")
  private final Set<Link> links = new HashSet<>();

  synchronized void add(Link link) throws SocketException {
    if (links.size() >= MAX) {
      throw new SocketException("too many connections of the cluster, one more not");
    }
    links.add(link);
  }

  /** Makes sure that a link, which is not counted yet, is not one too many with that address. */
  synchronized void require(InetAddress address) throws SocketException {
    long with = links.stream().filter(link -> isWith(link, address)).count();
    if (with >= MAX_WITH_ADDRESS) {
      throw new SocketException("too many connections with " + address + ", one more not");
    }
  }

  private static boolean isWith(Link link, InetAddress address) {
    InetSocketAddress remote = link.remote();
    return remote != null && address.equals(remote.getAddress());
  }

  synchronized void remove(Link link) {
    links.remove(link);
  }

  synchronized List<Link> all() {
    return List.copyOf(links);
  }
}
