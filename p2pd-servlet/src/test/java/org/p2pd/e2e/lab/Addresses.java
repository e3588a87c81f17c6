package org.p2pd.e2e.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Loopback addresses nobody else uses: every test JVM has networks of its own within 127.0.0.0/8,
 * chosen by its process id, so that test runs on one machine do not meet.
 */
final class Addresses {

  private static final int FIRST_NETWORK = 64;
  private static final int NETWORKS = 64;
  private static final AtomicInteger NEXT = new AtomicInteger();

  private Addresses() {}

  /** An address on which {@code port} and the port above it are free. */
  static String next(int port) {
    for (int attempt = 0; attempt < 1000; attempt++) {
      String address = candidate();
      if (isFree(address, port) && isFree(address, port + 1)) {
        return address;
      }
    }
    throw new IllegalStateException("no loopback address with a free port " + port);
  }

  private static String candidate() {
    long process = ProcessHandle.current().pid();
    int number = NEXT.getAndIncrement();
    long network = process * 3 + number / 250;
    return "127."
        + (FIRST_NETWORK + (network / 256) % NETWORKS)
        + "."
        + network % 256
        + "."
        + (1 + number % 250);
  }

  private static boolean isFree(String address, int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getByName(address), port));
      return true;
    } catch (IOException e) {
      // In use, or not ours to use: the next one is as good.
      return false;
    }
  }
}
