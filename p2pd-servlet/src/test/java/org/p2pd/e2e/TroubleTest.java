package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.NodeSetup;
import org.p2pd.e2e.lab.Privileges;
import org.p2pd.e2e.lab.RawHttp;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/** Files and disks that fail while a node runs cost no viewer a wrong byte. */
@Tag("e2e")
class TroubleTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final Viewer viewer = Viewer.shared();
  private static final byte[] CONTENT = Media.bytes(300_000, 1);
  private static Path media;
  private static Node server;
  private static Node cache;

  @BeforeAll
  static void start() {
    media = lab.directory("media");
    Media.write(media.resolve("fine.mp4"), CONTENT);
    Media.write(lab.directory("").resolve("secret.txt"), CONTENT);
    server = lab.server("server", media).start();
    cache = lab.cache("cache", server).start();
    cache.awaitTitle("/fine.mp4");
  }

  @AfterEach
  void nothingIsLostAndAllStayUp() {
    for (Node node : List.of(server, cache)) {
      assertThat(node.isRunning()).isTrue();
      assertThat(viewer.get(node, "/fine.mp4").body()).isEqualTo(CONTENT);
    }
  }

  @Test
  void aTitleThatVanishesInMidResponseEndsItAndIsThenUnknown() throws IOException {
    byte[] content = Media.bytes(64 * Media.MIB, 7);
    Media.write(media.resolve("vanishing.mp4"), content);
    cache.awaitTitle("/vanishing.mp4");
    try (RawHttp connection = new RawHttp(cache)) {
      connection.send("GET /vanishing.mp4 HTTP/1.1");
      connection.head();
      connection.exactly(Media.MIB);
      Files.delete(media.resolve("vanishing.mp4"));
      byte[] rest = connection.untilClosed(content.length - Media.MIB);
      assertThat(
              java.util.Arrays.mismatch(
                  rest, 0, rest.length, content, Media.MIB, Media.MIB + rest.length))
          .isEqualTo(-1);
    }
    cache.awaitStatus("/vanishing.mp4", 404);
  }

  @Test
  @EnabledIf(
      value = "org.p2pd.e2e.lab.Privileges#mayMount",
      disabledReason = "needs root and mount namespaces")
  void aFullDiskCostsNoViewerAByte() {
    Path file = Media.random(media.resolve("larger-than-the-disk.mp4"), 64L * Media.MIB, 8);
    NodeSetup setup = lab.cache("full", server).option("-C", "1G");
    Path directory = lab.directory("full-cache");
    Node full =
        setup
            .wrappedIn(
                Privileges.inOwnMounts("mount -t tmpfs -o size=24m tmpfs '" + directory + "'"))
            .start();
    Waiting.until(
        "it knows the title", () -> viewer.head(full, "/larger-than-the-disk.mp4").status() == 200);
    for (int i = 0; i < 2; i++) {
      assertThat(viewer.download(full, "/larger-than-the-disk.mp4").sha256())
          .isEqualTo(Media.sha256(file));
    }
    full.stop();
  }

  @Test
  void anUnreadableFileIsNamedWithTheCommandThatMendsIt() throws IOException {
    Path locked = lab.directory("locked");
    Path file = Media.write(locked.resolve("locked.mp4"), CONTENT);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    Media.write(locked.resolve("open.mp4"), CONTENT);
    Node strict = lab.server("strict", locked).wrappedIn(Privileges.obeyingPermissions()).start();
    strict.awaitTitle("/open.mp4");
    strict.awaitLog("locked.mp4");
    strict.awaitLog("chmod");
    assertThat(viewer.get(strict, "/locked.mp4").status()).isIn(404, 503);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    strict.awaitTitle("/locked.mp4");
    strict.stop();
  }
}
