package org.p2pd.leases;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How much a parent sends when many caches start the same cold file together. */
class LeaseSimulationTest {

  private static final Logger LOG = LoggerFactory.getLogger(LeaseSimulationTest.class);
  private static final int REGIONS = 256;
  private static final double SERVER_RATE = 12_500_000; // 100 Mbit/s

  private static final Swarm.Manners GOOD = new Swarm.Manners(true, 8);

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 1", "8, 1", "31, 1", "3, 2", "8, 2", "31, 2"})
  void thatAllStayAndHaveTwiceTheParentsLink(int caches, long seed) {
    Swarm swarm = swarm(caches, seed, 2, 5, GOOD);
    assertFinished(swarm, seed, "all stay", 1.1);
    assertThat(swarm.lastFinished()).isLessThan(1.3 * swarm.lengthBytes() / SERVER_RATE);
  }

  @ParameterizedTest
  @CsvSource({"3, 1", "8, 1", "31, 1"})
  void thatKnowNothingOfEachOther(int caches, long seed) {
    Swarm swarm = swarm(caches, seed, 2, 5, new Swarm.Manners(false, 1_000));
    assertFinished(swarm, seed, "nothing known of each other", 1.1);
  }

  @ParameterizedTest
  @CsvSource({"3, 3", "8, 3", "31, 3", "3, 4", "8, 4", "31, 4"})
  void ofWhichSomeAreSlow(int caches, long seed) {
    Swarm swarm = swarm(caches, seed, 0.1, 5, GOOD);
    assertFinished(swarm, seed, "some are slow", 1.2);
  }

  @ParameterizedTest
  @CsvSource({"7", "8", "9"})
  void ofWhichOneReadsHeadsAndOneHoldsBack(long seed) {
    Swarm swarm = swarm(6, seed, 2, 5, GOOD);
    swarm.add(3 * SERVER_RATE, 3 * SERVER_RATE, Swarm.Nature.READS_HEADS);
    swarm.add(3 * SERVER_RATE, 3 * SERVER_RATE, Swarm.Nature.HOLDS_BACK);
    assertFinished(swarm, seed, "one reads heads, one holds back", 1.3);
    assertThat(swarm.lastFinished()).isLessThan(2 * swarm.lengthBytes() / SERVER_RATE);
  }

  @ParameterizedTest
  @CsvSource({"7", "8", "9"})
  void ofWhichOneTakesAllForItself(long seed) {
    Swarm swarm = swarm(7, seed, 2, 5, GOOD);
    swarm.add(3 * SERVER_RATE, 3 * SERVER_RATE, Swarm.Nature.EXCLUDES_ALL);
    assertFinished(swarm, seed, "one takes all", 2.2);
  }

  @ParameterizedTest
  @CsvSource({"3, 5", "8, 5", "31, 5", "3, 6", "8, 6", "31, 6"})
  void ofWhichSomeAreKilledLeaveComeBackAndEvict(int caches, long seed) {
    troubled(caches, seed);
  }

  @ParameterizedTest
  @CsvSource({"3", "8", "31"})
  @Tag("long")
  void ofWhichSomeAreKilledLeaveComeBackAndEvictOftenEnough(int caches) {
    for (long seed = 100; seed < 110; seed++) {
      troubled(caches, seed);
    }
  }

  private static void troubled(int caches, long seed) {
    Swarm swarm = swarm(caches, seed, 0.5, 5, GOOD);
    Random random = new Random(-seed);
    int troubles = 1 + caches / 8;
    for (int i = 0; i < troubles; i++) {
      Swarm.Cache killed = swarm.caches.get(3 * i + 1);
      swarm.after(1 + 15 * random.nextDouble(), killed::kill);
      Swarm.Cache left = swarm.caches.get(3 * i + 2);
      double leaves = 1 + 15 * random.nextDouble();
      swarm.after(leaves, left::leave);
      if (random.nextBoolean()) {
        swarm.after(leaves + 3 * random.nextDouble(), left::comeBack);
      } else {
        left.mayFinish = false;
      }
      killed.mayFinish = false;
      Swarm.Cache full = swarm.caches.get(3 * i);
      for (int evicted = 0; evicted < 5; evicted++) {
        boolean says = random.nextBoolean();
        swarm.after(20 * random.nextDouble(), () -> full.evict(says));
      }
    }
    assertFinished(swarm, seed, "killed, left, evicting", 1.2);
  }

  private static Swarm swarm(
      int caches, long seed, double slowest, double fastest, Swarm.Manners manners) {
    Random random = new Random(seed);
    Swarm swarm = new Swarm(REGIONS, SERVER_RATE, manners, random);
    for (int i = 0; i < caches; i++) {
      // As many slow ones as fast ones, whatever the span.
      double times = slowest * Math.pow(fastest / slowest, random.nextDouble());
      swarm.add(SERVER_RATE * times, SERVER_RATE * times);
    }
    return swarm;
  }

  private static void assertFinished(Swarm swarm, long seed, String what, double most) {
    boolean finished = swarm.run(600);
    swarm.check();
    double times = swarm.serverBytes / swarm.lengthBytes();
    LeaseTable.Stats stats = swarm.table.stats();
    LOG.info(
        "{} caches, {}, seed {}: the parent sent {} x the file ({} MiB twice by choice),"
            + " {} referrals, {} put off; the last finished after {} s, alone {} s",
        swarm.caches.size(),
        what,
        seed,
        "%.3f".formatted(times),
        stats.secondBytes() >> 20,
        stats.referrals(),
        stats.laters(),
        "%.1f".formatted(swarm.lastFinished()),
        "%.1f".formatted(swarm.lengthBytes() / SERVER_RATE));
    assertThat(finished).as("all finished, seed %d", seed).isTrue();
    assertThat(times).as("the parent's bytes, seed %d", seed).isBetween(0.999, most);
  }
}
