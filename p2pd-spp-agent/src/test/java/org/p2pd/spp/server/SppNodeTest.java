package org.p2pd.spp.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.catalogue.CatalogueFeed;
import org.p2pd.catalogue.Cursor;
import org.p2pd.catalogue.Position;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.fetch.FetchConfig;
import org.p2pd.identity.NodeKey;
import org.p2pd.identity.PublicKey;
import org.p2pd.spp.Handshake;
import org.p2pd.spp.Introductions;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.Octets;
import org.p2pd.spp.Secret;
import org.p2pd.spp.SecretMessages;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.TestContent;
import org.p2pd.spp.TestEdition;
import org.p2pd.spp.server.SppService.Answer;
import org.p2pd.spp.server.SppService.Request;

/** The answering half without a network. */
class SppNodeTest {

  private final NodeKey key = NodeKey.generate();
  private final Secret secret = Secret.random(new SecureRandom());
  private final AtomicLong nanos = new AtomicLong(-5_000_000_000L);
  private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1);
  private final Feed feed = new Feed();
  private @TempDir Path directory;
  private Secrets secrets = Secrets.derived(secret);
  private TestContent content;
  private Introductions introductions;
  private DialBack dialBack = (address, port, path, introduction) -> nothing();
  private SppNode node;
  private Asker asker;

  @BeforeEach
  void start() {
    timers.setRemoveOnCancelPolicy(true);
    content = new TestContent(directory);
    introductions = new Introductions(key);
    restart();
  }

  private void restart() {
    restart(true);
  }

  private void restart(boolean share) {
    node =
        SppNode.of(
            new NodeParts(
                new NodeParts.Self(key, NodeFacts.Role.SERVER, share, "x"),
                new NodeParts.Trust(
                    secrets, introductions, (a, port, path, i) -> dialBack.dial(a, port, path, i)),
                NodeParts.Supply.alone(content, content, ProofSource.none(), Optional.of(feed)),
                (by, report) -> {},
                new NodeParts.World(
                    timers, Runnable::run, Runnable::run, ticker(), new SecureRandom())));
    asker = new Asker(node);
  }

  @AfterEach
  void end() {
    node.close();
    timers.shutdownNow();
  }

  private static CompletionStage<Optional<SecretMessages.Introduced>> nothing() {
    return CompletableFuture.completedFuture(Optional.empty());
  }

  private Ticker ticker() {
    return new Ticker() {
      @Override
      public long read() {
        return nanos.get();
      }
    };
  }

  private void passes(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Nested
  class Sessions {

    @Test
    void areOfUseWhenTheyWereConfirmed() throws Exception {
      asker.open(secret);
      assertThat(Asker.error(asker.get("/node"))).isEqualTo("401 unconfirmed-session");
      assertThat(asker.confirm().status()).isEqualTo(204);
      assertThat(asker.get("/node").status()).isEqualTo(200);
      assertThat(asker.confirm().status()).isEqualTo(204);
    }

    @Test
    void areForgottenWhenTheSignatureIsNotTheKeys() throws Exception {
      asker.open(secret);
      assertThat(Asker.error(asker.confirm(Octets.of(new byte[64]))))
          .isEqualTo("401 bad-signature");
      assertThat(Asker.error(asker.confirm())).isEqualTo("401 unknown-session");
    }

    @Test
    void areForgottenWhenTheyWereNotConfirmedInTime() throws Exception {
      asker.open(secret);
      passes(SppLimits.CONFIRM_WITHIN.plusMillis(1));
      assertThat(Asker.error(asker.confirm())).isEqualTo("401 unknown-session");
    }

    @Test
    void areForgottenWhenTheyWereNotUsedForTenMinutes() throws Exception {
      asker.standing(secret);
      passes(SppLimits.SESSION_IDLE);
      assertThat(asker.get("/node").status()).isEqualTo(200);
      passes(SppLimits.SESSION_IDLE.plusMillis(1));
      assertThat(Asker.error(asker.get("/node"))).isEqualTo("401 unknown-session");
    }

    @Test
    void thatWaitForConfirmationAreBounded() throws Exception {
      for (int i = 0; i < SppLimits.MAX_UNCONFIRMED_OF_ADDRESS; i++) {
        assertThat(asker.open(secret).status()).isEqualTo(200);
      }
      assertThat(Asker.error(asker.open(secret))).isEqualTo("429 too-many");
      for (int host = 1; host < 8; host++) {
        asker.from = Asker.address("10.0.0." + host);
        for (int i = 0; i < SppLimits.MAX_UNCONFIRMED_OF_ADDRESS; i++) {
          assertThat(asker.open(secret).status()).isEqualTo(200);
        }
      }
      asker.from = Asker.address("10.0.0.99");
      assertThat(Asker.error(asker.open(secret))).isEqualTo("429 too-many");
      passes(SppLimits.CONFIRM_WITHIN.plusMillis(1));
      assertThat(asker.open(secret).status()).isEqualTo(200);
    }

    @Test
    void withAnotherSecretAreRefused() throws Exception {
      Secret other = Secret.random(new SecureRandom());
      assertThat(Asker.error(asker.open(other))).isEqualTo("401 wrong-secret");
      assertThat(JsonBody.parse(asker.open(other).body()).text("message", 1_000))
          .contains("p2pd secret FILE");
    }

    @Test
    void endWithTheNode() throws Exception {
      asker.standing(secret);
      node.close();
      assertThat(Asker.error(asker.get("/node"))).isEqualTo("503 closing");
    }
  }

  @Nested
  class TheGate {

    @Test
    void refusesAReplay() throws Exception {
      asker.standing(secret);
      Request request = asker.signed("GET", "/node", Map.of(), new byte[0]);
      assertThat(asker.send(request).status()).isEqualTo(200);
      Answer again = asker.send(request);
      assertThat(Asker.error(again)).isEqualTo("401 replay");
      assertThat(again.headers()).doesNotContainKey(SppHeaders.MAC);
    }

    @Test
    void refusesAnyChange() throws Exception {
      asker.standing(secret);
      byte[] body = "{}".getBytes(StandardCharsets.UTF_8);
      Request good = asker.signed("POST", "/reports", Map.of("SPP-Future", "a"), body);
      List<Request> spoiled =
          List.of(
              with(good, "GET", good.path(), good.query(), good.headers(), body),
              with(good, "POST", "/node", good.query(), good.headers(), body),
              with(good, "POST", good.path(), "a=b", good.headers(), body),
              with(good, "POST", good.path(), "", changed(good, "spp-future", "b"), body),
              with(good, "POST", good.path(), "", changed(good, "spp-other", "b"), body),
              with(good, "POST", good.path(), "", changed(good, "range", "b"), body),
              with(good, "POST", good.path(), "", changed(good, "spp-counter", "77"), body),
              with(good, "POST", good.path(), "", good.headers(), new byte[] {'{', ' ', '}'}));
      for (Request request : spoiled) {
        Answer answer = asker.send(request);
        assertThat(Asker.error(answer)).isEqualTo("401 bad-mac");
        assertThat(answer.headers()).doesNotContainKey(SppHeaders.MAC);
      }
      assertThat(Asker.error(asker.send(good))).as("none took its counter").startsWith("400");
    }

    private Request with(
        Request request,
        String method,
        String path,
        String query,
        Map<String, List<String>> headers,
        byte[] body) {
      return new Request(method, path, query, headers, request.peer(), request.local(), body);
    }

    private Map<String, List<String>> changed(Request request, String name, String value) {
      Map<String, List<String>> headers = new TreeMap<>(request.headers());
      headers.put(name, List.of(value));
      return headers;
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "Forwarded",
          "Via",
          "X-Forwarded-For",
          "x-forwarded-proto",
          "X-Forwarded-Anything",
          "X-Real-IP",
          "Origin"
        })
    void letsNothingThroughAProxy(String header) throws Exception {
      asker.standing(secret);
      asker.extra.put(header, "x");
      assertThat(Asker.error(asker.get("/node"))).isEqualTo("403 through-a-proxy");
      assertThat(Asker.error(asker.open(secret))).isEqualTo("403 through-a-proxy");
      assertThat(Asker.error(asker.post("/secret", new byte[0]))).isEqualTo("403 through-a-proxy");
    }

    @Test
    void takesJsonOnlyWhereItIsSaidToBe() throws Exception {
      asker.extra.put(SppHeaders.CONTENT_TYPE, "text/plain");
      assertThat(Asker.error(asker.open(secret))).isEqualTo("400 bad-request");
      asker.extra.put(SppHeaders.CONTENT_TYPE, "application/json; charset=utf-8");
      assertThat(asker.open(secret).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
      "PUT, /node, '405 bad-method'",
      "POST, /catalogue?after=0&wait=0, '405 bad-method'",
      "GET, /reports, '405 bad-method'",
      "DELETE, /editions/x, '405 bad-method'",
      "GET, /editions/x, '400 bad-request'",
      "GET, /editions/, '400 bad-request'",
      "GET, /members, '400 bad-request'",
      "GET, /moods, '404 unknown-resource'",
      "GET, /members?as=parent, '400 bad-request'",
      "GET, /members?as=child, '404 unknown-resource'",
      "GET, /members?as=sibling, '404 no-group'",
      "POST, /members?as=sibling, '405 bad-method'",
      "GET, /leases/x/1, '404 unknown-resource'",
      "GET, '/catalogue?after=0', '400 bad-request'",
      "GET, '/catalogue?after=0&wait=56', '400 bad-request'",
      "GET, '/catalogue?after=0&after=1&wait=0', '400 bad-request'",
      "GET, '/catalogue?after=-1&wait=0', '400 bad-request'"
    })
    void namesWhatIsWrong(String method, String target, String error) throws Exception {
      asker.standing(secret);
      Answer answer = asker.ask(method, target, Map.of(), new byte[0]);
      assertThat(Asker.error(answer)).isEqualTo(error);
      assertThat(answer.headers()).containsKey(SppHeaders.MAC);
    }

    @Test
    void refusesMoreOpenRequestsThanASessionMayHave() throws Exception {
      asker.standing(secret);
      feed.wait = true;
      List<CompletableFuture<Answer>> waiting = new ArrayList<>();
      for (int i = 0; i < SppLimits.MAX_OPEN_REQUESTS; i++) {
        waiting.add(
            node.answer(asker.signed("GET", "/catalogue?after=1.1&wait=55", Map.of(), new byte[0]))
                .toCompletableFuture());
      }
      assertThat(waiting).noneMatch(CompletableFuture::isDone);
      assertThat(Asker.error(asker.get("/node"))).isEqualTo("429 too-many");
      feed.news();
      assertThat(waiting).allMatch(CompletableFuture::isDone);
      assertThat(asker.get("/node").status()).isEqualTo(200);
    }

    @Test
    void survivesRandomRequests() throws Exception {
      asker.standing(secret);
      Random random = new Random(5);
      String[] methods = {"GET", "HEAD", "POST", "", "é"};
      String[] paths = {
        "",
        "/",
        "/session",
        "/session/confirm",
        "/secret",
        "/introduction",
        "/node",
        "/reports",
        "/catalogue",
        "/editions/" + "A".repeat(43),
        "/editions/..",
        "//node"
      };
      String[] names = {
        "spp-session", "spp-counter", "spp-mac", "range", "spp-block", "spp-path", "content-type"
      };
      String[] values = {
        "",
        "0",
        "1",
        asker.session.toString(),
        "A".repeat(43),
        "bytes=0-1",
        "application/json",
        "\u0000",
        "-1",
        "9".repeat(30)
      };
      for (int i = 0; i < 20_000; i++) {
        Map<String, List<String>> headers = new HashMap<>();
        for (String name : names) {
          int count = random.nextInt(3);
          List<String> several = new ArrayList<>();
          for (int j = 0; j < count; j++) {
            several.add(values[random.nextInt(values.length)]);
          }
          headers.put(name, several);
        }
        byte[] body = new byte[random.nextInt(20)];
        random.nextBytes(body);
        Answer answer =
            asker.send(
                new Request(
                    methods[random.nextInt(methods.length)],
                    paths[random.nextInt(paths.length)],
                    random.nextBoolean() ? "" : values[random.nextInt(values.length)],
                    headers,
                    asker.from,
                    asker.from,
                    body));
        assertThat(answer.status()).isBetween(400, 405);
      }
    }
  }

  @Nested
  class HandingOver {

    private final NodeKey child = NodeKey.generate();
    private final Octets nonce = Octets.random(32, new SecureRandom());
    private final AtomicInteger dialled = new AtomicInteger();

    private byte[] ask() {
      return new SecretMessages.Ask(child.publicKey(), nonce, 8080, "/v").toJson().toBytes();
    }

    private void childAnswers() {
      Introductions atChild = new Introductions(child);
      atChild.await(nonce);
      dialBack =
          (address, port, path, introduction) -> {
            dialled.incrementAndGet();
            assertThat(port).isEqualTo(8080);
            assertThat(path).isEqualTo("/v");
            assertThat(address).isEqualTo(asker.from);
            return CompletableFuture.completedFuture(atChild.answer(introduction));
          };
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "127.0.0.1",
          "10.1.2.3",
          "172.16.0.1",
          "172.31.255.255",
          "192.168.1.1",
          "169.254.3.4",
          "::1",
          "fe80::1",
          "fc00::1",
          "fdff::1",
          "::ffff:10.0.0.1"
        })
    void goesToPrivateAddressesThatAnswer(String address) throws Exception {
      childAnswers();
      asker.from = Asker.address(address);
      Answer.Control answer = asker.post("/secret", ask());
      assertThat(answer.status()).isEqualTo(200);
      SecretMessages.Handover handover =
          SecretMessages.Handover.parse(JsonBody.parse(answer.body()));
      assertThat(handover.secret()).isEqualTo(secret);
      assertThat(
              handover
                  .key()
                  .verify(
                      Handshake.handover(nonce, handover.challenge(), secret),
                      handover.signature().toBytes()))
          .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "8.8.8.8",
          "172.15.0.1",
          "172.32.0.1",
          "11.0.0.1",
          "100.64.0.1",
          "192.167.0.1",
          "0.0.0.0",
          "2001:db8::1",
          "::",
          "fe00::1",
          "fec0::1",
          "64:ff9b::a00:1",
          "::ffff:8.8.8.8"
        })
    void neverGoesElsewhereNorIsAnythingDialled(String address) throws Exception {
      childAnswers();
      asker.from = Asker.address(address);
      assertThat(Asker.error(asker.post("/secret", ask()))).isEqualTo("403 secret-not-given");
      assertThat(dialled).hasValue(0);
    }

    @Test
    void takesTheChildsOwnSignature() throws Exception {
      NodeKey other = NodeKey.generate();
      dialBack =
          (address, port, path, introduction) ->
              CompletableFuture.completedFuture(
                  Optional.of(
                      new SecretMessages.Introduced(
                          Octets.of(
                              other.sign(
                                  Handshake.introduction(
                                      nonce,
                                      introduction.challenge(),
                                      child.publicKey(),
                                      key.publicKey()))))));
      assertThat(Asker.error(asker.post("/secret", ask()))).isEqualTo("403 secret-not-given");
    }

    @Test
    void isNotDoneWithAnOwnersSecret() throws Exception {
      secrets = Secrets.given(List.of(secret));
      restart();
      childAnswers();
      assertThat(Asker.error(asker.post("/secret", ask()))).isEqualTo("403 secret-not-given");
      assertThat(dialled).hasValue(0);
    }

    @Test
    void dialsEightAtOnceAndOnePerAddress() throws Exception {
      List<CompletableFuture<Optional<SecretMessages.Introduced>>> dials = new ArrayList<>();
      dialBack =
          (address, port, path, introduction) -> {
            dials.add(new CompletableFuture<>());
            return dials.get(dials.size() - 1);
          };
      List<CompletableFuture<Answer>> answers = new ArrayList<>();
      for (int host = 1; host <= SppLimits.MAX_DIAL_BACKS; host++) {
        answers.add(asked(Asker.address("10.0.0." + host)));
      }
      assertThat(Asker.error(asked(Asker.address("10.0.0.1")).get())).isEqualTo("429 too-many");
      assertThat(Asker.error(asked(Asker.address("10.0.0.9")).get())).isEqualTo("429 too-many");
      assertThat(dials).hasSize(SppLimits.MAX_DIAL_BACKS);
      dials.forEach(dial -> dial.completeExceptionally(new IllegalStateException("test")));
      for (CompletableFuture<Answer> answer : answers) {
        assertThat(Asker.error(answer.get())).isEqualTo("403 secret-not-given");
      }
      CompletableFuture<Answer> unused = asked(Asker.address("10.0.0.1"));
      assertThat(dials).hasSize(SppLimits.MAX_DIAL_BACKS + 1);
    }

    private CompletableFuture<Answer> asked(InetAddress from) {
      return node.answer(
              new Request(
                  "POST",
                  "/secret",
                  "",
                  Map.of(SppHeaders.CONTENT_TYPE, List.of(SppHeaders.JSON)),
                  from,
                  from,
                  ask()))
          .toCompletableFuture();
    }

    @Test
    void introducesOnlyAsLongAsItWaits() throws Exception {
      byte[] introduction =
          new SecretMessages.Introduce(nonce, nonce, child.publicKey()).toJson().toBytes();
      assertThat(Asker.error(asker.post("/introduction", introduction)))
          .isEqualTo("404 unknown-resource");
      try (Introductions.Wait wait = introductions.await(nonce)) {
        assertThat(wait).isNotNull();
        assertThat(asker.post("/introduction", introduction).status()).isEqualTo(200);
      }
      assertThat(Asker.error(asker.post("/introduction", introduction)))
          .isEqualTo("404 unknown-resource");
    }
  }

  @Nested
  class TheCatalogue {

    @Test
    void isSentAndSigned() throws Exception {
      asker.standing(secret);
      Answer.Control answer = (Answer.Control) asker.get("/catalogue?after=0&wait=0");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(Feed.BATCH);
      assertThat(answer.headers())
          .containsEntry(SppHeaders.NEXT, "1.1")
          .containsEntry(SppHeaders.AUTHORITY, feed.key.toBase64Url())
          .containsEntry(SppHeaders.CONTENT_TYPE, SppHeaders.CATALOGUE);
    }

    @Test
    void isWaitedForNoLongerThanWasAsked() throws Exception {
      asker.standing(secret);
      feed.wait = true;
      Answer answer = asker.get("/catalogue?after=1.1&wait=1");
      assertThat(answer.status()).isEqualTo(204);
      assertThat(answer.headers()).containsEntry(SppHeaders.NEXT, "1.1");
    }

    @Test
    void isToldToSiblingsByANodeThatDoesNotShare() throws Exception {
      restart(false);
      asker.standing(secret);
      Answer.Control answer = (Answer.Control) asked("sibling");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(Feed.BATCH);
      assertThat(answer.headers()).containsEntry(SppHeaders.AUTHORITY, feed.key.toBase64Url());
      for (String other : List.of("child", "other", "", "Sibling", "sibling, child")) {
        assertThat(Asker.error(asked(other))).as(other).isEqualTo("403 not-shared");
      }
      assertThat(Asker.error(asker.get("/catalogue?after=0&wait=0"))).isEqualTo("403 not-shared");
    }

    private Answer asked(String relation) throws Exception {
      return asker.ask(
          "GET", "/catalogue?after=0&wait=0", Map.of(SppHeaders.RELATION, relation), new byte[0]);
    }

    @Test
    void isNotSyncedBeforeThereIsOne() throws Exception {
      asker.standing(secret);
      feed.end = Position.NONE;
      assertThat(Asker.error(asker.get("/catalogue?after=0&wait=0"))).isEqualTo("503 not-synced");
    }

    @Test
    void hearsTheNewestHeaderThatAnAskerHas() throws Exception {
      asker.standing(secret);
      byte[] header = new byte[216];
      header[7] = 1;
      Answer answer =
          asker.ask(
              "GET",
              "/catalogue?after=0&wait=0",
              Map.of(SppHeaders.NEWEST, SppHeaders.bytes(header)),
              new byte[0]);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(feed.heard).isEqualTo(header);
    }

    @Test
    void isWaitedForByNoMoreThanCanBeAnswered() throws Exception {
      feed.wait = true;
      List<CompletableFuture<Answer>> waiting = new ArrayList<>();
      Asker last = asker;
      while (waiting.size() < SppLimits.MAX_WAITING_FOR_NEWS) {
        last = new Asker(node).standing(secret);
        for (int i = 0; i < SppLimits.MAX_OPEN_REQUESTS; i++) {
          waiting.add(waits(last));
        }
      }
      assertThat(waiting).noneMatch(CompletableFuture::isDone);
      Asker other = new Asker(node).standing(secret);
      Answer refused = waits(other).get(30, TimeUnit.SECONDS);
      assertThat(Asker.error(refused)).isEqualTo("503 busy");
      assertThat(refused.headers()).containsKeys(SppHeaders.RETRY_AFTER, SppHeaders.MAC);
      assertThat(other.get("/node").status()).as("all else goes on").isEqualTo(200);
      feed.news();
      assertThat(waiting).allMatch(CompletableFuture::isDone);
      feed.wait = true;
      assertThat(waits(other)).isNotDone();
    }

    private CompletableFuture<Answer> waits(Asker by) {
      return node.answer(by.signed("GET", "/catalogue?after=1.1&wait=55", Map.of(), new byte[0]))
          .toCompletableFuture();
    }

    /** As those of a child that asks and never reads: what it asked for lies on the heap. */
    @Test
    void isSentToASessionTwiceAtATime() throws Exception {
      feed.batches = new byte[SppLimits.MAX_CATALOGUE_BYTES];
      asker.standing(secret);
      Answer.Control first = page(asker);
      Answer.Control second = page(asker);
      assertThat(Asker.error(page(asker))).isEqualTo("503 busy");
      first.whenSent().run();
      first.whenSent().run();
      assertThat(page(asker).status()).isEqualTo(200);
      assertThat(Asker.error(page(asker))).isEqualTo("503 busy");
      second.whenSent().run();
      assertThat(page(asker).status()).isEqualTo(200);
    }

    @Test
    void isOnItsWayInNoMoreBytesThanTheHeapCanBear() throws Exception {
      feed.batches = new byte[SppLimits.MAX_CATALOGUE_BYTES];
      List<Answer.Control> pages = new ArrayList<>();
      while (pages.size() * (long) feed.batches.length < SppLimits.MAX_LARGE_ANSWERS_BYTES) {
        pages.add(page(new Asker(node).standing(secret)));
      }
      assertThat(pages).allMatch(page -> page.status() == 200);
      Asker last = new Asker(node).standing(secret);
      assertThat(Asker.error(page(last))).isEqualTo("503 busy");
      assertThat(last.get("/node").status()).as("what is small goes on").isEqualTo(200);
      pages.get(0).whenSent().run();
      assertThat(page(last).status()).isEqualTo(200);
    }

    @Test
    void isAnOpenRequestUntilItWasSent() throws Exception {
      feed.batches = new byte[SppLimits.MAX_CATALOGUE_BYTES];
      asker.standing(secret);
      Answer.Control page = page(asker);
      feed.wait = true;
      for (int i = 1; i < SppLimits.MAX_OPEN_REQUESTS; i++) {
        assertThat(waits(asker)).isNotDone();
      }
      assertThat(Asker.error(asker.get("/node"))).isEqualTo("429 too-many");
      page.whenSent().run();
      assertThat(asker.get("/node").status()).isEqualTo(200);
    }

    private Answer.Control page(Asker by) throws Exception {
      return (Answer.Control) by.get("/catalogue?after=0&wait=0");
    }

    @Test
    void isWaitedForUntilTheNodeCloses() throws Exception {
      asker.standing(secret);
      feed.wait = true;
      CompletableFuture<Answer> answer =
          node.answer(asker.signed("GET", "/catalogue?after=1.1&wait=55", Map.of(), new byte[0]))
              .toCompletableFuture();
      assertThat(answer).isNotDone();
      node.close();
      assertThat(answer.get().status()).isEqualTo(204);
    }
  }

  @Nested
  class Spans {

    private final TestEdition video = TestEdition.random(1_200_000, 2);

    private Map<String, String> headers(String range, int block) {
      Map<String, String> headers = new TreeMap<>();
      headers.put(SppHeaders.RANGE, range);
      headers.put(SppHeaders.BLOCK, Integer.toString(block));
      headers.put(SppHeaders.URGENCY, "relay");
      headers.put(SppHeaders.RELATION, "sibling");
      headers.put(SppHeaders.PATH, asker.key.id().toString());
      return headers;
    }

    private Answer ask(Map<String, String> headers) throws Exception {
      return asker.ask("GET", "/editions/" + video.edition.id(), headers, new byte[0]);
    }

    @BeforeEach
    void hold() throws Exception {
      content.add(video);
      asker.standing(secret);
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "bytes=0-65535",
          "bytes=0-1048575",
          "bytes=65536-262143",
          "bytes=1048576-1199999",
          "bytes=1179648-1199999"
        })
    void areServed(String range) throws Exception {
      Answer answer = ask(headers(range, 65_536));
      assertThat(answer.status()).isEqualTo(206);
      assertThat(answer).isInstanceOf(Answer.File.class);
      assertThat(answer.headers().get(SppHeaders.CONTENT_RANGE))
          .isEqualTo(range.replace('=', ' ') + "/1200000");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "bytes=0-65534",
          "bytes=1-65535",
          "bytes=65535-0",
          "bytes=0-1200000",
          "bytes=1179648-1245183",
          "bytes=0-",
          "bytes=-5",
          "bytes=0-65535,65536-131071",
          "bytes=00-65535",
          "bytes=0-99999999999999",
          "bytes=0-18446744073709551615",
          "bytes=983040-1114111",
          "bytes=0-1199999",
          "items=0-65535",
          ""
        })
    void areWhatARangeHasToBe(String range) throws Exception {
      assertThat(Asker.error(ask(headers(range, 65_536)))).isEqualTo("416 not-a-span");
    }

    @ParameterizedTest
    @CsvSource({
      "spp-block, 0",
      "spp-block, 8192",
      "spp-block, 65537",
      "spp-block, 2097152",
      "spp-urgency, soon",
      "spp-relation, none",
      "spp-path, x",
      "spp-path, ''",
      "spp-exclude, x"
    })
    void areAskedForInTheRightWords(String name, String value) throws Exception {
      Map<String, String> headers = headers("bytes=0-65535", 65_536);
      headers.put(name, value);
      assertThat(Asker.error(ask(headers))).isEqualTo("400 bad-request");
      headers.remove(name);
      if (!name.equals("spp-exclude")) {
        assertThat(Asker.error(ask(headers))).isEqualTo("400 bad-request");
      }
    }

    @Test
    void areAskedForByTheLastOnThePath() throws Exception {
      Map<String, String> headers = headers("bytes=0-65535", 65_536);
      headers.put(SppHeaders.PATH, NodeKey.generate().id().toString());
      assertThat(Asker.error(ask(headers))).isEqualTo("400 bad-request");
    }

    @Test
    void anEmptyEditionHasNone() throws Exception {
      TestEdition empty = new TestEdition(new byte[0], org.p2pd.model.DigestAlgorithm.SHA_256);
      content.add(empty);
      Answer answer =
          asker.ask(
              "GET", "/editions/" + empty.edition.id(), headers("bytes=0-0", 16_384), new byte[0]);
      assertThat(Asker.error(answer)).isEqualTo("416 not-a-span");
    }

    @Test
    void areNeverFetchedForASibling() throws Exception {
      TestEdition other = TestEdition.random(70_000, 9);
      content.add(other, 0);
      content.provesAll = true;
      content.fetched =
          request -> {
            throw new AssertionError("fetched for a sibling");
          };
      Answer answer =
          asker.ask(
              "GET",
              "/editions/" + other.edition.id(),
              headers("bytes=0-65535", 65_536),
              new byte[0]);
      assertThat(Asker.error(answer)).isEqualTo("404 not-held");
    }

    /** The child would wait for ever: its parent's parent may be away for days. */
    @Test
    void ofWhichNoByteComesInTimeAreNotReady() throws Exception {
      content.fetched = request -> content.new Waiting();
      CompletableFuture<Answer> answer = askedByAChild();
      assertThat(answer).isNotDone();
      timePasses();
      assertThat(Asker.error(answer.get())).isEqualTo("503 not-ready");
      assertThat(content.openStreams).hasValue(0);
    }

    @Test
    void whoseBytesComeInTimeAreNotGivenUpAfterwards() throws Exception {
      List<TestContent.Waiting> opened = new ArrayList<>();
      content.fetched =
          request -> {
            opened.add(content.new Waiting());
            return opened.get(0);
          };
      CompletableFuture<Answer> answer = askedByAChild();
      opened.get(0).comes(new byte[10_000]);
      assertThat(answer.get().status()).isEqualTo(206);
      assertThat(timers.getQueue()).as("time limits").isEmpty();
      ((Answer.Stream) answer.get()).body().close();
      assertThat(content.openStreams).hasValue(0);
    }

    @ParameterizedTest
    @CsvSource({
      "UNAVAILABLE, 503 not-ready",
      "UNREADABLE, 503 not-ready",
      "EDITION_GONE, 410 edition-gone",
      "BUSY, 503 busy",
      "CLOSING, 503 closing",
    })
    void thatCannotBeFetchedSayWhy(ContentFailure failure, String error) throws Exception {
      content.fetched = request -> content.new Failing(failure);
      assertThat(Asker.error(askedByAChild().get())).isEqualTo(error);
      assertThat(content.openStreams).hasValue(0);
    }

    private CompletableFuture<Answer> askedByAChild() {
      TestEdition other = TestEdition.random(70_000, 9);
      content.add(other, 0);
      content.provesAll = true;
      Map<String, String> headers = headers("bytes=0-65535", 65_536);
      headers.put(SppHeaders.RELATION, "child");
      String target = "/editions/" + other.edition.id();
      return node.answer(asker.signed("GET", target, headers, new byte[0])).toCompletableFuture();
    }

    /** All time limits are over. */
    private void timePasses() {
      assertThat(timers.getQueue()).isNotEmpty();
      for (Runnable limit : List.copyOf(timers.getQueue())) {
        assertThat(((Delayed) limit).getDelay(TimeUnit.SECONDS))
            .isLessThan(FetchConfig.DEFAULT_SILENCE.toSeconds());
        limit.run();
      }
    }

    @Test
    void whoseReadingFailsAtOnceEndTheirRequest() throws Exception {
      content.fromFiles = false;
      content.add(video, 0);
      content.provesAll = true;
      content.fetched =
          request -> {
            throw new IllegalStateException("the disk is on fire");
          };
      Map<String, String> headers = headers("bytes=0-65535", 65_536);
      headers.put(SppHeaders.RELATION, "child");
      for (int i = 0; i <= SppLimits.MAX_OPEN_REQUESTS; i++) {
        assertThat(Asker.error(ask(headers))).isEqualTo("503 busy");
      }
    }

    @Test
    void ofAHeadHaveNoBody() throws Exception {
      Answer answer =
          asker.ask(
              "HEAD",
              "/editions/" + video.edition.id(),
              headers("bytes=0-65535", 65_536),
              new byte[0]);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(((Answer.Control) answer).body()).isEmpty();
      assertThat(answer.headers()).containsKeys(SppHeaders.PROOF, SppHeaders.MAC);
    }

    @Test
    void keepTheirHeadBelowTheLimit() throws Exception {
      // The largest heads there are: 64 blocks at the end of a long edition; a MiB of leaves.
      for (int block : new int[] {16_384, 32_768, 1_048_576}) {
        Map<String, String> headers = headers("bytes=0-1048575", block);
        headers.put(SppHeaders.URGENCY, "play-head");
        int length =
            ask(headers).headers().entrySet().stream()
                .mapToInt(h -> h.getKey().length() + h.getValue().length() + 4)
                .sum();
        // A tree of 2^44 bytes has 24 levels above a region; this edition's has one.
        assertThat(length + 23 * 43).isLessThan(SppLimits.MAX_HEAD_BYTES - 512);
      }
    }

    @Test
    void thatWereLookedAtAreHandedOutWholeInAnyPieces() throws Exception {
      TestEdition other = TestEdition.random(100_000, 10);
      content.add(other, 0);
      content.provesAll = true;
      content.fetched =
          request ->
              content
              .new Reading(
                  other.slice(request.range().first(), request.range().last()),
                  request.range().first());
      Map<String, String> headers = headers("bytes=0-65535", 65_536);
      headers.put(SppHeaders.RELATION, "child");
      Answer answer = asker.ask("GET", "/editions/" + other.edition.id(), headers, new byte[0]);
      ByteBuffer got = ByteBuffer.allocate(65_536);
      try (ContentStream stream = ((Answer.Stream) answer).body()) {
        Random random = new Random(1);
        while (stream.next(1 + random.nextInt(9_000))
            instanceof ContentStream.Next.Available available) {
          assertThat(stream.position())
              .isEqualTo(got.position() + available.bytes().data().remaining());
          got.put(available.bytes().data());
          available.bytes().release();
        }
      }
      assertThat(got.array()).isEqualTo(Arrays.copyOf(other.bytes, 65_536));
      assertThat(content.openStreams).hasValue(0);
      assertThat(node.stats().sentBytes()).isEqualTo(65_536);
    }
  }

  /** A catalogue of one batch. */
  private static final class Feed implements CatalogueFeed {
    static final byte[] BATCH = {1, 2, 3};
    volatile byte[] batches = BATCH;
    final PublicKey key = NodeKey.generate().publicKey();
    final List<CompletableFuture<Void>> waiting = new ArrayList<>();
    volatile boolean wait;
    volatile Position end = new Position(1, 1);
    volatile byte[] heard = {};

    @Override
    public Page since(Cursor after, int maxBytes) {
      return new Page(wait ? new byte[0] : batches, Cursor.after(end));
    }

    @Override
    public CompletableFuture<Void> changedAfter(Cursor after) {
      CompletableFuture<Void> news = new CompletableFuture<>();
      waiting.add(news);
      return news;
    }

    void news() {
      wait = false;
      waiting.forEach(news -> news.complete(null));
    }

    @Override
    public Position end() {
      return end;
    }

    @Override
    public Optional<PublicKey> authority() {
      return Optional.of(key);
    }

    @Override
    public void heard(byte[] newestHeader) {
      heard = newestHeader;
    }
  }
}
