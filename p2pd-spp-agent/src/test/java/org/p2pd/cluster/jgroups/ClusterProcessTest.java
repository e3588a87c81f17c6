package org.p2pd.cluster.jgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.cluster.jgroups.ClusterLab.awaitAllSeeAll;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.p2pd.cluster.GroupView;
import org.p2pd.cluster.jgroups.ClusterLab.LabNode;
import org.p2pd.spp.NodeFacts.Role;

/** A member that is a process, killed and stopped, among others that go on. */
class ClusterProcessTest {

  private final ClusterLab lab = new ClusterLab();
  private final List<MemberProcess> processes = new ArrayList<>();

  @AfterEach
  void end() throws InterruptedException {
    for (MemberProcess process : processes) {
      process.close();
    }
    lab.close();
  }

  /** A process that is in the group, and seen by all. */
  private MemberProcess in(List<LabNode> group) throws IOException {
    LabNode parent = group.get(0);
    MemberProcess process = MemberProcess.start(lab.secret, parent.id(), parent.seed());
    processes.add(process);
    process.awaitSees(group.toArray(LabNode[]::new));
    return process;
  }

  private static void report(String what, long sinceNanos) {
    System.out.printf("%s: %.2f s%n", what, (System.nanoTime() - sinceNanos) / 1e9);
  }

  @Test
  void aProcessThatLeavesIsGone() throws Exception {
    List<LabNode> group = lab.group(1);
    MemberProcess process = in(group);
    long begin = System.nanoTime();
    assertThat(process.leave()).isZero();
    awaitAllSeeAll(group);
    report("a process left", begin);
  }

  @Test
  void aKilledProcessIsNoticed() throws Exception {
    List<LabNode> group = lab.group(1);
    MemberProcess process = in(group);
    long begin = System.nanoTime();
    process.kill();
    awaitAllSeeAll(group);
    report("a process was killed", begin);
  }

  @Test
  void aHungProcessIsNoticedAndComesBackWhenItGoesOn() throws Exception {
    hangs(Duration.ZERO);
  }

  @Test
  @Tag("long")
  void whileOneHangsForHalfAMinuteTheOthersGoOn() throws Exception {
    hangs(Duration.ofSeconds(30));
  }

  private void hangs(Duration time) throws Exception {
    List<LabNode> stayed = lab.group(2);
    List<LabNode> group = new ArrayList<>(stayed);
    MemberProcess process = in(group);
    List<Integer> told = group.stream().map(node -> node.views.size()).toList();
    long begin = System.nanoTime();
    process.stop();
    awaitAllSeeAll(group);
    report("a process hung", begin);
    LabNode joining = lab.node(Role.CACHE);
    begin = System.nanoTime();
    joining.join(group.get(0).id(), group.get(0).seed());
    group.add(joining);
    awaitAllSeeAll(group);
    report("one joined while another hung", begin);
    boolean unused = new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
    awaitAllSeeAll(group);
    for (int i = 0; i < told.size(); i++) {
      List<GroupView> since = group.get(i).views.subList(told.get(i), group.get(i).views.size());
      assertThat(since).isNotEmpty().allMatch(containsAll(stayed, group.get(i)), "all the others");
    }
    begin = System.nanoTime();
    process.goOn();
    process.awaitSees(group.toArray(LabNode[]::new));
    report("the hung process is back", begin);
  }

  private static Predicate<GroupView> containsAll(List<LabNode> nodes, LabNode but) {
    return view -> nodes.stream().allMatch(node -> node == but || view.contains(node.id()));
  }

  @Test
  void itListensAtTheOnePortAndAtNothingElse() throws Exception {
    MemberProcess process = in(lab.group(1));
    assertThat(process.sockets()).containsExactly("tcp-listening:" + ClusterLab.CLUSTER_PORT);
  }
}
