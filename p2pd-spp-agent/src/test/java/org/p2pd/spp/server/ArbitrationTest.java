package org.p2pd.spp.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.content.Fetching;
import org.p2pd.content.ProvenSpan;
import org.p2pd.content.ReadRequest;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.CanonicalString;
import org.p2pd.spp.CoveredHeaders;
import org.p2pd.spp.Introductions;
import org.p2pd.spp.LeaseNotice;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.TestContent;
import org.p2pd.spp.TestEdition;
import org.p2pd.spp.server.SppService.Answer;

/** A parent and its children A, B and C, without a network. */
class ArbitrationTest {

  private static final int BLOCK = 65_536;
  private static final BlockSize SIZE = new BlockSize(BLOCK);

  private final Secret secret = Secret.random(new SecureRandom());
  private final TestEdition video = TestEdition.random(3_000_000, 2);
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final Map<NodeId, NodeAddress> alive = new HashMap<>();
  private final ScheduledThreadPoolExecutor timers = new ScheduledThreadPoolExecutor(1);
  private @TempDir Path directory;
  private TestContent content;
  private LeaseArbiter arbiter;
  private SppNode node;
  private Asker a;
  private Asker b;
  private Asker c;

  @BeforeEach
  void start() throws Exception {
    content = new TestContent(directory);
    content.add(video);
    Ticker ticker =
        new Ticker() {
          @Override
          public long read() {
            return nanos.get();
          }
        };
    arbiter = new LeaseArbiter(id -> Optional.ofNullable(alive.get(id)), ticker);
    node = node(Optional.of(arbiter), ticker);
    a = child("10.0.0.1");
    b = child("10.0.0.2");
    c = child("10.0.0.3");
  }

  private SppNode node(Optional<Arbiter> arbitrating, Ticker ticker) {
    NodeKey key = NodeKey.generate();
    return SppNode.of(
        new NodeParts(
            new NodeParts.Self(key, NodeFacts.Role.SERVER, true, "x"),
            new NodeParts.Trust(
                Secrets.derived(secret),
                new Introductions(key),
                (address, port, path, introduction) ->
                    CompletableFuture.completedFuture(Optional.empty())),
            new NodeParts.Supply(
                content,
                content,
                ProofSource.none(),
                Optional.empty(),
                Optional.empty(),
                arbitrating,
                GroupDirectory.NONE),
            (by, report) -> {},
            new NodeParts.World(timers, Runnable::run, Runnable::run, ticker, new SecureRandom())));
  }

  private Asker child(String host) throws Exception {
    Asker child = new Asker(node).standing(secret);
    alive.put(child.key.id(), new NodeAddress(host, 8080, "/video"));
    return child;
  }

  @AfterEach
  void end() {
    node.close();
    timers.shutdownNow();
    assertThat(content.openStreams).hasValue(0);
  }

  private static Map<String, String> headers(Asker by, int firstBlock, int blocks) {
    Map<String, String> headers = new TreeMap<>();
    long end = Math.min((firstBlock + blocks) * (long) BLOCK, 3_000_000);
    headers.put(SppHeaders.RANGE, "bytes=" + new ByteRange((long) firstBlock * BLOCK, end - 1));
    headers.put(SppHeaders.BLOCK, Integer.toString(BLOCK));
    headers.put(SppHeaders.URGENCY, "read-ahead");
    headers.put(SppHeaders.RELATION, "child");
    headers.put(SppHeaders.PATH, by.key.id().toString());
    return headers;
  }

  private Answer ask(Asker by, int firstBlock, int blocks) throws Exception {
    return ask(by, headers(by, firstBlock, blocks));
  }

  private Answer ask(Asker by, Map<String, String> headers) throws Exception {
    return by.ask("GET", "/editions/" + video.edition.id(), headers, new byte[0]);
  }

  private Answer excluding(Asker by, Asker whom, int firstBlock, int blocks) throws Exception {
    Map<String, String> headers = headers(by, firstBlock, blocks);
    headers.put(SppHeaders.EXCLUDE, whom.key.id().toString());
    return ask(by, headers);
  }

  private static String range(Answer answer) {
    assertThat(answer.status()).isEqualTo(206);
    return answer.headers().get(SppHeaders.CONTENT_RANGE);
  }

  private static void assertRefersTo(Answer answer, Asker to) {
    assertThat(answer.status()).isEqualTo(307);
    assertThat(answer.headers()).containsEntry(SppHeaders.REFERRED_TO, to.key.id().toString());
  }

  private Answer notice(Asker by, String json) throws Exception {
    return by.ask(
        "POST", "/leases/" + video.edition.id(), Map.of(), json.getBytes(StandardCharsets.UTF_8));
  }

  @Nested
  class AChild {

    @Test
    void isServedAndCountedOn() throws Exception {
      Map<String, String> headers = headers(a, 0, 16);
      headers.put(SppHeaders.RATE, "262144");
      Answer answer = ask(a, headers);
      assertThat(range(answer)).isEqualTo("bytes 0-1048575/3000000");
      assertThat(answer.headers()).containsEntry(SppHeaders.LEASE, "8");
    }

    @Test
    void isReferredToAnotherInAnAnswerThatIsTheParents() throws Exception {
      ask(a, 0, 16);
      Answer answer = ask(b, 0, 16);
      assertRefersTo(answer, a);
      assertThat(answer.headers())
          .containsEntry(
              SppHeaders.LOCATION,
              "http://10.0.0.1:8080/video/.spp/v1/editions/" + video.edition.id());
      assertThat(((Answer.Control) answer).body()).isEmpty();
      Map<String, String> covered = new TreeMap<>(answer.headers());
      String mac = covered.remove(SppHeaders.MAC);
      assertThat(
              b.sessionKey.verifies(
                  CanonicalString.ofEmptyAnswer(
                      b.session, b.counter, 307, CoveredHeaders.ofOwn(covered)),
                  mac))
          .isTrue();
    }

    @Test
    void isServedUpToWhatAnotherHas() throws Exception {
      ask(a, 4, 4);
      assertThat(range(ask(b, 0, 16))).isEqualTo("bytes 0-262143/3000000");
      assertRefersTo(ask(b, 4, 12), a);
    }

    @Test
    void isServedWhenItExcludesTheOther() throws Exception {
      ask(a, 0, 16);
      assertThat(range(excluding(b, a, 0, 16))).isEqualTo("bytes 0-1048575/3000000");
    }

    @Test
    void isToldWhenToComeAgain() throws Exception {
      ask(a, 0, 16);
      ask(a, 16, 16);
      excluding(b, a, 0, 16);
      Answer answer = excluding(b, a, 16, 16);
      assertThat(Asker.error(answer)).isEqualTo("503 not-ready");
      assertThat(answer.headers()).containsEntry(SppHeaders.RETRY_AFTER, "2");
    }

    @Test
    void isServedIfTheOtherIsNotAliveOrCannotBeNamed() throws Exception {
      ask(a, 0, 16);
      alive.put(a.key.id(), new NodeAddress("fe80::1%eth0", 8080, ""));
      assertThat(ask(b, 0, 1).status()).isEqualTo(206);
      alive.remove(a.key.id());
      assertThat(ask(c, 1, 1).status()).isEqualTo(206);
    }

    @Test
    void isServedWhatLeftWithAnother() throws Exception {
      ask(a, 0, 16);
      arbiter.left(a.key.id());
      assertThat(ask(b, 0, 16).status()).isEqualTo(206);
      assertThat(arbiter.stats().secondBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "1.5", "1e6", "1000000000001", "", "01"})
    void saysARateInBytes(String rate) throws Exception {
      Map<String, String> headers = headers(a, 0, 1);
      headers.put(SppHeaders.RATE, rate);
      assertThat(Asker.error(ask(a, headers))).isEqualTo("400 bad-request");
    }

    @Test
    void isNotCountedOnForWhatItWasNotSent() throws Exception {
      content.add(video, 2L * BLOCK);
      content.provesAll = true;
      content.fetched = request -> content.new Failing(ContentFailure.BUSY);
      assertThat(Asker.error(ask(a, 4, 4))).isEqualTo("503 busy");
      content.fetched =
          request -> {
            throw new IllegalStateException("the disk is on fire");
          };
      assertThat(Asker.error(ask(a, 4, 4))).isEqualTo("503 busy");
      content.openStreams.set(0);
      content.add(video);
      assertThat(ask(b, 4, 4).status()).isEqualTo(206);
    }

    @Test
    void isCountedOnForWhatIsHeldOfItsQuestionAlone() throws Exception {
      content.add(video, 2L * BLOCK);
      assertThat(range(ask(a, 0, 16))).isEqualTo("bytes 0-131071/3000000");
      content.add(video);
      assertThat(ask(b, 2, 4).status()).isEqualTo(206);
      assertRefersTo(ask(b, 1, 1), a);
    }
  }

  /** What does not arrive is sent to the next one that asks, at once. */
  @Nested
  class AnAnswerThatBreaksOff {

    private Answer.Stream streamed(Asker by, int firstBlock, int blocks) throws Exception {
      content.fromFiles = false;
      return (Answer.Stream) ask(by, firstBlock, blocks);
    }

    private void take(ContentStream body, int bytes) {
      ContentStream.Next next = body.next(bytes);
      ((ContentStream.Next.Available) next).bytes().release();
    }

    @Test
    void isCountedOnForTheBlocksThatWereTaken() throws Exception {
      ContentStream body = streamed(a, 0, 16).body();
      take(body, BLOCK);
      take(body, BLOCK + 1);
      take(body, BLOCK);
      assertRefersTo(ask(b, 5, 1), a);
      body.close();
      body.close();
      assertRefersTo(ask(b, 0, 2), a);
      Answer rest = ask(b, 2, 14);
      assertThat(range(rest)).isEqualTo("bytes 131072-1048575/3000000");
      ((Answer.Stream) rest).body().close();
      assertThat(arbiter.stats().secondBytes()).isZero();
    }

    @Test
    void beforeItsFirstByteIsNot() throws Exception {
      streamed(a, 0, 16).body().close();
      Answer all = ask(b, 0, 16);
      assertThat(range(all)).isEqualTo("bytes 0-1048575/3000000");
      ((Answer.Stream) all).body().close();
    }

    @Test
    void isAnotherThanOneThatWasTakenWhole() throws Exception {
      ContentStream body = streamed(a, 32, 14).body(); // up to the short last block
      while (body.next(100_000) instanceof ContentStream.Next.Available available) {
        available.bytes().release();
      }
      body.close();
      assertRefersTo(ask(b, 45, 1), a);
    }

    @Test
    void ofWhatIsFetchedIsNotCountedOnEither() throws Exception {
      content.add(video, 0);
      content.provesAll = true;
      content.fetched = request -> content.new Reading(video.slice(0, BLOCK - 1), 0);
      ContentStream body = ((Answer.Stream) ask(a, 0, 16)).body();
      take(body, BLOCK); // what was looked at before the answer was given
      take(body, BLOCK);
      body.next(BLOCK);
      body.close();
      content.add(video);
      assertRefersTo(ask(b, 0, 1), a);
      assertThat(range(ask(b, 1, 15))).isEqualTo("bytes 65536-1048575/3000000");
    }

    @Test
    void fromAFileIsCountedOnForTheBlocksThatWereTaken() throws Exception {
      Answer.File file = (Answer.File) ask(a, 0, 16);
      file.whenSent().orElseThrow().accept(3L * BLOCK - 1);
      assertRefersTo(ask(b, 0, 2), a);
      assertThat(range(ask(b, 2, 14))).isEqualTo("bytes 131072-1048575/3000000");
    }

    @Test
    void fromAFileIsAnotherThanOneThatWasTakenWhole() throws Exception {
      Answer.File file = (Answer.File) ask(a, 32, 14);
      file.whenSent().orElseThrow().accept(3_000_000L - 32 * BLOCK);
      assertRefersTo(ask(b, 45, 1), a);
    }

    @Test
    void goesOnForAsLongAsItIsTaken() throws Exception {
      ContentStream body = streamed(a, 0, 16).body();
      for (int i = 0; i < 5; i++) {
        take(body, BLOCK);
        nanos.addAndGet(Duration.ofSeconds(9).toNanos());
        take(body, 1);
      }
      assertRefersTo(ask(b, 15, 1), a);
      nanos.addAndGet(Duration.ofSeconds(10).toNanos());
      take(body, 1);
      content.fromFiles = true;
      assertThat(range(ask(b, 15, 1))).isEqualTo("bytes 983040-1048575/3000000");
      body.close();
    }

    @Test
    void ofASiblingIsOfNoInterest() throws Exception {
      Map<String, String> headers = headers(a, 0, 16);
      headers.put(SppHeaders.RELATION, "sibling");
      assertThat(((Answer.File) ask(a, headers)).whenSent()).isEmpty();
    }
  }

  @Nested
  class NobodyElse {

    @Test
    void isCountedOnThatIsNoMember() throws Exception {
      alive.remove(a.key.id());
      Answer answer = ask(a, 0, 16);
      assertThat(answer.status()).isEqualTo(206);
      assertThat(answer.headers()).doesNotContainKey(SppHeaders.LEASE);
      alive.put(a.key.id(), new NodeAddress("10.0.0.1", 8080, ""));
      assertThat(ask(b, 0, 16).headers()).containsKey(SppHeaders.LEASE);
      assertThat(arbiter.stats().claims()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sibling", "other"})
    void isReferredOrCountedOn(String relation) throws Exception {
      ask(a, 0, 16);
      Map<String, String> headers = headers(b, 0, 16);
      headers.put(SppHeaders.RELATION, relation);
      Answer answer = ask(b, headers);
      assertThat(range(answer)).isEqualTo("bytes 0-1048575/3000000");
      assertThat(answer.headers()).doesNotContainKey(SppHeaders.LEASE);
      assertRefersTo(ask(c, 0, 16), a);
    }

    @Test
    void asksOnlyForAProof() throws Exception {
      ask(a, 0, 16);
      Answer answer =
          b.ask("HEAD", "/editions/" + video.edition.id(), headers(b, 0, 16), new byte[0]);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.headers()).doesNotContainKey(SppHeaders.LEASE);
      assertRefersTo(ask(c, 0, 16), a);
    }

    @Test
    void isReferredByANodeThatDoesNotArbitrate() throws Exception {
      node.close();
      node = node(Optional.empty(), Ticker.systemTicker());
      a = child("10.0.0.1");
      b = child("10.0.0.2");
      assertThat(ask(a, 0, 16).headers()).doesNotContainKey(SppHeaders.LEASE);
      assertThat(range(ask(b, 0, 16))).isEqualTo("bytes 0-1048575/3000000");
      assertThat(Asker.error(notice(a, "{\"held\":[],\"gone\":[]}")))
          .isEqualTo("404 unknown-resource");
    }
  }

  @Nested
  class Notices {

    @Test
    void areHeeded() throws Exception {
      ask(a, 0, 16);
      assertThat(notice(a, "{\"held\":[[0,524287]],\"gone\":[[524288,1048575]]}").status())
          .isEqualTo(204);
      nanos.addAndGet(Duration.ofMinutes(9).toNanos());
      assertRefersTo(ask(b, 0, 16), a);
      assertThat(range(ask(b, 8, 8))).isEqualTo("bytes 524288-1048575/3000000");
    }

    @Test
    void areRefusedInTheWrongWords() throws Exception {
      assertThat(Asker.error(notice(a, "{\"held\":[[5,4]],\"gone\":[]}")))
          .isEqualTo("400 bad-request");
      assertThat(Asker.error(notice(a, "{}"))).isEqualTo("400 bad-request");
      byte[] good = new LeaseNotice(List.of(), List.of()).toJson().toBytes();
      assertThat(Asker.error(a.ask("POST", "/leases/x", Map.of(), good)))
          .isEqualTo("400 bad-request");
      assertThat(Asker.error(a.ask("POST", "/leases/" + "A".repeat(43), Map.of(), good)))
          .isEqualTo("404 unknown-edition");
      Answer get = a.get("/leases/" + video.edition.id());
      assertThat(Asker.error(get)).isEqualTo("405 bad-method");
      assertThat(get.headers()).containsEntry(SppHeaders.ALLOW, "POST");
      a.extra.put(SppHeaders.CONTENT_TYPE, "text/plain");
      assertThat(Asker.error(notice(a, "{\"held\":[],\"gone\":[]}"))).isEqualTo("400 bad-request");
    }

    @Test
    void areForgottenWithTheEdition() throws Exception {
      ask(a, 0, 16);
      assertThat(arbiter.stats().claims()).isEqualTo(1);
      content.forget(video);
      assertThat(Asker.error(ask(b, 0, 16))).isEqualTo("404 unknown-edition");
      assertThat(arbiter.stats().claims()).isZero();
    }
  }

  @Nested
  class ASibling {

    private final List<ReadRequest> opened = new ArrayList<>();
    private final CompletableFuture<Optional<ProvenSpan>> proof = new CompletableFuture<>();
    private final List<String> asked = new ArrayList<>();

    @BeforeEach
    void nothingIsHeld() {
      content.add(video, 0);
      content.arriving =
          (span, leaves) -> {
            asked.add(span.firstBlock() + "+" + span.blockCount() + (leaves ? " leaves" : ""));
            return proof;
          };
      content.fetched =
          request -> {
            opened.add(request);
            return content
            .new Reading(
                video.slice(request.range().first(), request.range().last()),
                request.range().first());
          };
    }

    private CompletableFuture<Answer> asks(String urgency) {
      Map<String, String> headers = headers(b, 0, 16);
      headers.put(SppHeaders.RELATION, "sibling");
      headers.put(SppHeaders.URGENCY, urgency);
      return node.answer(b.signed("GET", "/editions/" + video.edition.id(), headers, new byte[0]))
          .toCompletableFuture();
    }

    private ProvenSpan proven(int blocks, boolean leaves) {
      Span span = new Span(SIZE, 0, blocks);
      return new ProvenSpan(
          span, video.prove(span), leaves ? video.leafHashes(new Span(SIZE, 0, 1)) : null);
    }

    @Test
    void getsWhatIsOnItsWayAsSoonAsItIsProven() throws Exception {
      CompletableFuture<Answer> answer = asks("read-ahead");
      assertThat(answer).isNotDone();
      proof.complete(Optional.of(proven(16, false)));
      assertThat(range(answer.get())).isEqualTo("bytes 0-1048575/3000000");
      assertThat(opened)
          .singleElement()
          .satisfies(
              request -> {
                assertThat(request.fetching()).isEqualTo(Fetching.ARRIVING);
                assertThat(request.range()).isEqualTo(new ByteRange(0, 1_048_575));
              });
      assertThat(asked).containsExactly("0+16");
      ((Answer.Stream) answer.get()).body().close();
    }

    @Test
    void getsTheBlocksThatComeFirstIfNoMoreIsProven() throws Exception {
      proof.complete(Optional.of(proven(3, false)));
      Answer.Stream answer = (Answer.Stream) asks("read-ahead").get();
      assertThat(range(answer)).isEqualTo("bytes 0-196607/3000000");
      assertThat(answer.lengthBytes()).isEqualTo(196_608);
      try (ContentStream body = answer.body()) {
        assertThat(body.next(BLOCK)).isInstanceOf(ContentStream.Next.Available.class);
      }
    }

    @Test
    void getsWhatIsHeldAndWhatComesInOneAnswer() throws Exception {
      content.add(video, 2L * BLOCK);
      proof.complete(Optional.of(proven(5, false)));
      Answer.Stream answer = (Answer.Stream) asks("read-ahead").get();
      assertThat(range(answer)).isEqualTo("bytes 0-327679/3000000");
      answer.body().close();
    }

    @Test
    void getsWhatIsHeldFromItsFileIfNoMoreComes() throws Exception {
      content.add(video, 2L * BLOCK);
      proof.complete(Optional.of(proven(2, false)));
      Answer answer = asks("read-ahead").get();
      assertThat(range(answer)).isEqualTo("bytes 0-131071/3000000");
      assertThat(answer).isInstanceOf(Answer.File.class);
    }

    @Test
    void doesNotWaitForWhatIsHeldWhole() throws Exception {
      content.add(video);
      assertThat(asks("read-ahead").getNow(null)).isInstanceOf(Answer.File.class);
      assertThat(asked).isEmpty();
    }

    @Test
    void atAPlayHeadGetsTheLeavesToo() throws Exception {
      proof.complete(Optional.of(proven(1, true)));
      Answer.Stream answer = (Answer.Stream) asks("play-head").get();
      assertThat(asked).containsExactly("0+16 leaves");
      assertThat(answer.headers()).containsKey(SppHeaders.LEAVES);
      answer.body().close();
    }

    @Test
    void hearsOfWhatIsNotProvenInTwoSecondsThatItIsNotHeld() throws Exception {
      CompletableFuture<Answer> answer = asks("read-ahead");
      assertThat(timers.getQueue()).hasSize(1);
      assertThat(
              ((java.util.concurrent.Delayed) timers.getQueue().peek())
                  .getDelay(TimeUnit.MILLISECONDS))
          .isLessThanOrEqualTo(SppLimits.PROOF_WITHIN.toMillis());
      assertThat(Asker.error(answer.get(30, TimeUnit.SECONDS))).isEqualTo("404 not-held");
      assertThat(proof).isCompletedWithValue(Optional.empty());
      assertThat(opened).isEmpty();
    }

    @Test
    void leavesNoTimerWhenItIsAnswered() throws Exception {
      timers.setRemoveOnCancelPolicy(true);
      CompletableFuture<Answer> answer = asks("read-ahead");
      proof.complete(Optional.empty());
      assertThat(Asker.error(answer.get())).isEqualTo("404 not-held");
      assertThat(timers.getQueue()).isEmpty();
    }

    @Test
    void thatOnlyAsksForAProofDoesNotWait() throws Exception {
      Map<String, String> headers = headers(b, 0, 16);
      headers.put(SppHeaders.RELATION, "sibling");
      Answer answer = b.ask("HEAD", "/editions/" + video.edition.id(), headers, new byte[0]);
      assertThat(answer.status()).isEqualTo(404);
      assertThat(asked).isEmpty();
    }
  }
}
