package org.p2pd.publish;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/** What this Java has off the heap in buffers, collected or not. */
final class DirectMemoryInUse {

  private DirectMemoryInUse() {}

  static long bytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .findFirst()
        .orElseThrow()
        .getMemoryUsed();
  }
}
