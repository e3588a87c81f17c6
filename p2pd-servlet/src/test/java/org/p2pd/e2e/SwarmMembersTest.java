package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.Bytes;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.p2pd.e2e.lab.RawHttp;
import org.p2pd.e2e.lab.Screening;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;
import org.p2pd.e2e.lab.Wire;

/** Caches come and go, and nobody else is told of it. */
@Tag("e2e")
@ResourceLock(Lab.MANY_NODES)
class SwarmMembersTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final int LENGTH = 16 * Media.MIB + 777;
  private static final Viewer viewer = Viewer.shared();

  @Test
  void oneMoreTakesPartAndOneThatStopsIsForgotten() {
    Group group = Group.of(lab, "change", 3);
    Path file = group.publish("change.mp4", LENGTH);
    Screening.begin(group.cache(0), file, 0).longestPause();
    Node fourth = group.newCache().prepare();
    fourth.start();
    long served = System.nanoTime();
    Waiting.until("it sees the others", () -> fourth.status().siblings() == 3);
    lab.figure(
        "a fourth cache takes part, after it serves",
        (System.nanoTime() - served) / 1_000_000 + " ms");
    fourth.awaitTitle("/change.mp4");
    long before = group.server().sentToNodesBytes();
    Screening.begin(fourth, file, 0).longestPause();
    assertThat(group.server().sentToNodesBytes() - before).isLessThan(LENGTH / 50);
    assertThat(fourth.status().receivedFrom("sibling")).isGreaterThan(LENGTH * 9L / 10);

    group.cache(2).stop();
    group.awaitWhole(List.of(group.cache(0), group.cache(1), fourth));
    Waiting.until("the server forgets it", () -> group.server().status().children() == 3);
  }

  @Test
  void whoStopsLeavesAtOnceAndFinishes() throws Exception {
    Group group = Group.of(lab, "leave", 2);
    Path file = group.publish("leave.mp4", 2L * LENGTH);
    Node leaving = group.cache(0);
    Screening.begin(leaving, file, 0).longestPause();
    try (RawHttp running = new RawHttp(leaving)) {
      running.send("GET /leave.mp4 HTTP/1.1");
      RawHttp.Head head = running.head();
      byte[] first = running.exactly(Media.MIB);
      leaving.askToStop();
      Waiting.until("it is forgotten", () -> group.cache(1).status().siblings() == 0);
      Waiting.until("the server forgets it", () -> group.server().status().children() == 1);
      assertThat(leaving.isRunning()).isTrue();
      assertThat(viewer.get(leaving, "/.p2pd/health").status()).isEqualTo(503);
      byte[] rest = running.exactly((int) head.contentLength() - Media.MIB);
      assertThat(Bytes.concat(first, rest)).isEqualTo(Files.readAllBytes(file));
    }
    assertThat(leaving.awaitExit()).isZero();
  }

  /** Its parent's other port is closed to it. */
  @Test
  void whoDoesNotSeeItsParentSaysSo() throws Exception {
    Path media = lab.directory("unseen-media");
    String seenAt = lab.address(NodeSetup.PORT);
    String secret = lab.directory("unseen").resolve("secret").toString();
    lab.p2pd("secret", secret).expectSuccess();
    Node server =
        lab.server("unseen-server", media)
            .option("--secret-file", secret)
            .option("--advertise", seenAt)
            .prepare();
    try (Wire http =
        Wire.lay(
            new InetSocketAddress(seenAt, NodeSetup.PORT),
            new InetSocketAddress(server.address(), NodeSetup.PORT),
            0,
            1000)) {
      server.start();
      Path file = Media.random(media.resolve("unseen.mp4"), LENGTH, 1);
      server.awaitTitle("/unseen.mp4");
      Node cache =
          lab.cacheOf("unseen-cache", seenAt + ":" + NodeSetup.PORT)
              .option("--secret-file", secret)
              .start();
      cache.awaitTitle("/unseen.mp4");
      Screening.begin(cache, file, 0).longestPause();
      assertThat(cache.awaitHealth("degraded")).contains("is alone", "cluster port");
      assertThat(http.sentBytes()).isGreaterThan(LENGTH);
    }
  }

  @Test
  void cachesThatWereThereBeforeTheirServer() throws Exception {
    Path media = lab.directory("early-media");
    Path file = Media.random(media.resolve("early.mp4"), LENGTH, 1);
    Node server = lab.server("early-server", media).prepare();
    Node one = lab.cacheOf("early-one", server.address() + ":8080").start();
    Node two = lab.cacheOf("early-two", server.address() + ":8080").start();
    server.start();
    one.awaitTitle("/early.mp4");
    two.awaitTitle("/early.mp4");
    Waiting.until("they see each other", () -> one.status().siblings() == 1);
    Waiting.until("they see each other", () -> two.status().siblings() == 1);
    Screening.begin(one, file, 0).longestPause();
    long before = server.sentToNodesBytes();
    Screening.begin(two, file, 0).longestPause();
    assertThat(server.sentToNodesBytes() - before).isLessThan(LENGTH / 50);
  }

  @Test
  void aMirrorWithTheSameFilesIsASource() throws Exception {
    Path secret = lab.directory("mirror").resolve("secret");
    lab.p2pd("secret", secret.toString()).expectSuccess();
    Path media = lab.directory("mirror-media");
    Path file = Media.random(media.resolve("same.mp4"), 2L * LENGTH, 1);
    Node server =
        lab.server("mirror-server", media).option("--secret-file", secret.toString()).start();
    Node mirror =
        lab.server("mirror-mirror", media).option("--secret-file", secret.toString()).start();
    mirror.awaitTitle("/same.mp4");
    Node cache =
        lab.cache("mirror-cache", server)
            .option("--secret-file", secret.toString())
            .option("-l", mirror.authority())
            .start();
    cache.awaitTitle("/same.mp4");
    Screening.begin(cache, file, 0).longestPause();
    server.kill();
    assertThat(viewer.head(cache, "/same.mp4").status()).isEqualTo(200);
    lab.figure(
        "from the mirror", 100 * cache.status().receivedFrom("mirror") / Files.size(file) + " %");
    assertThat(cache.status().receivedFrom("mirror")).isPositive();
  }

  @Test
  void threeLevelsCostTheTopOneCopyAndAStandInReplacesTheMiddle() throws Exception {
    Path media = lab.directory("tree-media");
    Node top = lab.server("tree-top", media).start();
    Node middle = lab.cache("tree-middle", top).option("-i").start();
    Node other = lab.cache("tree-other", top).option("-i").start();
    Node leaf = lab.cache("tree-leaf", middle).option("-S", other.authority()).start();
    Node twig = lab.cache("tree-twig", middle).option("-S", other.authority()).start();
    Path file = Media.random(media.resolve("tree.mp4"), 2L * LENGTH, 1);
    for (Node node : List.of(top, middle, other, leaf, twig)) {
      node.awaitTitle("/tree.mp4");
    }
    Waiting.until("leaf and twig meet", () -> leaf.status().siblings() == 1);
    Screening on = Screening.begin(leaf, file, LENGTH / 2);
    Screening too = Screening.begin(twig, file, LENGTH / 2);
    on.longestPause();
    too.longestPause();
    assertThat(top.sentToNodesBytes()).isBetween(2L * LENGTH, 2L * LENGTH * 6 / 5);

    Path second = Media.random(media.resolve("second.mp4"), 2L * LENGTH, 2);
    for (Node node : List.of(top, middle, other, leaf, twig)) {
      node.awaitTitle("/second.mp4");
    }
    Screening running = Screening.begin(leaf, second, LENGTH / 2);
    running.awaitPlace();
    middle.kill();
    lab.figure("a parent killed, a stand-in there: longest pause", running.longestPause());
    assertThat(viewer.head(twig, "/second.mp4").status()).isEqualTo(200);
    Screening.begin(twig, second, 0).longestPause();
  }
}
