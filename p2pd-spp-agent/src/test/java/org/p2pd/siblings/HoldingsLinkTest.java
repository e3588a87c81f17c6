package org.p2pd.siblings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.base.Ticker;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.holdings.BlockNews;
import org.p2pd.holdings.BlockRun;
import org.p2pd.holdings.DigestNews;
import org.p2pd.holdings.DigestRecords;
import org.p2pd.holdings.Eighths;
import org.p2pd.holdings.HandTimers;
import org.p2pd.holdings.KnownHoldings;
import org.p2pd.holdings.Samples;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.NodeId;
import org.p2pd.spp.HoldingsAnswer;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.TestEdition;
import org.p2pd.spp.TestNode;
import org.p2pd.spp.client.ControlRequest;
import org.p2pd.spp.client.Peer;
import org.p2pd.spp.client.ScriptedNode;
import org.p2pd.spp.client.TestSecret;
import org.p2pd.spp.server.Editions;
import org.p2pd.store.HeldLeaves;
import org.p2pd.store.Holding;

/** Two nodes in one process: A on 127.0.0.31 asks B on 127.0.0.32 what B's store holds. */
class HoldingsLinkTest {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final long MIB = 1L << 20;
  private static final String QUESTION = "POST /.spp/v1/holdings";

  private final Map<EditionId, Edition> catalogue = new ConcurrentHashMap<>();
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final TestEdition film = film(1, 30 * 65_536 + 5);
  private final TestEdition other = film(2, 20 * 65_536);
  private @TempDir Path directory;
  private TestNode a;
  private KnownHoldings known;
  private final AtomicLong passedNanos = new AtomicLong();
  private final Ticker time =
      new Ticker() {
        @Override
        public long read() {
          return System.nanoTime() + passedNanos.get();
        }
      };

  @BeforeEach
  void start() throws IOException {
    a = opened(new TestNode.Choice("127.0.0.31", fresh()).start());
    known = new KnownHoldings(a.key.id(), new SecureRandom(), time);
  }

  @AfterEach
  void end() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
    assertThat(known.editionCount()).as("editions claimed by closed links").isZero();
  }

  private <T extends AutoCloseable> T opened(T thing) {
    open.push(thing);
    return thing;
  }

  private Path fresh() throws IOException {
    return Files.createTempDirectory(directory, "node");
  }

  private TestEdition film(long seed, int length) {
    TestEdition film = TestEdition.random(length, seed);
    catalogue.put(film.edition.id(), film.edition);
    return film;
  }

  private Editions.Found find(EditionId id) {
    return Optional.ofNullable(catalogue.get(id))
        .<Editions.Found>map(Editions.Found.Known::new)
        .orElse(new Editions.Found.Unknown());
  }

  /** A holder with a store; its key and port may be those of an earlier life. */
  private TestNode holder(Shelf shelf, NodeKey key, int port) throws IOException {
    TestNode.Choice choice = new TestNode.Choice("127.0.0.32", fresh());
    choice.key = key;
    choice.port = port;
    choice.editions = Optional.of(this::find);
    choice.store = Optional.of(shelf.store);
    return opened(choice.start());
  }

  private TestNode holder(Shelf shelf) throws IOException {
    return holder(shelf, NodeKey.generate(), 0);
  }

  private Shelf shelf(long limitBytes) throws IOException {
    return opened(new Shelf(fresh(), limitBytes));
  }

  private Peer peer(TestNode to) {
    return a.client.peer(to.address(), TestSecret.of(to.secrets));
  }

  private HoldingsLink link(NodeId id, Peer peer) {
    HoldingsLink link =
        opened(
            new HoldingsLink(
                id,
                peer,
                known,
                new HoldingsLink.World(
                    a.timers, a.threads, Ticker.systemTicker(), new Random(7), Shelf.SIZE)));
    link.begin();
    return link;
  }

  private HoldingsLink link(TestNode to) {
    return link(to.key.id(), peer(to));
  }

  private static void awaitThat(BooleanSupplier what) {
    await()
        .atMost(SOON)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(10))
        .until(what::getAsBoolean);
  }

  private void awaitEighths(TestNode holder, TestEdition of, int eighths) {
    awaitThat(() -> known.eighths(holder.key.id(), of.edition.id()) == eighths);
  }

  private void awaitClaim(TestNode holder, TestEdition of, int fromBlock, long until) {
    awaitThat(
        () ->
            known.claimedUntil(holder.key.id(), of.edition, Shelf.SIZE.start(fromBlock)) == until);
  }

  private static long questions(TestNode holder) {
    return holder.transport.requests.stream().filter(QUESTION::equals).count();
  }

  @Nested
  class ASibling {

    @Test
    void tellsWhatItHoldsAndWhatChanges() throws Exception {
      Shelf shelf = shelf(100 * MIB);
      shelf.put(film, 3, 4);
      shelf.putAll(other);
      TestNode b = holder(shelf);
      known.active(film.edition);
      link(b);
      awaitEighths(b, film, 2);
      awaitEighths(b, other, 8);
      assertThat(known.claimedUntil(b.key.id(), other.edition, 5))
          .isEqualTo(other.edition.lengthBytes());
      awaitClaim(b, film, 3, 7 * 65_536);
      shelf.put(film, 7, 2);
      awaitClaim(b, film, 3, 9 * 65_536);
      shelf.put(film, 0, 3);
      shelf.put(film, 9, 22);
      awaitEighths(b, film, 8);
      awaitClaim(b, film, 0, film.edition.lengthBytes());
      TestEdition third = film(3, 70_000);
      shelf.put(third, 1, 1);
      awaitEighths(b, third, 1);
    }

    @Test
    void tellsWhatItEvicts() throws Exception {
      Shelf shelf = shelf(9 * MIB);
      shelf.put(film, 3, 20);
      shelf.putAll(other);
      TestNode b = holder(shelf);
      known.active(film.edition);
      link(b);
      awaitClaim(b, film, 3, 23 * 65_536);
      TestEdition large = film(9, (int) (7 * MIB));
      shelf.putAll(large);
      awaitEighths(b, large, 8);
      awaitThat(
          () ->
              known.eighths(b.key.id(), film.edition.id()) == 0
                  || known.eighths(b.key.id(), other.edition.id()) == 0);
      awaitClaim(b, film, 3, Math.max(3 * 65_536, shelf.store.heldUntil(film.edition, 3 * 65_536)));
      awaitClaim(b, other, 0, shelf.store.heldUntil(other.edition, 0));
    }

    @Test
    void isAskedAboutAnotherEditionAtOnceAndOneQuestionWaits() throws Exception {
      Shelf shelf = shelf(100 * MIB);
      shelf.put(film, 3, 4);
      shelf.put(other, 1, 2);
      TestNode b = holder(shelf);
      TestEdition nowhere = film(3, 70_000);
      link(b);
      awaitEighths(b, film, 2);
      awaitThat(() -> b.holdings.waitingCount() == 1);
      long began = System.nanoTime();
      for (int i = 0; i < 10; i++) {
        known.active(film.edition);
        awaitClaim(b, film, 3, 7 * 65_536);
        known.active(other.edition);
        awaitClaim(b, other, 1, 3 * 65_536);
        known.idle(film.edition);
        known.idle(other.edition);
        passedNanos.addAndGet(Duration.ofMinutes(1).toNanos());
        known.active(nowhere.edition); // it is looked at what is wanted now
        known.idle(nowhere.edition);
        awaitClaim(b, film, 3, 3 * 65_536);
        assertThat(b.holdings.waitingCount()).isLessThanOrEqualTo(2);
      }
      awaitThat(() -> b.holdings.waitingCount() == 1);
      assertThat(b.transport.accepted.get()).isLessThanOrEqualTo(6);
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .as("without waiting for 30 questions to run out")
          .isLessThan(HoldingsLink.WAIT.multipliedBy(15));
    }

    @Test
    void isHeardAgainInAnotherLife() throws Exception {
      Shelf shelf = shelf(100 * MIB);
      shelf.put(film, 3, 4);
      shelf.putAll(other);
      TestNode b = holder(shelf);
      known.active(film.edition);
      link(b);
      awaitEighths(b, other, 8);
      awaitClaim(b, film, 3, 7 * 65_536);
      int port = b.transport.port();
      b.close();
      Shelf later = shelf(100 * MIB);
      later.put(film, 5, 10);
      TestNode again = new Restarted(b, later, port).node;
      awaitClaim(again, film, 5, 15 * 65_536);
      awaitEighths(again, other, 0);
      awaitClaim(again, film, 3, 3 * 65_536);
    }

    /** The same key and secret, another store. */
    private final class Restarted {
      final TestNode node;

      Restarted(TestNode before, Shelf shelf, int port) throws IOException {
        node = holder(shelf, before.key, port);
      }
    }

    @Test
    void tellsTheTruthWhenItsStoreIsBusy() throws Exception {
      Shelf shelf = shelf(12 * MIB);
      List<TestEdition> films = new ArrayList<>(List.of(film, other));
      for (int i = 3; i < 12; i++) {
        films.add(film(i, 300_000 * i));
      }
      TestNode b = holder(shelf);
      films.forEach(one -> known.active(one.edition));
      link(b);
      List<CompletableFuture<Void>> work = new ArrayList<>();
      for (int worker = 0; worker < 3; worker++) {
        Random random = new Random(worker);
        work.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int i = 0; i < 400; i++) {
                    TestEdition one = films.get(random.nextInt(films.size()));
                    int blocks = Shelf.SIZE.blockCount(one.edition.lengthBytes());
                    shelf.tryPut(one, random.nextInt(blocks));
                  }
                }));
      }
      for (CompletableFuture<Void> one : work) {
        one.get(60, TimeUnit.SECONDS);
      }
      assertThat(shelf.store.stats().evictedExtents()).isPositive();
      for (TestEdition one : films) {
        HeldLeaves held = shelf.store.held(one.edition);
        awaitEighths(
            b,
            one,
            Eighths.of(new Holding(one.edition.id(), held.bytes(), one.edition.lengthBytes())));
        int blocks = Shelf.SIZE.blockCount(one.edition.lengthBytes());
        for (int block = 0; block < blocks; block++) {
          awaitClaim(b, one, block, held.heldUntil(Shelf.SIZE.start(block)));
        }
      }
    }

    @Test
    void isHeardThroughConnectionsThatAreCut() throws Exception {
      Shelf shelf = shelf(100 * MIB);
      TestNode b = holder(shelf);
      known.active(film.edition);
      link(b);
      for (int block = 0; block < 31; block++) {
        shelf.put(film, block, 1);
        b.transport.cutConnections();
      }
      awaitEighths(b, film, 8);
      shelf.put(other, 2, 1);
      awaitEighths(b, other, 1);
    }

    @Test
    void thatDoesNotKnowAnEditionIsAskedForTheOthers() throws Exception {
      Shelf shelf = shelf(100 * MIB);
      shelf.put(film, 3, 4);
      shelf.put(other, 1, 2);
      catalogue.remove(other.edition.id());
      TestNode b = holder(shelf);
      known.active(other.edition);
      known.active(film.edition);
      link(b);
      awaitClaim(b, film, 3, 7 * 65_536);
      awaitEighths(b, other, 1);
      assertThat(known.claimedUntil(b.key.id(), other.edition, 65_536)).isEqualTo(65_536);
      shelf.put(film, 7, 1);
      awaitClaim(b, film, 3, 8 * 65_536);
    }

    @Test
    void thatOffersNoHoldingsIsLeftAlone() throws Exception {
      TestNode server = opened(new TestNode.Choice("127.0.0.33", fresh()).start());
      Peer peer = peer(server);
      link(server.key.id(), peer);
      awaitThat(() -> questions(server) == 1);
      for (int i = 0; i < 20; i++) {
        peer.ask(ControlRequest.get("/node")).get(30, TimeUnit.SECONDS);
      }
      assertThat(questions(server)).isEqualTo(1);
      assertThat(known.editionCount()).isZero();
    }

    @Test
    void thatIsAboutToStopClaimsNothingAnyMore() throws Exception {
      Shelf shelf = shelf(100 * MIB);
      shelf.putAll(other);
      TestNode b = holder(shelf);
      link(b);
      awaitEighths(b, other, 8);
      awaitThat(() -> b.holdings.waitingCount() == 1);
      b.node.drain();
      awaitEighths(b, other, 0);
      assertThat(b.holdings.waitingCount()).isZero();
      assertThat(peer(b).ask(ControlRequest.get("/node")).get(30, TimeUnit.SECONDS))
          .isInstanceOf(org.p2pd.spp.client.Reply.Answer.class);
    }
  }

  @Nested
  class Closed {

    @Test
    void linksClaimNothingAndAskNothing() throws Exception {
      Shelf shelf = shelf(100 * MIB);
      shelf.putAll(other);
      TestNode b = holder(shelf);
      Peer peer = peer(b);
      HoldingsLink link = link(b.key.id(), peer);
      awaitEighths(b, other, 8);
      awaitThat(() -> b.holdings.waitingCount() == 1);
      link.close();
      assertThat(known.eighths(b.key.id(), other.edition.id())).isZero();
      shelf.put(film, 0, 1); // ends the wait: the answer finds nobody
      awaitThat(() -> b.holdings.waitingCount() == 0);
      long asked = questions(b);
      for (int i = 0; i < 20; i++) {
        peer.ask(ControlRequest.get("/node")).get(30, TimeUnit.SECONDS);
      }
      assertThat(questions(b)).isEqualTo(asked);
      assertThat(known.editionCount()).isZero();
    }

    @Test
    void loopsEndTheLink() throws Exception {
      Shelf shelf = shelf(100 * MIB);
      shelf.putAll(other);
      TestNode b = holder(shelf);
      link(b);
      awaitEighths(b, other, 8);
      a.timers.shutdownNow();
      known.active(film.edition);
      assertThat(known.editionCount()).isZero();
    }
  }

  /** Says what a script says, and counts how often it was asked. */
  private final class Enemy {
    final AtomicInteger asked = new AtomicInteger();
    final CompletableFuture<Long> sixthNanos = new CompletableFuture<>();
    final ScriptedNode node;
    final long begunNanos;

    Enemy(Answering answering) throws IOException {
      node =
          opened(
              new ScriptedNode(
                  exchange -> {
                    int number = asked.incrementAndGet();
                    if (number == 6) {
                      sixthNanos.complete(System.nanoTime());
                    }
                    answering.answer(number, exchange);
                  }));
      begunNanos = System.nanoTime();
      link(node.id(), a.client.peer(node.address(), TestSecret.of(node.secret)));
    }

    /** There were five pauses before the sixth question, whatever else took time. */
    void isNotAskedInALoop() throws Exception {
      assertThat(Duration.ofNanos(sixthNanos.get(60, TimeUnit.SECONDS) - begunNanos))
          .isGreaterThanOrEqualTo(HoldingsLink.LEAST_PAUSE.multipliedBy(5));
    }
  }

  private interface Answering {
    void answer(int number, ScriptedNode.Exchange exchange) throws IOException;
  }

  private static void say(ScriptedNode.Exchange exchange, HoldingsAnswer.Builder answer)
      throws IOException {
    exchange.signed(200, new LinkedHashMap<>(), answer.build());
  }

  private static HoldingsAnswer.Builder digest(
      boolean anew, boolean more, Stream<Edition> editions, int eighths) {
    List<Edition> all = editions.toList();
    DigestRecords.Builder records = new DigestRecords.Builder(all.size());
    all.forEach(edition -> records.add(Samples.key(edition), eighths));
    return new HoldingsAnswer.Builder().digest(new DigestNews(anew, more, "c", records.build()));
  }

  private HoldingsAnswer.Builder holdsTheFilm() {
    return digest(true, false, Stream.of(film.edition), 4);
  }

  @Nested
  class AnEnemy {

    @Test
    void thatAnswersAtOnceIsNotAskedInALoop() throws Exception {
      Enemy enemy = new Enemy((number, exchange) -> exchange.signed(204, Map.of(), new byte[0]));
      enemy.isNotAskedInALoop();
    }

    @Test
    void whoseNewsNeverEndIsNotAskedInALoop() throws Exception {
      Enemy enemy =
          new Enemy(
              (number, exchange) ->
                  say(exchange, digest(number == 1, false, Stream.of(film.edition), number % 8)));
      enemy.isNotAskedInALoop();
    }

    @Test
    void withADigestThatNeverEndsIsNotBelieved() throws Exception {
      AtomicInteger pages = new AtomicInteger();
      Random random = new Random(5);
      Enemy enemy =
          new Enemy(
              (number, exchange) -> {
                if (number > 1 && pages.get() == 0) {
                  exchange.signed(204, Map.of(), new byte[0]);
                  return;
                }
                DigestRecords.Builder records = new DigestRecords.Builder(60_000);
                for (int i = 0; i < 60_000; i++) {
                  records.add(random.nextLong(), 8);
                }
                boolean first = pages.getAndIncrement() == 0;
                say(
                    exchange,
                    new HoldingsAnswer.Builder()
                        .digest(new DigestNews(first, true, "c", records.build())));
              });
      int most = KnownHoldings.MOST_EDITIONS / 60_000 + 1;
      awaitThat(() -> pages.get() == most);
      awaitThat(() -> known.editionCount() == 0);
      assertThat(enemy.asked).hasValue(most);
    }

    @Test
    void withBlocksThatNeverEndIsNotBelieved() throws Exception {
      known.active(film.edition);
      BlockNews again = new BlockNews(false, true, "c", List.of(new BlockRun(true, 0, 1)));
      Enemy enemy =
          new Enemy(
              (number, exchange) -> {
                if (!asksForBlocks(exchange)) {
                  say(exchange, holdsTheFilm());
                  return;
                }
                BlockNews first = new BlockNews(true, true, "c", List.of(new BlockRun(true, 0, 1)));
                boolean begins = asked(exchange).equals("0");
                say(exchange, new HoldingsAnswer.Builder().blocks(0, begins ? first : again));
              });
      awaitThat(() -> enemy.asked.get() >= 3);
      awaitThat(() -> known.editionCount() == 0);
    }

    @Test
    void whoseAnswersMakeNoSenseIsNotBelieved() throws Exception {
      List<byte[]> rot =
          List.of(
              new byte[] {0, 1, 1, '0', 0x7f, -1, -1, -1},
              new byte[] {9, 1, 1, '0', 0, 0, 0, 0},
              new byte[] {1});
      for (byte[] body : rot) {
        Enemy enemy =
            new Enemy(
                (number, exchange) -> {
                  if (number == 1) {
                    say(exchange, holdsTheFilm());
                  } else {
                    exchange.signed(200, new LinkedHashMap<>(), body);
                  }
                });
        awaitThat(() -> enemy.asked.get() == 2);
        awaitThat(() -> known.eighths(enemy.node.id(), film.edition.id()) == 0);
        assertThat(enemy.asked).hasValue(2);
      }
    }

    @Test
    void whoseAnswerIsTooLongIsCutOff() throws Exception {
      Enemy enemy =
          new Enemy(
              (number, exchange) -> {
                if (number == 1) {
                  say(exchange, holdsTheFilm());
                } else {
                  exchange.signed(200, new LinkedHashMap<>(), new byte[(int) MIB + 1]);
                }
              });
      awaitThat(() -> enemy.asked.get() >= 3);
      // It is as if it had not answered: what it said before goes on to count.
      assertThat(known.eighths(enemy.node.id(), film.edition.id())).isEqualTo(4);
    }

    @Test
    void thatAnswersAReplacedQuestionLateIsAskedWhatIsWantedSince() throws Exception {
      TestEdition third = film(3, 10 * 65_536);
      List<Edition> films = List.of(film.edition, other.edition, third.edition);
      known.active(film.edition);
      CountDownLatch replaced = new CountDownLatch(1);
      CountDownLatch over = new CountDownLatch(1);
      AtomicInteger asked = new AtomicInteger();
      ScriptedNode node =
          opened(
              new ScriptedNode(
                  exchange -> {
                    switch (asked.incrementAndGet()) {
                      case 1 -> say(exchange, digest(true, false, films.stream(), 4));
                      case 2 -> answerAfter(replaced, exchange);
                      default -> answerAfter(over, exchange);
                    }
                  }));
      Peer peer = a.client.peer(node.address(), TestSecret.of(node.secret));
      HandTimers hand = new HandTimers();
      HoldingsLink.World world =
          new HoldingsLink.World(hand, Runnable::run, hand.ticker(), new Random(7), Shelf.SIZE);
      opened(new HoldingsLink(node.id(), peer, known, world)).begin();
      hand.pass(Duration.ofSeconds(1));
      awaitThat(() -> hand.pending() > 0); // the digest
      hand.pass(Duration.ofSeconds(1));
      awaitThat(() -> asked.get() == 2); // about the film
      known.active(other.edition);
      hand.pass(Duration.ofSeconds(1));
      awaitThat(() -> asked.get() == 3); // about two: two questions are open
      known.active(third.edition);
      hand.pass(Duration.ofSeconds(1)); // there is no room for a third
      replaced.countDown();
      awaitThat(() -> hand.pending() > 0);
      hand.pass(Duration.ofSeconds(1));
      awaitThat(() -> asked.get() == 4);
      over.countDown();
    }

    private void answerAfter(CountDownLatch latch, ScriptedNode.Exchange exchange)
        throws IOException {
      Uninterruptibles.awaitUninterruptibly(latch);
      exchange.signed(204, Map.of(), new byte[0]);
    }

    @Test
    void thatIsAnotherNodeThanItShouldIsNotBelieved() throws Exception {
      AtomicInteger answered = new AtomicInteger();
      ScriptedNode node =
          opened(
              new ScriptedNode(
                  exchange -> {
                    answered.incrementAndGet();
                    say(exchange, holdsTheFilm());
                  }));
      NodeId believed = Samples.node(5);
      Peer peer = a.client.peer(node.address(), TestSecret.of(node.secret));
      link(believed, peer);
      awaitThat(() -> answered.get() == 1);
      peer.ask(ControlRequest.get("/node")).get(30, TimeUnit.SECONDS);
      assertThat(known.eighths(believed, film.edition.id())).isZero();
      assertThat(known.eighths(node.id(), film.edition.id())).isZero();
    }

    private boolean asksForBlocks(ScriptedNode.Exchange exchange) {
      return !json(exchange, 32).isEmpty();
    }

    /** The cursor for the first edition. */
    private String asked(ScriptedNode.Exchange exchange) {
      try {
        return json(exchange, 32).get(0).text("after", 80);
      } catch (org.p2pd.spp.MalformedException e) {
        throw new AssertionError(e);
      }
    }

    private List<JsonBody> json(ScriptedNode.Exchange exchange, int most) {
      try {
        return JsonBody.parse(exchange.body).optionalObjects("editions", most);
      } catch (org.p2pd.spp.MalformedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
