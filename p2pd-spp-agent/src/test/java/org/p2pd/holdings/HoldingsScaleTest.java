package org.p2pd.holdings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.holdings.Samples.edition;
import static org.p2pd.holdings.Samples.holding;
import static org.p2pd.holdings.Samples.key;
import static org.p2pd.holdings.Samples.node;

import com.google.common.base.Ticker;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;
import org.p2pd.store.HeldLeaves;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * 50 caches with 100,000 editions: the figures (CPU time) are logged, the limits asserted are
 * generous.
 */
@Tag("long")
class HoldingsScaleTest {

  private static final Logger LOG = LoggerFactory.getLogger(HoldingsScaleTest.class);
  private static final int SIBLINGS = 50;
  private static final int EDITIONS = 100_000;
  private static final long FILM_BYTES = 1L << 30;

  private final Random random = new Random(9);

  @Test
  void whatSiblingsHoldTakesAByteOrTwoForEachOfTheirEditions() {
    long[] keys = new long[EDITIONS];
    for (int i = 0; i < EDITIONS; i++) {
      keys[i] = random.nextLong();
    }
    DigestRecords[] pages = {page(keys, 0), page(keys, 1)};
    long before = usedHeap();
    KnownHoldings known = new KnownHoldings(node(0), random, Ticker.systemTicker());
    List<KnownHoldings.Claims> siblings = new ArrayList<>();
    long began = cpuNanos();
    for (int i = 1; i <= SIBLINGS; i++) {
      KnownHoldings.Claims claims = known.join(node(i), () -> {});
      claims.heard(new DigestNews(true, true, "x", pages[0]));
      claims.heard(new DigestNews(false, false, "x", pages[1]));
      siblings.add(claims);
    }
    long took = cpuNanos() - began;
    long bytes = usedHeap() - before;
    LOG.info(
        "digests of {} siblings with {} editions each: {} bytes, {} of a byte an edition and sibling;"
            + " {} µs to take one digest",
        SIBLINGS,
        EDITIONS,
        bytes,
        String.format("%.2f", (double) bytes / SIBLINGS / EDITIONS),
        took / 1_000 / SIBLINGS);
    assertThat(known.editionCount()).isEqualTo(EDITIONS);
    assertThat(bytes).isLessThan(12L << 20);
    subscriptions(known, siblings);
    asking(known);
  }

  private DigestRecords page(long[] keys, int half) {
    DigestRecords.Builder records = new DigestRecords.Builder(EDITIONS / 2);
    for (int i = half * EDITIONS / 2; i < (half + 1) * EDITIONS / 2; i++) {
      records.add(keys[i], 1 + random.nextInt(8));
    }
    return records.build();
  }

  /** The most that is subscribed, of films of a GiB whose every other block is held. */
  private void subscriptions(KnownHoldings known, List<KnownHoldings.Claims> siblings) {
    List<BlockRun> runs = new ArrayList<>();
    for (int block = 0; block < FILM_BYTES / 65_536; block += 4) {
      runs.add(new BlockRun(true, block, 2));
    }
    DigestRecords.Builder halves = new DigestRecords.Builder(SubscriptionChoice.MOST_EDITIONS);
    for (int i = 0; i < SubscriptionChoice.MOST_EDITIONS; i++) {
      halves.add(key(edition(i, FILM_BYTES)), 4);
      known.active(edition(i, FILM_BYTES));
    }
    DigestRecords records = halves.build();
    siblings.forEach(claims -> claims.heard(new DigestNews(false, false, "x", records)));
    long before = usedHeap();
    int subscriptions = 0;
    for (KnownHoldings.Claims claims : siblings) {
      for (Edition film : claims.subscriptions()) {
        claims.heard(film, BlockSize.DEFAULT, new BlockNews(true, false, "x", runs));
        subscriptions++;
      }
    }
    long bytes = usedHeap() - before;
    LOG.info("{} subscriptions to films of 1 GiB in pieces: {} bytes", subscriptions, bytes);
    assertThat(subscriptions)
        .isEqualTo(SubscriptionChoice.MOST_EDITIONS * SubscriptionChoice.MOST_HOLDERS);
    assertThat(bytes).isLessThan(8L << 20);
  }

  private void asking(KnownHoldings known) {
    EditionId[] ids = new EditionId[1_000];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = edition(i, FILM_BYTES).id();
    }
    NodeId[] nodes = new NodeId[SIBLINGS];
    for (int i = 0; i < SIBLINGS; i++) {
      nodes[i] = node(i + 1);
    }
    long sum = 0;
    for (int round = 0; round < 5; round++) {
      long began = cpuNanos();
      for (int i = 0; i < 1_000_000; i++) {
        sum += known.eighths(nodes[i % SIBLINGS], ids[i % 997]);
      }
      LOG.info("asked a million times: {} ns each", (cpuNanos() - began) / 1_000_000);
    }
    assertThat(sum).isPositive();
  }

  @Test
  void whatOneHoldsTakesLittle() {
    HandTimers timers = new HandTimers();
    List<Edition> editions = new ArrayList<>();
    for (int i = 0; i < EDITIONS; i++) {
      editions.add(edition(i, FILM_BYTES));
    }
    long before = usedHeap();
    OwnHoldings own =
        new OwnHoldings(
            HeldLeaves::none, OwnHoldings.Bounds.STANDARD, timers, random, timers.ticker());
    long began = cpuNanos();
    for (Edition edition : editions) {
      own.found(holding(edition, 1 + random.nextInt((int) FILM_BYTES)));
    }
    long took = cpuNanos() - began;
    LOG.info(
        "own digest of {} editions: {} bytes, {} ns to note one",
        EDITIONS,
        usedHeap() - before,
        took / EDITIONS);
    began = cpuNanos();
    DigestNews all = own.digestAfter(HoldingsCursor.BEGIN, 65_536);
    LOG.info("a page of it: {} µs", (cpuNanos() - began) / 1_000);
    assertThat(all.records().count()).isEqualTo(65_536);
    assertThat(usedHeap() - before).isLessThan(16L << 20);
    noting(own, editions.get(0));
  }

  /** A film that somebody asks about is filled block by block. */
  private static void noting(OwnHoldings own, Edition film) {
    String cursor = blocks(own, film, "0").next();
    for (int round = 0; round < 5; round++) {
      long began = cpuNanos();
      int blocks = (int) (FILM_BYTES / 65_536);
      for (int block = 0; block < blocks; block++) {
        own.held(
            holding(film, (block + 1) * 65_536L),
            Samples.leafRange(film, 4 * block, 4 * block + 3));
      }
      LOG.info("a block put: {} ns to note", (cpuNanos() - began) / blocks);
    }
    assertThat(blocks(own, film, cursor).runs())
        .containsExactly(new BlockRun(true, 0, (int) (FILM_BYTES / 65_536)));
  }

  private static BlockNews blocks(OwnHoldings own, Edition film, String after) {
    return own.blocksAfter(film, BlockSize.DEFAULT, HoldingsCursor.parse(after), 4_096)
        .orElseThrow();
  }

  /** Of this thread: the machine may be busy otherwise. */
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static long usedHeap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
