package org.p2pd.node.options;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/** How much memory off the heap the Java runtime allows. */
final class DirectMemory {

  private static final String OPTION = "MaxDirectMemorySize";

  private DirectMemory() {}

  /** {@code -XX:MaxDirectMemorySize}; without it a HotSpot runtime allows as much as the heap. */
  static long limitBytes() {
    HotSpotDiagnosticMXBean hotSpot =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    long set = hotSpot == null ? 0 : Long.parseLong(hotSpot.getVMOption(OPTION).getValue());
    return set > 0 ? set : Runtime.getRuntime().maxMemory();
  }
}
