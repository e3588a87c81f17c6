package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.RawHttp;
import org.p2pd.e2e.lab.Viewer;

/** A cache is killed in the middle of filling: what it holds it need not fetch again. */
@Tag("e2e")
class CacheCrashTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final int LENGTH = 64 * Media.MIB + 321;
  private static final Viewer viewer = Viewer.shared();

  @Test
  void killedOnce() throws Exception {
    crashes("once", 1);
  }

  @Test
  @Tag("long")
  @Timeout(20 * 60) // each round is a start, a whole download and more, beside two other classes
  void killedTwentyTimes() throws Exception {
    crashes("often", 20);
  }

  private static void crashes(String name, int rounds) throws Exception {
    Path media = lab.directory(name + "-media");
    Node server = lab.server(name + "-server", media).start();
    Node cache = lab.cache(name + "-cache", server).start();
    SplittableRandom random = new SplittableRandom(rounds);
    for (int round = 0; round < rounds; round++) {
      String title = "/" + round + ".mp4";
      Path file = Media.random(media.resolve(title.substring(1)), LENGTH, round);
      cache.awaitTitle(title);
      int killAfter = random.nextInt(Media.MIB, LENGTH - 16 * Media.MIB);
      try (RawHttp connection = new RawHttp(cache)) {
        connection.send("GET " + title + " HTTP/1.1");
        connection.head();
        connection.exactly(killAfter);
        cache.kill();
      }
      long start = System.nanoTime();
      cache.start();
      lab.figure("start-up after a kill", Duration.ofNanos(System.nanoTime() - start).toString());
      cache.awaitTitle(title);
      long heldBefore = (long) round * LENGTH;
      // Of a title that nobody has asked for since the start only what its files take is known.
      for (int known = 0; known <= round; known++) {
        assertThat(viewer.range(cache, "/" + known + ".mp4", 0, 0).status()).isEqualTo(206);
      }
      long held = cache.status().heldBytes() - heldBefore;
      // Blocks that were on their way when it died had not been kept.
      assertThat(held).isGreaterThan(killAfter - 16L * Media.MIB);

      long sentBefore = server.sentToNodesBytes();
      assertThat(viewer.download(cache, title).sha256()).isEqualTo(Media.sha256(file));
      long sent = server.sentToNodesBytes() - sentBefore;
      assertThat(sent).as("held bytes are not fetched again").isLessThanOrEqualTo(LENGTH - held);
    }
  }
}
