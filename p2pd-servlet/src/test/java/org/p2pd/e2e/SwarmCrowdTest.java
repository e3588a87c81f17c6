package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.p2pd.e2e.lab.Crowd;
import org.p2pd.e2e.lab.Group;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.NodeSetup;
import org.p2pd.e2e.lab.Parallel;
import org.p2pd.e2e.lab.Screening;
import org.p2pd.e2e.lab.StoredEdition;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Wire;

/** Caches that need each other, sources that add up, and one whose disk lies. */
@Tag("e2e")
@ResourceLock(Lab.MANY_NODES)
class SwarmCrowdTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final int LENGTH = 32 * Media.MIB;
  private static final Viewer viewer = Viewer.shared();

  @Test
  void twoHalfFullCachesServeFiftyViewersEachWhileTheServerHangs() {
    Group group = Group.of(lab, "half", 2);
    Path file = group.publish("half.mp4", LENGTH);
    assertThat(viewer.range(group.cache(0), "/half.mp4", 0, LENGTH / 2).status()).isEqualTo(206);
    assertThat(viewer.range(group.cache(1), "/half.mp4", LENGTH / 2, LENGTH).status())
        .isEqualTo(206);
    List<Crowd.Seat> seats = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      seats.add(new Crowd.Seat("/half.mp4", file, (long) i * (LENGTH / 2) / 50));
    }
    group.server().freeze();
    List<Crowd.Outcome> outcomes =
        Parallel.forAll(group.caches(), cache -> watch(cache, seats, Duration.ofSeconds(20)));
    group.server().thaw();
    for (Crowd.Outcome outcome : outcomes) {
      assertThat(outcome.broken()).isEmpty();
      lab.figure(
          "half-full caches, server frozen: first byte of the last of 50", outcome.slowestStart());
    }
    for (Node cache : group.caches()) {
      assertThat(cache.status().receivedFrom("sibling")).isPositive();
      assertThat(cache.threads()).isLessThan(120);
    }
  }

  private static Crowd.Outcome watch(Node cache, List<Crowd.Seat> seats, Duration time) {
    try {
      return new Crowd(cache, 2_000_000 / 8).watch(seats, time);
    } catch (IOException e) {
      throw new UncheckedIOException(cache.toString(), e);
    }
  }

  /** Links of 100 Mbit/s with 20 ms each way lie before each of four caches. */
  @Test
  void fourSourcesGiveOneViewerMoreThanOneDoes() throws Exception {
    Group group = Group.of(lab, "four", 0);
    List<Wire> wires = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      String seenAt = lab.address(NodeSetup.PORT);
      Node cache = group.newCache().option("--advertise", seenAt).prepare();
      wires.add(lab.closing(wire(cache, seenAt, NodeSetup.PORT)));
      lab.closing(wire(cache, seenAt, NodeSetup.PORT + 1));
      cache.start();
      group.joins(cache);
    }
    Node watched = group.add(group.newCache().option("--parent-below", "0"));
    group.awaitWhole(group.caches());
    Path one = group.publish("one.mp4", LENGTH);
    Path four = group.publish("all.mp4", LENGTH);
    Screening.begin(group.cache(0), one, 0).longestPause();
    for (Node cache : group.caches().subList(0, 4)) {
      Screening.begin(cache, four, 0).longestPause();
    }
    double alone = megabits(watched, one);
    double together = megabits(watched, four);
    lab.figure(
        "one viewer, sources behind 100 Mbit/s and 20 ms",
        String.format(Locale.ROOT, "one %.0f Mbit/s, four %.0f Mbit/s", alone, together));
    assertThat(together).isGreaterThan(1.5 * alone);
    for (Wire wire : wires) {
      assertThat(wire.sentBytes()).as("each of the four sent some").isGreaterThan(Media.MIB);
    }
  }

  private static double megabits(Node node, Path file) {
    long begun = System.nanoTime();
    Screening.begin(node, file, 0).longestPause();
    return LENGTH * 8.0 / 1e6 / ((System.nanoTime() - begun) / 1e9);
  }

  private static Wire wire(Node node, String nearAddress, int port) throws IOException {
    return Wire.lay(
        new InetSocketAddress(nearAddress, port),
        new InetSocketAddress(node.address(), port),
        20,
        100);
  }

  @Test
  void aBitFlippedInASiblingsFileReachesNobody() {
    Group group = Group.of(lab, "flip", 2);
    Path file = group.publish("flip.mp4", LENGTH);
    Screening.begin(group.cache(0), file, 0).longestPause();
    StoredEdition stored = StoredEdition.of(group.cache(0), "/flip.mp4");
    stored.awaitSealed();
    Media.flipBit(stored.data().get(0), 7_000_000);
    Screening.begin(group.cache(1), file, 0).longestPause();
    Screening.begin(group.cache(0), file, 0).longestPause();
    assertThat(group.cache(1).status().receivedFrom("sibling")).isGreaterThan(Media.MIB);
    assertThat(group.cache(0).logText())
        .as("it finds it itself, before a byte of it leaves")
        .contains("was changed by someone else", "does not verify");
    assertThat(group.cache(1).logText()).as("and is not blamed").doesNotContain("does not verify");
  }

  @Test
  void whatASiblingAnnouncedAndHasNoMoreCostsQuestionsAndNoBlame() throws IOException {
    Group group = Group.of(lab, "lost", 2);
    Path file = group.publish("lost.mp4", LENGTH);
    Screening.begin(group.cache(0), file, 0).longestPause();
    StoredEdition stored = StoredEdition.of(group.cache(0), "/lost.mp4");
    stored.awaitSealed();
    for (Path data : stored.data()) {
      Files.delete(data);
    }
    Duration pause = Screening.begin(group.cache(1), file, 0).longestPause();
    lab.figure("a sibling whose files were deleted: longest pause", pause);
    assertThat(pause).isLessThan(Duration.ofSeconds(6));
    assertThat(group.cache(1).logText()).doesNotContain("does not verify", "is shunned");
    assertThat(group.cache(1).status().receivedFrom("parent")).isGreaterThan(LENGTH / 2);
  }
}
