package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Crowd;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.NodeSetup;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Watch;

/** Many slow viewers cost a cache neither threads nor heap. */
@Tag("e2e")
class ManyViewersTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final long MEGABIT_BYTES = 1_000_000 / 8;
  private static final int LENGTH = 128 * Media.MIB;
  private static final int EXTRA_HEAP = 64 * Media.MIB;
  private static final long MEMORY = 64L * Media.MIB;
  private static final Viewer viewer = Viewer.shared();

  @Test
  void aHundredAndFiftyForTenSeconds() throws Exception {
    watch("few", 150, Duration.ofSeconds(10));
  }

  @Test
  @Tag("long")
  void fiveHundredForAMinute() throws Exception {
    watch("many", 500, Duration.ofSeconds(60));
  }

  private static void watch(String name, int viewers, Duration time) throws Exception {
    Path media = lab.directory(name + "-media");
    Path held = Media.random(media.resolve("held.mp4"), LENGTH, 1);
    Path cold = Media.random(media.resolve("cold.mp4"), LENGTH, 2);
    Node server = lab.server(name + "-server", media).start();
    NodeSetup setup = lab.cache(name + "-cache", server).option("-M", MEMORY / Media.MIB + "M");
    Node cache = setup.start();
    cache.awaitTitle("/cold.mp4");
    cache.awaitTitle("/held.mp4");
    assertThat(viewer.download(cache, "/held.mp4").sha256()).isEqualTo(Media.sha256(held));
    long idle = cache.liveHeapBytes();
    cache.stop();
    setup.jvm("-Xmx" + (idle + EXTRA_HEAP) / Media.KIB + "k");
    cache.start();
    cache.awaitTitle("/cold.mp4");
    assertThat(viewer.range(cache, "/held.mp4", 0, Media.MIB).status()).isEqualTo(206);
    assertThat(viewer.range(cache, "/cold.mp4", 0, Media.MIB).status()).isEqualTo(206);

    List<Crowd.Seat> seats = new ArrayList<>();
    for (int i = 0; i < viewers; i++) {
      long first = (long) (i / 2) * (LENGTH / 2 / viewers);
      seats.add(
          i % 2 == 0
              ? new Crowd.Seat("/held.mp4", held, first)
              : new Crowd.Seat("/cold.mp4", cold, first));
    }
    int threadsBefore = cache.threads();
    try (Watch threads = new Watch(cache::threads)) {
      Crowd.Outcome outcome = new Crowd(cache, MEGABIT_BYTES).watch(seats, time);
      lab.figure("idle heap", idle / Media.KIB + " KiB");
      lab.figure("threads", threadsBefore + " before, at most " + threads.most());
      lab.figure("first byte of the last viewer after", outcome.slowestStart());
      lab.figure("viewers behind their rate", Integer.toString(outcome.behind()));
      assertThat(outcome.broken()).isEmpty();
      long memory = cache.status().counter("memory_peak_bytes");
      lab.figure("memory for blocks, at most", memory / Media.MIB + " MiB");
      assertThat(memory).isBetween(1L, MEMORY);
      assertThat(outcome.receivedBytes())
          .isGreaterThan(viewers * MEGABIT_BYTES * time.toSeconds() / 2);
      // The pools may have grown to their size; a thread for each viewer would be hundreds.
      assertThat(threads.most() - threadsBefore).isLessThan(32);
    }
  }
}
