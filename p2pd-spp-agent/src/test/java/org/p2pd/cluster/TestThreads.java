package org.p2pd.cluster;

import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;

/** Looks for threads that a cluster left behind. */
public final class TestThreads {

  private TestThreads() {}

  /** Those of the cluster that are alive. */
  public static List<String> ofTheCluster() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("p2pd-cluster") || name.contains("jgroups"))
        .collect(toList());
  }

  /** Those that were told to end have a moment to do so. */
  public static void awaitNone() {
    await("the cluster's threads end")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(ofTheCluster()).isEmpty());
  }
}
