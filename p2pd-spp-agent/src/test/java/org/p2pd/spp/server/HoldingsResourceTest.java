package org.p2pd.spp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.holdings.Samples.edition;
import static org.p2pd.holdings.Samples.holding;
import static org.p2pd.holdings.Samples.leafRange;

import com.google.common.base.Ticker;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.holdings.OwnHoldings;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Edition;
import org.p2pd.spp.HoldingsAnswer;
import org.p2pd.spp.HoldingsAnswer.Part;
import org.p2pd.spp.HoldingsQuestion;
import org.p2pd.spp.Introductions;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.TestContent;
import org.p2pd.spp.server.SppService.Answer;
import org.p2pd.store.HeldLeaves;

/** {@code POST holdings}, without a network. */
class HoldingsResourceTest {

  private static final Duration LONG = Duration.ofSeconds(55);

  private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1);
  private final Secret secret = Secret.random(new SecureRandom());
  private final Edition film = edition(1, 1_000_000);
  private final OwnHoldings own =
      new OwnHoldings(
          HeldLeaves::none,
          OwnHoldings.Bounds.STANDARD,
          timers,
          new SecureRandom(),
          Ticker.systemTicker());
  private @TempDir Path directory;
  private SppNode node;
  private Asker asker;

  @BeforeEach
  void start() throws Exception {
    node = node(Optional.of(own));
    asker = new Asker(node).standing(secret);
  }

  private SppNode node(Optional<OwnHoldings> holdings) {
    NodeKey key = NodeKey.generate();
    Editions editions =
        id -> id.equals(film.id()) ? new Editions.Found.Known(film) : new Editions.Found.Unknown();
    return SppNode.of(
        new NodeParts(
            new NodeParts.Self(key, NodeFacts.Role.CACHE, false, "x"),
            new NodeParts.Trust(
                Secrets.given(List.of(secret)), new Introductions(key), (h, p, c, i) -> null),
            new NodeParts.Supply(
                new TestContent(directory),
                editions,
                ProofSource.none(),
                Optional.empty(),
                holdings,
                Optional.empty(),
                GroupDirectory.NONE),
            (by, report) -> {},
            new NodeParts.World(
                timers, Runnable::run, Runnable::run, Ticker.systemTicker(), new SecureRandom())));
  }

  @AfterEach
  void nothingIsLeft() {
    node.close();
    own.close();
    assertThat(own.waitingCount()).isZero();
    assertThat(timers.getQueue().stream().filter(task -> !isCancelled(task))).isEmpty();
    timers.shutdownNow();
  }

  private static boolean isCancelled(Runnable task) {
    return ((java.util.concurrent.Future<?>) task).isCancelled();
  }

  private static HoldingsQuestion digest(Duration waits, String after) {
    return new HoldingsQuestion(waits, Optional.of(after), List.of());
  }

  private static HoldingsQuestion blocks(Duration waits, Edition of, String after) {
    return new HoldingsQuestion(
        waits,
        Optional.empty(),
        List.of(new HoldingsQuestion.OfEdition(of.id(), BlockSize.DEFAULT, after)));
  }

  private CompletableFuture<Answer> ask(Asker by, HoldingsQuestion question) {
    return node.answer(by.signed("POST", "/holdings", Map.of(), question.toJson().toBytes()))
        .toCompletableFuture();
  }

  private Answer.Control get(CompletableFuture<Answer> answer) throws Exception {
    return (Answer.Control) answer.get(60, TimeUnit.SECONDS);
  }

  private Part only(HoldingsQuestion question, Answer.Control answer, Edition... editions)
      throws Exception {
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers()).containsEntry(SppHeaders.CONTENT_TYPE, SppHeaders.HOLDINGS);
    List<Part> parts = HoldingsAnswer.parse(answer.body(), question, List.of(editions));
    assertThat(parts).hasSize(1);
    return parts.get(0);
  }

  private String digestCursor() throws Exception {
    HoldingsQuestion all = digest(LONG, "0");
    return ((Part.Digest) only(all, get(ask(asker, all)))).news().next();
  }

  @Test
  void answersABeginnerAtOnce() throws Exception {
    HoldingsQuestion all = digest(LONG, "0");
    Part.Digest digest = (Part.Digest) only(all, get(ask(asker, all)));
    assertThat(digest.news().anew()).isTrue();
    HoldingsQuestion ofFilm = blocks(LONG, film, "0");
    Part.Blocks blocks = (Part.Blocks) only(ofFilm, get(ask(asker, ofFilm)), film);
    assertThat(blocks.news().anew()).isTrue();
  }

  @Test
  void waitsForNewsOfWhatWasAsked() throws Exception {
    HoldingsQuestion begins = blocks(LONG, film, "0");
    String cursor = ((Part.Blocks) only(begins, get(ask(asker, begins)), film)).news().next();
    HoldingsQuestion question = blocks(LONG, film, cursor);
    CompletableFuture<Answer> waiting = ask(asker, question);
    own.found(holding(edition(9, 5), 5));
    assertThat(waiting).isNotDone();
    own.held(holding(film, 65_536), leafRange(film, 4, 7));
    Part.Blocks news = (Part.Blocks) only(question, get(waiting), film);
    assertThat(news.news().runs()).hasSize(1);
  }

  @Test
  void waitsNoLongerThanItMay() throws Exception {
    String cursor = digestCursor();
    Answer.Control nothing = get(ask(asker, digest(Duration.ofSeconds(1), cursor)));
    assertThat(nothing.status()).isEqualTo(204);
    assertThat(nothing.headers()).containsKey(SppHeaders.MAC);
    assertThat(get(ask(asker, digest(Duration.ZERO, cursor))).status()).isEqualTo(204);
  }

  @Test
  void letsOneQuestionOfASessionWait() throws Exception {
    String cursor = digestCursor();
    Asker another = new Asker(node).standing(secret);
    CompletableFuture<Answer> others = ask(another, digest(LONG, cursor));
    CompletableFuture<Answer> before = ask(asker, digest(LONG, cursor));
    for (int i = 0; i < 300; i++) {
      CompletableFuture<Answer> next = ask(asker, digest(LONG, cursor));
      assertThat(get(before).status()).isEqualTo(204);
      assertThat(next).isNotDone();
      before = next;
    }
    assertThat(own.waitingCount()).isEqualTo(2);
    assertThat(get(ask(asker, digest(Duration.ZERO, cursor))).status()).isEqualTo(204);
    assertThat(get(before).status()).isEqualTo(204);
    assertThat(others).isNotDone();
    assertThat(own.waitingCount()).isEqualTo(1);
  }

  @Test
  void letsNoMoreWaitThanMay() throws Exception {
    String cursor = digestCursor();
    List<CompletableFuture<Answer>> waiting = new ArrayList<>();
    List<Asker> askers = new ArrayList<>();
    for (int i = 0; i < SppLimits.MAX_WAITING_FOR_NEWS; i++) {
      Asker by = new Asker(node).standing(secret);
      askers.add(by);
      waiting.add(ask(by, digest(LONG, cursor)));
    }
    assertThat(waiting).noneMatch(CompletableFuture::isDone);
    Asker late = new Asker(node).standing(secret); // instead of the session used the longest ago
    Answer refused = get(ask(late, digest(LONG, cursor)));
    assertThat(Asker.error(refused)).isEqualTo("503 busy");
    assertThat(own.waitingCount()).isEqualTo(SppLimits.MAX_WAITING_FOR_NEWS);
    assertThat(get(ask(late, digest(Duration.ZERO, cursor))).status()).isEqualTo(204);
    Asker last = askers.get(askers.size() - 1);
    assertThat(ask(last, digest(LONG, cursor))).as("instead of its own").isNotDone();
    assertThat(get(waiting.get(waiting.size() - 1)).status()).isEqualTo(204);
    assertThat(get(ask(last, digest(Duration.ZERO, cursor))).status()).isEqualTo(204);
    assertThat(ask(late, digest(LONG, cursor))).as("its place is free").isNotDone();
  }

  @Test
  void saysThatItTellsNothingOfAnEditionThatItDoesNotKnow() throws Exception {
    Edition unknown = edition(2, 5);
    HoldingsQuestion question = blocks(LONG, unknown, "0");
    assertThat(only(question, get(ask(asker, question)), unknown)).isEqualTo(new Part.Untold(0));
  }

  @Test
  void endsAllWaitingWhenItIsAboutToStop() throws Exception {
    String cursor = digestCursor();
    CompletableFuture<Answer> waiting = ask(asker, digest(LONG, cursor));
    node.drain();
    assertThat(Asker.error(get(waiting))).isEqualTo("503 closing");
    assertThat(Asker.error(get(ask(asker, digest(LONG, cursor))))).isEqualTo("503 closing");
    assertThat(asker.get("/node").status()).isEqualTo(200);
  }

  @Test
  void endsAllWaitingWhenItStops() throws Exception {
    CompletableFuture<Answer> waiting = ask(asker, digest(LONG, digestCursor()));
    node.close();
    assertThat(Asker.error(get(waiting))).isEqualTo("503 closing");
  }

  @Test
  void isOfferedByCachesOnly() throws Exception {
    SppNode server = node(Optional.empty());
    Asker by = new Asker(server).standing(secret);
    byte[] body = digest(LONG, "0").toJson().toBytes();
    assertThat(Asker.error(by.ask("POST", "/holdings", Map.of(), body)))
        .isEqualTo("404 unknown-resource");
    server.close();
  }

  @Test
  void refusesWhatIsNoQuestion() throws Exception {
    assertThat(Asker.error(asker.get("/holdings"))).isEqualTo("405 bad-method");
    assertThat(Asker.error(asker.ask("POST", "/holdings", Map.of(), new byte[] {'{', '}'})))
        .isEqualTo("400 bad-request");
    assertThat(Asker.error(asker.ask("POST", "/holdings", Map.of(), new byte[] {7})))
        .isEqualTo("400 bad-request");
  }
}
