package org.p2pd.siblings;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.p2pd.holdings.Eighths;
import org.p2pd.holdings.HandTimers;
import org.p2pd.holdings.HoldingsCursor;
import org.p2pd.holdings.KnownHoldings;
import org.p2pd.holdings.OwnHoldings;
import org.p2pd.holdings.Samples;
import org.p2pd.holdings.Standing;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.NodeId;
import org.p2pd.spp.HoldingsAnswer;
import org.p2pd.spp.HoldingsQuestion;
import org.p2pd.spp.JsonBody;
import org.p2pd.store.HeldLeaves;
import org.p2pd.store.Holding;
import org.roaringbitmap.RoaringBitmap;

/**
 * A random course of blocks put and evicted, wishes, short answers, lost answers and restarts of
 * either side: when it is quiet, the asker knows exactly what the holder holds. Everything goes
 * over the wire's bytes, but over no network.
 */
class HoldingsCourseTest {

  private static final NodeId HOLDER = Samples.node(1);
  private static final int LEAF = BlockSize.LEAF_BYTES;
  private static final int FILMS = 12;

  /** {@code -Dcourse.seed=…} begins with the course of a failure. */
  private static long seed() {
    return Long.getLong("course.seed", System.nanoTime());
  }

  @Test
  void endsInKnowledge() throws Exception {
    long seed = seed();
    for (int course = 0; course < 150; course++) {
      run(seed + course);
    }
  }

  @Test
  @Tag("long")
  void endsInKnowledgeVeryOften() throws Exception {
    long seed = seed();
    for (int course = 0; course < 10_000; course++) {
      run(seed + course);
    }
  }

  private static void run(long seed) throws Exception {
    Course course = new Course(seed);
    try {
      int steps = 50 + course.random.nextInt(400);
      for (int step = 0; step < steps; step++) {
        course.step();
      }
      course.quiet();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed, e);
    }
  }

  /** The truth, and what is known of it. */
  private static final class Course {
    final Random random;
    final List<Edition> films = new ArrayList<>();
    final List<RoaringBitmap> truth = new ArrayList<>();
    final Set<Integer> counted = new HashSet<>();
    final Set<Integer> active = new HashSet<>();
    final Set<Integer> doubted = new HashSet<>();
    final HandTimers timers = new HandTimers();
    OwnHoldings own;
    KnownHoldings known;
    Subscriptions asker;
    BlockSize size;

    Course(long seed) {
      random = new Random(seed);
      for (int i = 0; i < FILMS; i++) {
        long leaves = 1L + random.nextInt(i % 3 == 0 ? 10 : 3_000);
        films.add(Samples.edition(i, leaves * LEAF - (long) random.nextInt(LEAF)));
        truth.add(new RoaringBitmap());
      }
      restartHolder();
      restartAsker();
    }

    void step() throws Exception {
      switch (random.nextInt(20)) {
        case 0, 1, 2, 3, 4, 5, 6 -> put();
        case 7, 8 -> evict();
        case 9 -> timers.pass(Duration.ofMillis(random.nextInt(200_000)));
        case 10, 11 -> wish();
        case 12 -> rarely(this::restartHolder);
        case 13 -> rarely(this::restartAsker);
        case 14 -> rarely(this::stale);
        default -> ask(random.nextInt(8) == 0);
      }
    }

    void rarely(Runnable what) {
      if (random.nextInt(10) == 0) {
        what.run();
      }
    }

    private int film() {
      return random.nextInt(FILMS);
    }

    private Holding holding(int film) {
      return Samples.holding(films.get(film), held(film).bytes());
    }

    private HeldLeaves held(int film) {
      return HeldLeaves.of(films.get(film), truth.get(film));
    }

    /** What the store does before anything happens to an edition that it only found. */
    private void count(int film) {
      if (counted.add(film)) {
        own.counted(holding(film), held(film));
      }
    }

    void put() {
      int film = film();
      count(film);
      int count = HeldLeaves.leafCount(films.get(film));
      int leaf = random.nextInt(count);
      int many = random.nextInt(10) == 0 ? count : 1 + random.nextInt(20);
      for (int each = 1 << random.nextInt(3);
          leaf < count && many > 0;
          leaf += each, many -= each) {
        int last = Math.min(count, leaf + each) - 1;
        truth.get(film).add((long) leaf, last + 1);
        own.held(holding(film), Samples.leafRange(films.get(film), leaf, last));
      }
    }

    void evict() {
      int film = film();
      count(film);
      int count = HeldLeaves.leafCount(films.get(film));
      int first = random.nextInt(3) == 0 ? 0 : random.nextInt(count);
      int last = random.nextInt(3) == 0 ? count - 1 : Math.min(count - 1, first + 7);
      truth.get(film).remove((long) first, last + 1);
      own.gone(holding(film), Samples.leafRange(films.get(film), first, last));
    }

    void wish() {
      int film = film();
      if (active.add(film)) {
        known.active(films.get(film));
      } else {
        active.remove(film);
        known.idle(films.get(film));
      }
    }

    void stale() {
      int number = film();
      Edition film = films.get(number);
      long first = random.nextInt((int) film.lengthBytes());
      known.stale(HOLDER, film, new ByteRange(first, film.lengthBytes() - 1));
      doubted.add(number);
    }

    /** The disk is as it was, or something went meanwhile. */
    void restartHolder() {
      if (own != null) {
        own.close();
      }
      if (random.nextBoolean()) {
        truth.get(film()).clear();
      }
      counted.clear();
      own =
          new OwnHoldings(
              edition -> {
                int film = films.indexOf(edition);
                count(film);
                return held(film);
              },
              new OwnHoldings.Bounds(
                  1 + random.nextInt(30), 1 + random.nextInt(4), FILMS + random.nextInt(3)),
              timers,
              random,
              timers.ticker());
      for (int film = 0; film < FILMS; film++) {
        if (!truth.get(film).isEmpty()) {
          own.found(holding(film));
        }
      }
    }

    void restartAsker() {
      known = new KnownHoldings(Samples.node(0), random, timers.ticker());
      size = new BlockSize(LEAF << random.nextInt(7));
      active.clear();
      asker = new Subscriptions(known.join(HOLDER, () -> {}), size, timers.ticker());
    }

    /**
     * One question and its answer.
     *
     * @return whether it said something
     */
    boolean ask(boolean lost) throws Exception {
      Subscriptions.Asked asked = asker.next(HoldingsLink.WAIT);
      HoldingsQuestion question =
          HoldingsQuestion.parse(JsonBody.parse(asked.question().toJson().toBytes()));
      byte[] answer = answer(question);
      if (lost || answer.length == 0) {
        return lost;
      }
      asker.take(asked, HoldingsAnswer.parse(answer, question, asked.editions()));
      return true;
    }

    /** Like the resource, but in parts of any size. */
    private byte[] answer(HoldingsQuestion question) {
      HoldingsAnswer.Builder answer = new HoldingsAnswer.Builder();
      var digest =
          own.digestAfter(
              HoldingsCursor.parse(question.digestAfter().orElseThrow()), 1 + random.nextInt(9));
      if (digest.isNewsAfter(question.digestAfter().get())) {
        answer.digest(digest);
      }
      for (int i = 0; i < question.editions().size(); i++) {
        if (random.nextInt(5) == 0) {
          continue; // no room for it this time
        }
        HoldingsQuestion.OfEdition of = question.editions().get(i);
        Edition film =
            films.stream().filter(f -> f.id().equals(of.edition())).findFirst().orElseThrow();
        var blocks =
            own.blocksAfter(
                film, of.size(), HoldingsCursor.parse(of.after()), 1 + random.nextInt(20));
        if (blocks.orElseThrow().isNewsAfter(of.after())) {
          answer.blocks(i, blocks.get());
        }
      }
      return answer.build();
    }

    private void goAndComeBack(int film) {
      RoaringBitmap all = truth.get(film).clone();
      ByteRange whole = new ByteRange(0, films.get(film).lengthBytes() - 1);
      truth.get(film).clear();
      own.gone(holding(film), whole);
      truth.get(film).or(all);
      own.counted(holding(film), held(film));
    }

    /** Nothing happens any more; then everything is known. */
    void quiet() throws Exception {
      timers.pass(Duration.ofSeconds(40)); // nothing lingers
      for (int film : doubted) { // until there is news of them
        count(film);
        goAndComeBack(film);
      }
      int silent = 0;
      for (int asked = 0; silent < 30; asked++) { // an answer may leave out every edition by chance
        silent = ask(false) ? 0 : silent + 1;
        assertThat(asked).as("questions until all is told").isLessThan(5_000);
      }
      Subscriptions.Asked asked = asker.next(HoldingsLink.WAIT);
      assertThat(own.changedAfter(standing(asked))).isNotDone();
      for (int film = 0; film < FILMS; film++) {
        isKnown(films.get(film), held(film));
      }
    }

    private static Standing standing(Subscriptions.Asked asked) {
      List<Standing.OfEdition> editions = new ArrayList<>();
      for (int i = 0; i < asked.editions().size(); i++) {
        HoldingsQuestion.OfEdition of = asked.question().editions().get(i);
        editions.add(
            new Standing.OfEdition(
                asked.editions().get(i), of.size(), HoldingsCursor.parse(of.after())));
      }
      return new Standing(asked.question().digestAfter().map(HoldingsCursor::parse), editions);
    }

    private void isKnown(Edition film, HeldLeaves held) {
      Holding holding = Samples.holding(film, held.bytes());
      assertThat(known.eighths(HOLDER, film.id())).isEqualTo(Eighths.of(holding));
      boolean blocksAreKnown = active.contains(films.indexOf(film)) || holding.isWhole();
      var blocks = held.blocks(size);
      long end = film.lengthBytes();
      for (int block = size.blockCount(end) - 1; block >= 0; block--) {
        if (!blocksAreKnown || !blocks.contains(block)) {
          end = size.start(block);
        }
        assertThat(known.claimedUntil(HOLDER, film, size.start(block))).isEqualTo(end);
      }
    }
  }
}
