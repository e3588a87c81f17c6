package org.p2pd.cluster;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Loopback addresses for the tests of clusters, each used by one node: 127.16.0.0/12, from where in
 * it this process's id says, so that runs on one machine do not meet.
 */
public final class Loopback {

  private static final AtomicInteger NEXT = new AtomicInteger(1);

  private Loopback() {}

  public static String next() {
    int pid = (int) (ProcessHandle.current().pid() % 4_096);
    int node = NEXT.getAndIncrement();
    return "127." + (16 + pid / 256) + "." + pid % 256 + "." + node;
  }
}
