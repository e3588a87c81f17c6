package org.p2pd.cluster.jgroups;

import static org.awaitility.Awaitility.await;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.p2pd.cluster.TestThreads;
import org.p2pd.cluster.jgroups.ClusterLab.LabNode;
import org.p2pd.spp.NodeFacts.Role;

/**
 * Prints the figures of docs/design/009-cluster.md: how long joining, leaving, and noticing take,
 * and what a membership costs. Arguments: the rounds (10), the size of the group (8).
 */
final class ClusterFiguresMain {

  private final int rounds;
  private final int size;

  private ClusterFiguresMain(int rounds, int size) {
    this.rounds = rounds;
    this.size = size;
  }

  public static void main(String[] arguments) throws Exception {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10;
    int size = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 8;
    ClusterFiguresMain figures = new ClusterFiguresMain(rounds, size);
    figures.cost();
    figures.joinAndLeave();
    figures.processes();
  }

  private void cost() throws Exception {
    try (ClusterLab warm = new ClusterLab()) {
      warm.group(1);
    }
    TestThreads.awaitNone();
    long before = usedBytes();
    try (ClusterLab lab = new ClusterLab()) {
      lab.group(size - 1);
      rest(40_000); // threads that were only needed for joining have ended
      long cpu = cpuNanos();
      rest(10_000);
      System.out.printf(
          "a node of a quiet group of %d: %.1f threads, %.2f MB of heap, %.2f %% of a core%n",
          size,
          TestThreads.ofTheCluster().size() / (double) size,
          (usedBytes() - before) / 1e6 / size,
          (cpuNanos() - cpu) / 1e9 / 10 / size * 100);
    }
    TestThreads.awaitNone();
  }

  private void joinAndLeave() throws Exception {
    List<Double> joins = new ArrayList<>();
    List<Double> leaves = new ArrayList<>();
    try (ClusterLab lab = new ClusterLab()) {
      List<LabNode> group = lab.group(size - 2);
      for (int i = 0; i < rounds; i++) {
        LabNode cache = lab.node(Role.CACHE);
        List<LabNode> with = new ArrayList<>(group);
        with.add(cache);
        long begin = System.nanoTime();
        cache.join(group.get(0).id(), group.get(0).seed());
        ClusterLab.awaitAllSeeAll(with);
        joins.add(seconds(begin));
        rest(1_500);
        begin = System.nanoTime();
        cache.close();
        ClusterLab.awaitAllSeeAll(group);
        leaves.add(seconds(begin));
        rest(500);
      }
    }
    print("a cache joined, all see it", joins);
    print("a cache left, nobody sees it", leaves);
  }

  private void processes() throws Exception {
    List<Double> kills = new ArrayList<>();
    List<Double> hangs = new ArrayList<>();
    List<Double> returns = new ArrayList<>();
    try (ClusterLab lab = new ClusterLab()) {
      List<LabNode> group = lab.group(size - 2);
      LabNode[] all = group.toArray(LabNode[]::new);
      for (int i = 0; i < rounds; i++) {
        try (MemberProcess process =
            MemberProcess.start(lab.secret, group.get(0).id(), group.get(0).seed())) {
          process.awaitSees(all);
          awaitSeen(group, process);
          rest(2_000);
          long begin = System.nanoTime();
          process.stop();
          ClusterLab.awaitAllSeeAll(group);
          hangs.add(seconds(begin));
          begin = System.nanoTime();
          process.goOn();
          awaitSeen(group, process);
          returns.add(seconds(begin));
          rest(2_000);
          begin = System.nanoTime();
          process.kill();
          ClusterLab.awaitAllSeeAll(group);
          kills.add(seconds(begin));
        }
      }
    }
    print("a process hung, nobody sees it", hangs);
    print("it went on, all see it", returns);
    print("a process was killed, nobody sees it", kills);
  }

  private static void awaitSeen(List<LabNode> group, MemberProcess process) {
    await()
        .atMost(ClusterLab.LONG_ENOUGH)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> group.stream().allMatch(node -> node.seen().contains(process.id)));
  }

  private static void print(String what, List<Double> seconds) {
    Collections.sort(seconds);
    System.out.printf(
        "%s: median %.2f s, from %.2f to %.2f (%d rounds)%n",
        what,
        seconds.get(seconds.size() / 2),
        seconds.get(0),
        seconds.get(seconds.size() - 1),
        seconds.size());
  }

  private static double seconds(long sinceNanos) {
    return (System.nanoTime() - sinceNanos) / 1e9;
  }

  private static long usedBytes() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      rest(200);
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static void rest(long millis) throws InterruptedException {
    boolean unused = new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
  }
}
