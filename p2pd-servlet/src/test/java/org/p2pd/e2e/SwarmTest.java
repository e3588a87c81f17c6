package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.p2pd.e2e.lab.Group;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.Parallel;
import org.p2pd.e2e.lab.Screening;
import org.p2pd.e2e.lab.Viewer;

/** Caches with one parent give each other what they have: the parent sends each byte about once. */
@Tag("e2e")
@ResourceLock(Lab.MANY_NODES)
class SwarmTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final int LENGTH = 48 * Media.MIB + 777;
  private static final long COPY_AND_A_FIFTH = LENGTH * 6L / 5;
  private static final int FILMS = 3;
  private static final Viewer viewer = Viewer.shared();

  @Test
  void whatOneHoldsTheOthersDoNotTakeFromTheServer() {
    Group group = Group.of(lab, "warm", 3);
    String sha256 = Media.sha256(group.publish("warm.mp4", LENGTH));
    assertThat(viewer.download(group.cache(0), "/warm.mp4").sha256()).isEqualTo(sha256);
    long before = group.server().sentToNodesBytes();
    assertThat(
            Parallel.forAll(
                List.of(group.cache(1), group.cache(2)),
                cache -> viewer.download(cache, "/warm.mp4").sha256()))
        .containsOnly(sha256);
    long sent = group.server().sentToNodesBytes() - before;
    lab.figure("server's share of what two caches took, one held it", percent(sent, LENGTH));
    assertThat(sent).isLessThan(LENGTH * 2L / 100);
  }

  @Test
  void threeThatStartTogetherCostTheServerOneCopy() {
    startTogether("three", 3);
  }

  @Test
  void eightThatStartTogetherCostTheServerOneCopy() {
    startTogether("eight", 8);
  }

  /**
   * Where all caches share a busy machine's processors, some seem to hang and are not waited for:
   * then more comes from the server, never twice the film, and with one of three films it does not.
   */
  private static void startTogether(String name, int caches) {
    Group group = Group.of(lab, name, caches);
    long least = Long.MAX_VALUE;
    for (int film = 0; film < FILMS && least > COPY_AND_A_FIFTH; film++) {
      Path file = group.publish(name + film + ".mp4", LENGTH);
      long before = group.server().sentToNodesBytes();
      Parallel.forAll(group.caches(), cache -> Screening.begin(cache, file, 0).longestPause());
      long sent = group.server().sentToNodesBytes() - before;
      lab.figure(name + " start together: server sent", percent(sent, LENGTH));
      assertThat(sent).isBetween((long) LENGTH, 2L * LENGTH);
      least = Math.min(least, sent);
    }
    assertThat(least).isLessThanOrEqualTo(COPY_AND_A_FIFTH);
  }

  @Test
  void alsoWhenAnAskerIsKilledAndAnotherLeaves() throws Exception {
    Group group = Group.of(lab, "gone", 5);
    Path file = group.publish("gone.mp4", LENGTH);
    long before = group.server().sentToNodesBytes();
    List<Screening> screenings = new ArrayList<>();
    for (Node cache : group.caches()) {
      screenings.add(Screening.begin(cache, file, LENGTH / 4));
    }
    screenings.get(0).awaitPlace();
    group.cache(0).kill();
    group.cache(1).askToStop();
    for (Screening staying : screenings.subList(2, 5)) {
      staying.longestPause();
    }
    long sent = group.server().sentToNodesBytes() - before;
    lab.figure("three of five stay: server sent", percent(sent, LENGTH));
    assertThat(sent).isBetween((long) LENGTH, LENGTH * 6L / 5);
  }

  private static String percent(long sent, long of) {
    return String.format(java.util.Locale.ROOT, "%.1f %% of the file", 100.0 * sent / of);
  }
}
