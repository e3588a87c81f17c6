package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/**
 * A server comes back without its state: with its key nothing changes, with another key neither.
 */
@Tag("e2e")
class ServerReinstalledTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final Pattern TRUST = Pattern.compile("p2pd trust ([A-Za-z0-9_-]{43})");
  private static final int LENGTH = 5 * Media.MIB;
  private static final Viewer viewer = Viewer.shared();
  private Path media;
  private Node server;
  private Node cache;
  private String held;
  private String cold;

  @BeforeEach
  void startAndFill(TestInfo test) {
    String name = test.getTestMethod().orElseThrow().getName();
    media = lab.directory(name + "-media");
    held = Media.sha256(Media.random(media.resolve("held.mp4"), LENGTH, 1));
    cold = Media.sha256(Media.random(media.resolve("cold.mp4"), LENGTH, 2));
    server = lab.server(name + "-server", media).start();
    cache = lab.cache(name + "-cache", server).start();
    cache.awaitTitle("/held.mp4");
    cache.awaitTitle("/cold.mp4");
    assertThat(viewer.download(cache, "/held.mp4").sha256()).isEqualTo(held);
  }

  @Test
  void withNothingButItsKeyFileAllIsAsBeforeWhileItHashesAgain() throws Exception {
    Media.sparse(media.resolve("slow-to-hash.mp4"), 3 * Media.GIB, 3);
    cache.awaitTitle("/slow-to-hash.mp4");
    Map<String, String> heldBefore = viewer.head(cache, "/held.mp4").identity();
    Map<String, String> slowBefore = viewer.head(cache, "/slow-to-hash.mp4").identity();
    server.stop();
    forgetAllBut(server.state(), "node.key");

    Set<Integer> statuses = new ConcurrentSkipListSet<>();
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    Future<Integer> watching =
        thread.submit(
            () -> {
              int looks = 0;
              for (; !done.get(); looks++) {
                assertThat(viewer.head(cache, "/held.mp4").identity()).isEqualTo(heldBefore);
                assertThat(viewer.get(cache, "/no-such.mp4").status()).isEqualTo(404);
                statuses.add(viewer.head(cache, "/slow-to-hash.mp4").status());
              }
              return looks;
            });
    try {
      server.start();
      server.awaitTitle("/slow-to-hash.mp4");
      Media.random(media.resolve("new.mp4"), 1000, 4);
      cache.awaitTitle("/new.mp4");
    } finally {
      done.set(true);
      thread.shutdown();
    }
    assertThat(watching.get()).isPositive();
    assertThat(statuses).as("a known title never became unknown").doesNotContain(404);
    assertThat(viewer.download(cache, "/held.mp4").sha256()).isEqualTo(held);
    assertThat(viewer.download(cache, "/cold.mp4").sha256()).isEqualTo(cold);
    assertThat(viewer.head(cache, "/slow-to-hash.mp4").identity()).isEqualTo(slowBefore);
  }

  @Test
  void whatVanishedMeanwhileIsWithdrawnOnceAllIsHashed() throws Exception {
    server.stop();
    forgetAllBut(server.state(), "node.key");
    Files.delete(media.resolve("cold.mp4"));
    server.start();
    cache.awaitStatus("/cold.mp4", 404);
    assertThat(viewer.download(cache, "/held.mp4").sha256()).isEqualTo(held);
  }

  @Test
  void withAnotherKeyTheCacheServesWhatItHasAndNamesBothKeys() throws Exception {
    Map<String, String> before = viewer.head(cache, "/held.mp4").identity();
    server.stop();
    forgetAllBut(server.state());
    String replacement = Media.sha256(Media.random(media.resolve("held.mp4"), LENGTH, 77));
    server.start();
    server.awaitTitle("/held.mp4");

    Waiting.until(
        "the cache names the new key", () -> TRUST.matcher(cache.status().problems()).find());
    Matcher command = TRUST.matcher(cache.status().problems());
    assertThat(command.find()).isTrue();
    assertThat(viewer.head(cache, "/held.mp4").identity()).isEqualTo(before);
    assertThat(viewer.download(cache, "/held.mp4").sha256()).isEqualTo(held);
    Viewer.Download unheld = viewer.download(cache, "/cold.mp4");
    assertThat(unheld.status() == 200 ? unheld.sha256() : cold).isEqualTo(cold);

    lab.p2pd("trust", command.group(1), "--state", cache.state().toString()).expectSuccess();
    cache.awaitEdition("/held.mp4", viewer.head(server, "/held.mp4").header("ETag"));
    assertThat(viewer.download(cache, "/held.mp4").sha256()).isEqualTo(replacement);
  }

  private static void forgetAllBut(Path state, String... kept) throws IOException {
    try (Stream<Path> entries = Files.list(state)) {
      for (Path entry : entries.toList()) {
        if (!List.of(kept).contains(entry.getFileName().toString())) {
          org.apache.commons.io.file.PathUtils.delete(entry);
        }
      }
    }
  }
}
