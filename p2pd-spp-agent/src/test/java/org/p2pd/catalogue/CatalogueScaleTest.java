package org.p2pd.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.catalogue.Samples.DATE;
import static org.p2pd.catalogue.Samples.edition;
import static org.p2pd.catalogue.Samples.sync;
import static org.p2pd.catalogue.Samples.title;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.identity.NodeKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** 100,000 titles: the figures are logged, the limits asserted are generous. */
@Tag("long")
class CatalogueScaleTest {

  private static final Logger LOG = LoggerFactory.getLogger(CatalogueScaleTest.class);
  private static final int TITLES = 100_000;

  @TempDir Path root;

  private final NodeKey key = NodeKey.generate();
  private final Samples.Clock clock = new Samples.Clock();

  @Test
  void aHundredThousandTitlesStartSoonAndFitTheHeap() throws IOException {
    Path directory = root.resolve("server");
    try (Journal server = Journal.open(directory, key, clock, new Samples.HandTimer())) {
      long began = System.nanoTime();
      for (int i = 0; i < TITLES; i++) {
        server.publish(
            title("/library/series-" + i / 100 + "/season-1/episode-" + i + ".mp4"),
            edition(i),
            DATE);
        if (i % 1_000 == 999) {
          server.flush();
        }
      }
      server.scanComplete();
      server.flush();
      report("published, 1,000 at a time", began);

      began = System.nanoTime();
      try (Replica cache = cache()) {
        sync(server, cache);
        assertThat(cache.publishedCount()).isEqualTo(TITLES);
      }
      report("fetched and verified by a cache", began);
    }

    long before = usedHeap();
    long began = System.nanoTime();
    try (Journal server = Journal.open(directory, key, clock, new Samples.HandTimer())) {
      Duration start = report("the server's catalogue started", began);
      assertThat(server.publishedCount()).isEqualTo(TITLES);
      LOG.info("a title takes {} bytes of heap", (usedHeap() - before) / TITLES);
      assertThat(usedHeap() - before).isLessThan(100L << 20);
      assertThat(start).isLessThan(Duration.ofSeconds(15));
    }
    began = System.nanoTime();
    try (Replica cache = cache()) {
      report("the cache's catalogue started", began);
      assertThat(cache.publishedCount()).isEqualTo(TITLES);

      began = System.nanoTime();
      assertThat(cache.published("", 1_000)).hasSize(1_000);
      report("the first 1,000 titles in order", began);
      began = System.nanoTime();
      String after = "";
      int listed = 0;
      for (List<PublishedTitle> page = cache.published(after, 1_000);
          !page.isEmpty();
          page = cache.published(after, 1_000)) {
        listed += page.size();
        after = page.get(page.size() - 1).title().path();
      }
      assertThat(listed).isEqualTo(TITLES);
      report("all titles in order, 1,000 at a time", began);
    }
  }

  private Replica cache() throws IOException {
    return Replica.open(
        root.resolve("cache"), Pin.open(root.resolve("authority"), Optional.empty()));
  }

  private static Duration report(String what, long beganNanos) {
    Duration took = Duration.ofNanos(System.nanoTime() - beganNanos);
    LOG.info("{}: {} ms", what, took.toMillis());
    return took;
  }

  private static long usedHeap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
