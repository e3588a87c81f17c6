package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.NodeSetup;
import org.p2pd.e2e.lab.Parallel;
import org.p2pd.e2e.lab.Privileges;
import org.p2pd.e2e.lab.Tool;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/** A media directory that goes away and comes back withdraws nothing. */
@Tag("e2e")
class UnmountedTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final int TITLES = 12;

  /** A cache that was told often that something is not held asks again after 4 s at most. */
  private static final Duration SOON = Duration.ofSeconds(15);

  private static final Viewer viewer = Viewer.shared();

  @Test
  void emptied() throws IOException {
    Path media = lab.directory("emptied");
    Path away = lab.directory("emptied-away");
    fill(media);
    goesAwayAndComesBack(
        lab.server("emptied-server", media),
        server -> moveAll(media, away),
        server -> moveAll(away, media));
  }

  @Test
  void mostOfItGone() throws IOException {
    Path media = lab.directory("most");
    Path away = lab.directory("most-away");
    fill(media);
    Files.write(media.resolve("stays.mp4"), Media.bytes(100, 1));
    goesAwayAndComesBack(
        lab.server("most-server", media),
        server -> {
          for (int i = 0; i < TITLES; i++) {
            Files.move(media.resolve(i + ".mp4"), away.resolve(i + ".mp4"));
          }
        },
        server -> moveAll(away, media));
  }

  @Test
  void unreadable() throws IOException {
    Path media = lab.directory("unreadable");
    fill(media);
    goesAwayAndComesBack(
        lab.server("unreadable-server", media).wrappedIn(Privileges.obeyingPermissions()),
        server ->
            Files.setPosixFilePermissions(media, PosixFilePermissions.fromString("---------")),
        server ->
            Files.setPosixFilePermissions(media, PosixFilePermissions.fromString("rwxr-xr-x")));
  }

  @Test
  void renamedAway() throws IOException {
    Path media = lab.directory("renamed");
    Path away = media.resolveSibling("renamed-away");
    fill(media);
    goesAwayAndComesBack(
        lab.server("renamed-server", media),
        server -> Files.move(media, away),
        server -> Files.move(away, media));
  }

  @Test
  @EnabledIf(
      value = "org.p2pd.e2e.lab.Privileges#mayMount",
      disabledReason = "needs root and mount namespaces")
  void unmounted() throws IOException {
    Path disk = lab.directory("disk");
    Path media = lab.directory("mounted");
    fill(disk);
    String mount = "mount --bind '" + disk + "' '" + media + "'";
    goesAwayAndComesBack(
        lab.server("mounted-server", media).wrappedIn(Privileges.inOwnMounts(mount)),
        server -> Privileges.inMountsOf(server, "umount", "-l", media.toString()).expectSuccess(),
        server ->
            Privileges.inMountsOf(server, "mount", "--bind", disk.toString(), media.toString())
                .expectSuccess());
  }

  /** Too few titles for the rule of the half: what counts is that nothing was left. */
  @Test
  void emptiedAndThenAFileAppears() throws IOException {
    int few = 5;
    Path media = lab.directory("few");
    Path away = lab.directory("few-away");
    for (int i = 0; i < few; i++) {
      Files.write(media.resolve(i + ".mp4"), content(i));
    }
    Node server = lab.server("few-server", media).start();
    Node cache = lab.cache("few-cache", server).start();
    for (int i = 0; i < few; i++) {
      cache.awaitTitle("/" + i + ".mp4");
    }
    Map<String, String> before = viewer.head(server, "/1.mp4").identity();

    moveAll(media, away);
    server.awaitHealth("degraded");
    Files.write(media.resolve("stray.mp4"), Media.bytes(1_000, 99));
    cache.awaitTitle("/stray.mp4");
    server.awaitLog("was empty: 5 titles without a file stay in the catalogue");
    assertKnown(few, server, cache);

    server.stop();
    server.start();
    cache.awaitTitle("/stray.mp4");
    server.awaitHealth("degraded");
    assertKnown(few, server, cache);

    moveAll(away, media);
    server.awaitHealth("serving");
    assertThat(viewer.head(server, "/1.mp4").identity()).isEqualTo(before);
    for (int i = 0; i < few; i++) {
      assertThat(viewer.get(cache, "/" + i + ".mp4").body()).isEqualTo(content(i));
    }
    assertThat(viewer.get(cache, "/stray.mp4").body()).isEqualTo(Media.bytes(1_000, 99));
  }

  private static void assertKnown(int titles, Node... nodes) {
    for (Node node : nodes) {
      for (int i = 0; i < titles; i++) {
        assertThat(viewer.head(node, "/" + i + ".mp4").status())
            .as(node + " does not forget " + i)
            .isNotEqualTo(404);
      }
    }
  }

  @Test
  void removalsAreAcceptedWhenTheOwnerSaysSo() throws IOException {
    Path media = lab.directory("accepted");
    Path away = lab.directory("accepted-away");
    fill(media);
    Node server = lab.server("accepted-server", media).start();
    Node cache = lab.cache("accepted-cache", server).start();
    cache.awaitTitle("/3.mp4");
    moveAll(media, away);
    server.awaitHealth("degraded");
    assertThat(server.logText()).contains("p2pd accept-removals");
    assertThat(acceptRemovals(server)).contains("withheld: " + TITLES + ".");
    server.awaitStatus("/3.mp4", 404);
    cache.awaitStatus("/3.mp4", 404);
    server.awaitHealth("serving");
    assertThat(acceptRemovals(server)).contains("Nothing is withheld");
    assertThat(server.state().resolve("accept-removals")).doesNotExist();
  }

  private static String acceptRemovals(Node server) {
    return lab.p2pd("accept-removals", "--state", server.state().toString())
        .expectSuccess()
        .errors();
  }

  private interface Step {
    void on(Node server) throws IOException;
  }

  private static void goesAwayAndComesBack(NodeSetup setup, Step away, Step back)
      throws IOException {
    Node server = setup.start();
    Node cache = lab.cache(server.name() + "-cache", server).start();
    for (int i = 0; i < TITLES; i++) {
      cache.awaitTitle("/" + i + ".mp4");
    }
    Viewer.Answer held = viewer.get(cache, "/0.mp4");
    Map<String, String> before = viewer.head(server, "/1.mp4").identity();

    away.on(server);
    assertThat(server.awaitHealth("degraded")).isNotEqualTo("[]");
    assertThat(viewer.get(server, "/.p2pd/health").status()).isEqualTo(200);
    assertThat(viewer.get(cache, "/0.mp4").body()).isEqualTo(held.body());
    assertKnown(TITLES, server, cache);
    assertThat(viewer.get(server, "/1.mp4").status()).as("it may come back").isEqualTo(503);
    for (int round = 0; round < 3; round++) {
      assertThat(Parallel.forAll(unheldTitles(), title -> viewer.get(cache, title).status()))
          .as("nor by a cache that does not hold it")
          .isSubsetOf(503, 504);
    }

    back.on(server);
    server.awaitHealth("serving");
    assertThat(viewer.head(server, "/1.mp4").identity()).isEqualTo(before);
    for (int i = 0; i < TITLES; i++) {
      String title = "/" + i + ".mp4";
      byte[] content = content(i);
      Waiting.until(
          "the cache fetches " + title + " again",
          SOON,
          () -> Arrays.equals(viewer.get(cache, title).body(), content));
    }
  }

  private static List<String> unheldTitles() {
    return IntStream.range(1, TITLES).mapToObj(i -> "/" + i + ".mp4").toList();
  }

  private static void fill(Path media) throws IOException {
    for (int i = 0; i < TITLES; i++) {
      Files.write(media.resolve(i + ".mp4"), content(i));
    }
  }

  private static byte[] content(int i) {
    return Media.bytes(200_000 + i, i);
  }

  private static void moveAll(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Tool.run("mv", file.toString(), to.toString()).expectSuccess();
      }
    }
  }
}
