package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Disk;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.Parallel;
import org.p2pd.e2e.lab.RawHttp;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Watch;

/** The disk limit holds at every moment, and never at the cost of a viewer. */
@Tag("e2e")
class DiskLimitTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final int LIMIT = 160 * Media.MIB;
  private static final int LENGTH = 288 * Media.MIB;
  private static final Viewer viewer = Viewer.shared();

  @Test
  void aTitleLargerThanTheLimitPlaysWhileTheLimitHolds() throws Exception {
    Path media = lab.directory("media");
    Path movie = Media.random(media.resolve("movie.mp4"), LENGTH, 1);
    Path other = Media.random(media.resolve("other.mp4"), LENGTH / 2, 2);
    Node server = lab.server("server", media).start();
    Node cache = lab.cache("cache", server).option("-C", "160M").start();
    cache.awaitTitle("/movie.mp4");
    cache.awaitTitle("/other.mp4");

    try (Watch disk = new Watch(() -> Disk.usedBytes(cache.state().getParent(), cache));
        RawHttp slow = new RawHttp(cache)) {
      // A viewer who has begun with what is held, and reads on when all of it has been evicted.
      assertThat(viewer.range(cache, "/other.mp4", 0, 8 * Media.MIB - 1).status()).isEqualTo(206);
      slow.send("GET /other.mp4 HTTP/1.1", "Range: bytes=0-" + (8 * Media.MIB - 1));
      slow.head();
      byte[] begun = slow.exactly(100_000);

      List<Callable<Boolean>> viewers =
          IntStream.range(0, 4)
              .<Callable<Boolean>>mapToObj(i -> () -> plays(cache, i % 2 == 0 ? movie : other))
              .toList();
      assertThat(Parallel.run(viewers)).containsOnly(true);

      byte[] rest = slow.exactly(8 * Media.MIB - begun.length);
      byte[] expected = Media.read(other, 0, 8 * Media.MIB);
      assertThat(Arrays.equals(begun, Arrays.copyOf(expected, begun.length))).isTrue();
      assertThat(Arrays.equals(rest, Arrays.copyOfRange(expected, begun.length, expected.length)))
          .isTrue();
      assertThat(disk.samples()).isGreaterThan(10);
      assertThat(disk.most()).isBetween(LIMIT / 4L, (long) LIMIT);
    }
  }

  private static boolean plays(Node cache, Path file) {
    return viewer.download(cache, "/" + file.getFileName()).sha256().equals(Media.sha256(file));
  }
}
