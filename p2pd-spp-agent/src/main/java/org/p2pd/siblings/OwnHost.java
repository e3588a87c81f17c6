package org.p2pd.siblings;

import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.p2pd.spp.NodeAddress;

/**
 * How others reach this node: as it is told to say, else at the one address that it listens on,
 * else at the address from which it reaches them.
 *
 * @param names where names are looked up: a thread that may wait
 */
record OwnHost(Optional<String> advertised, Optional<InetAddress> bound, Executor names) {

  /** The host to tell those who are beyond that node. */
  CompletableFuture<String> towards(NodeAddress node) {
    if (advertised.isPresent()) {
      return CompletableFuture.completedFuture(advertised.get());
    }
    return bound
        .map(address -> CompletableFuture.completedFuture(text(address)))
        .orElseGet(() -> way(node));
  }

  private CompletableFuture<String> way(NodeAddress node) {
    // Of an address nothing has to be looked up: names that hang must not keep anybody waiting.
    Executor where = InetAddresses.isInetAddress(node.host()) ? Runnable::run : names;
    try {
      return CompletableFuture.supplyAsync(() -> look(node), where);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(e); // it is asked again, unless the node ends
    }
  }

  /** The host to tell one who reached this node at that address. */
  String reachedAt(InetAddress address) {
    return advertised.orElseGet(() -> text(bound.orElse(address)));
  }

  /** The host by which this node is likely reached, while nobody has: its first real address. */
  String likely() {
    return advertised.orElseGet(() -> text(bound.orElseGet(OwnHost::firstAddress)));
  }

  private static InetAddress firstAddress() {
    try {
      return NetworkInterface.networkInterfaces()
          .filter(OwnHost::isUp)
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLinkLocalAddress() && !address.isLoopbackAddress())
          .min(Comparator.comparing(address -> address instanceof Inet6Address))
          .orElse(InetAddress.getLoopbackAddress());
    } catch (SocketException e) {
      return InetAddress.getLoopbackAddress(); // the first child that asks shows it
    }
  }

  private static boolean isUp(NetworkInterface network) {
    try {
      return network.isUp();
    } catch (SocketException e) {
      return false; // it has just gone
    }
  }

  /** Asks the system for its route; nothing is sent. */
  private static String look(NodeAddress node) {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(InetAddress.getByName(node.host()), node.port()));
      return text(socket.getLocalAddress());
    } catch (IOException e) {
      throw new UncheckedIOException("find the way to " + node, e);
    }
  }

  /** Without a zone, which means something on one machine only. */
  private static String text(InetAddress address) {
    return InetAddresses.toAddrString(address).replaceFirst("%.*", "");
  }
}
