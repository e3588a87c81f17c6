package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.p2pd.e2e.lab.Group;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.NodeSetup;
import org.p2pd.e2e.lab.Screening;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;
import org.p2pd.e2e.lab.Wire;

/** Servers and siblings that die, hang or are cut off in the middle of sending. */
@Tag("e2e")
@ResourceLock(Lab.MANY_NODES)
class SwarmFailuresTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final int LENGTH = 24 * Media.MIB + 777;

  /** A pause that no player shows: two seconds, and what a busy machine adds. */
  private static final Duration UNNOTICED = Duration.ofSeconds(6);

  private static final Viewer viewer = Viewer.shared();

  @Test
  void whatTheCachesHoldBetweenThemPlaysWhileTheServerIsDead() throws Exception {
    Group group = Group.of(lab, "dead", 2);
    Path file = halves(group, "dead.mp4");
    group.server().kill();
    assertAllPlaysWithoutTheServer(group, file);

    String own = lab.address(NodeSetup.PORT);
    Node late =
        lab.cacheOf("dead-late", group.server().authority())
            .option("-A", group.cache(0).address(), "-A", own)
            .at(own, NodeSetup.PORT)
            .start();
    late.awaitTitle("/dead.mp4");
    Screening.begin(late, file, 0).longestPause();
    assertThat(viewer.get(late, "/no-such.mp4").status()).isEqualTo(404);

    group.server().start();
    group.server().awaitTitle("/dead.mp4");
    Path fresh = group.publish("fresh.mp4", Media.MIB);
    Screening.begin(group.cache(1), fresh, 0).longestPause();
    late.awaitTitle("/fresh.mp4");
  }

  @Test
  void andWhileItHangs() throws Exception {
    Group group = Group.of(lab, "hung", 2);
    Path file = halves(group, "hung.mp4");
    group.server().freeze();
    assertAllPlaysWithoutTheServer(group, file);
    group.server().thaw();
    Path fresh = group.publish("fresh.mp4", Media.MIB);
    Screening.begin(group.cache(1), fresh, 0).longestPause();
  }

  @Test
  void alsoWhenFourHoldAQuarterEach() throws Exception {
    Group group = Group.of(lab, "quarters", 4);
    Path file = group.publish("quarters.mp4", LENGTH);
    long quarter = LENGTH / 4;
    for (int i = 0; i < 4; i++) {
      long last = Math.min(LENGTH, (i + 1) * quarter + quarter / 8);
      assertThat(viewer.range(group.cache(i), "/quarters.mp4", i * quarter, last).status())
          .isEqualTo(206);
    }
    group.server().kill();
    assertAllPlaysWithoutTheServer(group, file);
  }

  @Test
  void aServerThatComesBackAtAnotherAddressIsFollowed() throws Exception {
    Group group = Group.of(lab, "moved", 2);
    group.publish("before.mp4", Media.MIB);
    group.server().stop();
    Node moved = lab.server("moved-server", group.media()).start();
    Path after = Media.random(group.media().resolve("after.mp4"), Media.MIB, 5);
    moved.awaitTitle("/after.mp4");
    for (Node cache : group.caches()) {
      cache.awaitTitle("/after.mp4");
      Screening.begin(cache, after, 0).longestPause();
    }
  }

  @Test
  void aSiblingIsKilledWhileItSends() throws Exception {
    whileASiblingSends("killed", (sibling, wires) -> sibling.kill());
  }

  @Test
  void aSiblingHangsWhileItSends() throws Exception {
    whileASiblingSends("frozen", (sibling, wires) -> sibling.freeze());
  }

  @Test
  void aSiblingIsCutOffWhileItSends() throws Exception {
    whileASiblingSends("cut", (sibling, wires) -> wires.forEach(Wire::cut));
  }

  /** It has all of the title, says so, and would need the better part of an hour to send it. */
  @Test
  void aSiblingThatHardlySendsHoldsNobodyUp() throws Exception {
    Group group = Group.of(lab, "drip", 1);
    String seenAt = lab.address(NodeSetup.PORT);
    Node slow = group.newCache().option("--advertise", seenAt).prepare();
    Wire http = lab.closing(wire(slow, seenAt, NodeSetup.PORT, 0.1));
    lab.closing(wire(slow, seenAt, NodeSetup.PORT + 1, 60));
    slow.start();
    Node watched = group.cache(0);
    group.awaitWhole(List.of(watched, slow));
    Path file = group.publish("drip.mp4", LENGTH);
    slow.awaitTitle("/drip.mp4");
    Screening.begin(slow, file, 0).longestPause();
    Waiting.until("it tells what it holds", () -> http.sentBytes() > 0);
    long told = Waiting.unchanging("what it has told", http::sentBytes);
    Duration pause = Screening.begin(watched, file, 0).longestPause();
    lab.figure("a sibling that hardly sends: longest pause", pause);
    assertThat(pause).isLessThan(UNNOTICED);
    assertThat(http.sentBytes()).as("it was asked").isGreaterThan(told);
  }

  private interface Trouble {
    void with(Node sibling, List<Wire> wires) throws Exception;
  }

  /** Two siblings have the title, one behind a wire so slow that it is sending when it is hit. */
  private static void whileASiblingSends(String name, Trouble trouble) throws Exception {
    Group group = Group.of(lab, name, 1);
    String seenAt = lab.address(NodeSetup.PORT);
    Node wired = group.newCache().option("--advertise", seenAt).prepare();
    try (Wire http = wire(wired, seenAt, NodeSetup.PORT, 60);
        Wire cluster = wire(wired, seenAt, NodeSetup.PORT + 1, 60)) {
      wired.start();
      group.awaitWhole(List.of(group.cache(0), wired));
      Path file = group.publish(name + ".mp4", LENGTH);
      wired.awaitTitle("/" + name + ".mp4");
      Screening.begin(wired, file, 0).longestPause();
      Screening.begin(group.cache(0), file, 0).longestPause();
      Node watched = group.add(group.newCache());
      group.awaitWhole(List.of(group.cache(0), wired, watched));
      watched.awaitTitle("/" + name + ".mp4");
      long sentBefore = http.sentBytes();
      Screening screening = Screening.begin(watched, file, LENGTH / 4);
      screening.awaitPlace();
      trouble.with(wired, List.of(http, cluster));
      Duration pause = screening.longestPause();
      lab.figure("sibling " + name + " while it sends: longest pause", pause);
      assertThat(http.sentBytes() - sentBefore).as("it was sending").isGreaterThan(Media.MIB);
      assertThat(pause).isLessThan(UNNOTICED);
      assertThat(cluster.sentBytes()).isPositive();
    }
  }

  private static Wire wire(Node node, String nearAddress, int port, double megabits)
      throws Exception {
    return Wire.lay(
        new InetSocketAddress(nearAddress, port),
        new InetSocketAddress(node.address(), port),
        5,
        megabits);
  }

  /** Each of the two caches has one half. */
  private static Path halves(Group group, String name) {
    Path file = group.publish(name, LENGTH);
    assertThat(viewer.range(group.cache(0), "/" + name, 0, LENGTH / 2).status()).isEqualTo(206);
    assertThat(viewer.range(group.cache(1), "/" + name, LENGTH / 2, LENGTH).status())
        .isEqualTo(206);
    return file;
  }

  private static void assertAllPlaysWithoutTheServer(Group group, Path file) {
    for (Node cache : group.caches()) {
      Duration pause = Screening.begin(cache, file, 0).longestPause();
      lab.figure("server gone, halves at two caches: longest pause", pause);
      assertThat(viewer.get(cache, "/no-such.mp4").status()).isEqualTo(404);
    }
  }
}
