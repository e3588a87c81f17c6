package org.p2pd.spp.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.Urgency;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.Report;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.TestEdition;
import org.p2pd.spp.TestNode;

/** Two nodes in one process: A on 127.0.0.2 asks B on 127.0.0.3. */
class TwoNodesTest {

  private static final BlockSize SIZE = BlockSize.DEFAULT;

  private @TempDir Path directory;
  private final List<TestNode> nodes = new ArrayList<>();
  private TestNode a;
  private TestNode b;

  @BeforeEach
  void start() throws IOException {
    a = start(choice("127.0.0.2"));
    b = start(choice("127.0.0.3"));
  }

  @AfterEach
  void end() {
    nodes.forEach(TestNode::close);
    assertThat(b.content.openStreams.get()).as("streams left open").isZero();
  }

  private TestNode.Choice choice(String address) throws IOException {
    return new TestNode.Choice(address, Files.createTempDirectory(directory, "node"));
  }

  private TestNode start(TestNode.Choice choice) throws IOException {
    TestNode node = choice.start();
    nodes.add(node);
    return node;
  }

  private Peer peer() {
    return a.client.peer(b.address(), TestSecret.of(b.secrets));
  }

  private BlockQuestion question(TestEdition video, Span span, Urgency urgency) {
    return question(video, span, urgency, List.of(a.key.id()));
  }

  private static BlockQuestion question(
      TestEdition video, Span span, Urgency urgency, List<NodeId> path) {
    return new BlockQuestion(video.edition, span, urgency, BlockQuestion.Relation.CHILD, path);
  }

  private Collected fetch(Peer peer, TestEdition video, Span span, Urgency urgency)
      throws Exception {
    Collected collected = new Collected(video.edition, span);
    peer.fetch(question(video, span, urgency), collected);
    collected.await();
    return collected;
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  @Nested
  class Blocks {

    private final TestEdition video = TestEdition.random(1_500_000, 1);

    @Test
    void comeVerifiedFromTheFileOrFromAStream() throws Exception {
      b.content.add(video);
      Peer peer = peer();
      for (boolean fromFiles : new boolean[] {true, false}) {
        b.content.fromFiles = fromFiles;
        for (int size : new int[] {16 * 1024, 64 * 1024, 1024 * 1024}) {
          BlockSize blocks = new BlockSize(size);
          int count = blocks.blockCount(video.bytes.length);
          for (int first = 0; first < count; first += blocks.blocksPerRegion()) {
            Span span = new Span(blocks, first, Math.min(blocks.blocksPerRegion(), count - first));
            Collected got = fetch(peer, video, span, Urgency.READ_AHEAD);
            assertThat(got.await()).isEqualTo(new BlockEnd.Delivered());
            for (int block = first; block <= span.lastBlock(); block++) {
              long start = blocks.start(block);
              assertThat(got.bytes(block))
                  .isEqualTo(
                      video.slice(start, start + blocks.lengthOf(block, video.bytes.length) - 1));
            }
          }
        }
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SHA_256", "SHA_512_256", "SHA3_256"})
    void ofEveryDigestVerify(String digest) throws Exception {
      TestEdition other = new TestEdition(video.bytes, DigestAlgorithm.valueOf(digest));
      b.content.add(other);
      Collected got = fetch(peer(), other, new Span(SIZE, 16, 7), Urgency.PLAY_HEAD);
      assertThat(got.await()).isEqualTo(new BlockEnd.Delivered());
    }

    @Test
    void tellTheirFirstLeavesAtAPlayHead() throws Exception {
      b.content.add(video);
      Collected got = fetch(peer(), video, new Span(SIZE, 2, 2), Urgency.PLAY_HEAD);
      assertThat(got.heard)
          .containsExactly(
              "proof 2-3",
              "buffer 2",
              "prefix 2:16384",
              "prefix 2:32768",
              "prefix 2:49152",
              "block 2",
              "buffer 3",
              "block 3",
              "Delivered");
    }

    @Test
    void thatAreHeldInPartComeInPart() throws Exception {
      b.content.add(video, 5 * SIZE.bytes() + 17);
      Collected got = fetch(peer(), video, new Span(SIZE, 1, 10), Urgency.READ_AHEAD);
      assertThat(got.heard).startsWith("proof 1-4").endsWith("Delivered");
      assertThat(got.buffers).containsOnlyKeys(1, 2, 3, 4);
    }

    @Test
    void thatAreNotToBeHadAreNotHeld() throws Exception {
      Peer peer = peer();
      Span span = new Span(SIZE, 0, 1);
      assertThat(fetch(peer, video, span, Urgency.RELAY).await()).isEqualTo(new BlockEnd.NotHeld());
      b.content.add(video, 0);
      assertThat(fetch(peer, video, span, Urgency.RELAY).await()).isEqualTo(new BlockEnd.NotHeld());
    }

    @Test
    void areRefusedByWhoDoesNotShare() throws Exception {
      TestNode.Choice selfish = choice("127.0.0.4");
      selfish.share = false;
      TestNode c = start(selfish);
      c.content.add(video);
      Peer peer = a.client.peer(c.address(), TestSecret.of(c.secrets));
      assertThat(fetch(peer, video, new Span(SIZE, 0, 1), Urgency.RELAY).await())
          .isInstanceOfSatisfying(
              BlockEnd.Refused.class,
              refused -> assertThat(refused.detail()).contains("403 not-shared"));
    }

    @Test
    void areNotAskedForInARing() throws Exception {
      b.content.add(video);
      Collected got = new Collected(video.edition, new Span(SIZE, 0, 1));
      peer()
          .fetch(
              question(video, new Span(SIZE, 0, 1), Urgency.RELAY, List.of(b.key.id(), a.key.id())),
              got);
      assertThat(got.await())
          .isInstanceOfSatisfying(
              BlockEnd.Refused.class, refused -> assertThat(refused.detail()).contains("508 loop"));
    }

    @Test
    void canBeGivenUpAtAnyMomentAndEndOnce() throws Exception {
      b.content.add(video);
      Peer peer = peer();
      get(peer.open());
      for (int i = 0; i < 40; i++) {
        Collected got = new Collected(video.edition, new Span(SIZE, 0, 16));
        Peer.Transfer transfer =
            peer.fetch(question(video, new Span(SIZE, 0, 16), Urgency.READ_AHEAD), got);
        if (i % 2 == 0) {
          get(got.firstProof);
        }
        transfer.cancel();
        transfer.cancel();
        assertThat(got.await()).isIn(new BlockEnd.Cancelled(), new BlockEnd.Delivered());
      }
      assertThat(fetch(peer, video, new Span(SIZE, 0, 16), Urgency.READ_AHEAD).await())
          .isEqualTo(new BlockEnd.Delivered());
    }

    @Test
    void givenUpFromWithinTheReceiverEndWithNoFurtherCall() throws Exception {
      b.content.add(video);
      Collected got = new Collected(video.edition, new Span(SIZE, 0, 16));
      CompletableFuture<Peer.Transfer> transfer = new CompletableFuture<>();
      got.onBlock = () -> transfer.join().cancel();
      transfer.complete(
          peer().fetch(question(video, new Span(SIZE, 0, 16), Urgency.READ_AHEAD), got));
      assertThat(got.await()).isEqualTo(new BlockEnd.Cancelled());
      assertThat(got.buffers).containsOnlyKeys(0);
    }

    @Test
    void manyAtOnceGoOverFewConnections() throws Exception {
      b.content.add(video);
      Peer peer = peer();
      List<Collected> all = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        Span span = new Span(SIZE, i % 16, 1);
        Collected got = new Collected(video.edition, span);
        all.add(got);
        peer.fetch(question(video, span, i % 3 == 0 ? Urgency.PLAY_HEAD : Urgency.READ_AHEAD), got);
      }
      for (Collected got : all) {
        assertThat(got.await()).isEqualTo(new BlockEnd.Delivered());
      }
      assertThat(b.transport.accepted.get()).isLessThanOrEqualTo(24);
    }

    @Test
    void whoseReceiverFailsEndAsLost() throws Exception {
      b.content.add(video);
      Collected got = new Collected(video.edition, new Span(SIZE, 0, 2));
      got.onBlock =
          () -> {
            throw new IllegalStateException("the disk is on fire");
          };
      peer().fetch(question(video, new Span(SIZE, 0, 2), Urgency.RELAY), new Quiet(got));
      assertThat(got.await()).isInstanceOf(BlockEnd.Lost.class);
    }

    @Test
    void areProvenWithoutBytes() throws Exception {
      b.content.add(video, SIZE.bytes());
      b.content.provesAll = true;
      Span span = new Span(SIZE, 3, 4);
      ProofReply reply = get(peer().prove(question(video, span, Urgency.READ_AHEAD)));
      assertThat(reply).isInstanceOf(ProofReply.Proven.class);
      assertThat(((ProofReply.Proven) reply).proof().toBytes()).isEqualTo(video.prove(span));
      assertThat(get(peer().prove(question(video, span, Urgency.PLAY_HEAD))))
          .isEqualTo(new ProofReply.NotProven(404, "it answers 404"));
    }

    @Test
    void thatAreFetchedForAChildAreAnsweredWhenTheFirstBytesAreThere() throws Exception {
      b.content.add(video, 0);
      b.content.provesAll = true;
      CountDownLatch arrived = new CountDownLatch(1);
      b.content.fetched =
          request -> {
            arrived.countDown();
            return b.content
            .new Reading(
                video.slice(request.range().first(), request.range().last()),
                request.range().first());
          };
      Collected got = fetch(peer(), video, new Span(SIZE, 4, 3), Urgency.READ_AHEAD);
      assertThat(got.await()).isEqualTo(new BlockEnd.Delivered());
      assertThat(got.bytes(5)).isEqualTo(video.slice(5L * SIZE.bytes(), 6L * SIZE.bytes() - 1));
      assertThat(arrived.getCount()).isZero();
    }

    @Test
    void thatCannotBeFetchedForAChildSayWhy() throws Exception {
      b.content.add(video, 0);
      b.content.provesAll = true;
      Peer peer = peer();
      Span span = new Span(SIZE, 0, 1);
      b.content.fetched = request -> b.content.new Failing(ContentFailure.BUSY);
      assertThat(fetch(peer, video, span, Urgency.RELAY).await())
          .isEqualTo(new BlockEnd.Busy(Duration.ofSeconds(1)));
      b.content.fetched = request -> b.content.new Failing(ContentFailure.EDITION_GONE);
      assertThat(fetch(peer, video, span, Urgency.RELAY).await()).isEqualTo(new BlockEnd.NotHeld());
    }
  }

  /** Does not let the test's receiver object to what follows its own failure. */
  private record Quiet(Collected to) implements BlockReceiver {
    @Override
    public void proof(org.p2pd.tree.SpanProof proof) {}

    @Override
    public java.nio.ByteBuffer bufferFor(int block) {
      return to.bufferFor(block);
    }

    @Override
    public void prefixVerified(int block, int bytes) {}

    @Override
    public void blockVerified(int block) {
      to.onBlock.run();
    }

    @Override
    public void ended(BlockEnd end) {
      to.ended(end);
    }
  }

  @Nested
  class Sessions {

    @Test
    void areOpenedOnceForAllWhoAsk() throws Exception {
      Peer peer = peer();
      List<CompletableFuture<Reply>> replies =
          Stream.generate(() -> peer.ask(ControlRequest.get("/node"))).limit(20).toList();
      for (CompletableFuture<Reply> reply : replies) {
        Reply.Answer answer = (Reply.Answer) get(reply);
        NodeFacts facts = NodeFacts.parse(JsonBody.parse(answer.body()));
        assertThat(facts.id()).isEqualTo(b.key.id());
        assertThat(facts.share()).isTrue();
      }
      assertThat(b.transport.requests.stream().filter(r -> r.endsWith("/session"))).hasSize(1);
      assertThat(peer.key()).contains(b.key.publicKey());
      assertThat(b.node.stats().sessions()).isEqualTo(1);
    }

    @Test
    void areReopenedWhenTheNodeForgotThemAlsoWithANewKey() throws Exception {
      TestNode.Choice choice = choice("127.0.0.5");
      choice.secrets = Secrets.given(List.of(Secret.random(new SecureRandom())));
      TestNode first = start(choice);
      Peer peer = a.client.peer(first.address(), TestSecret.of(choice.secrets));
      assertThat(get(peer.open())).isEmpty();
      int port = first.transport.port();
      first.close();
      TestNode.Choice again = choice("127.0.0.5");
      again.secrets = choice.secrets;
      again.port = port;
      TestNode second = start(again);
      assertThat(get(peer.ask(ControlRequest.get("/node")))).isInstanceOf(Reply.Answer.class);
      assertThat(peer.key()).contains(second.key.publicKey());
    }

    @Test
    void areReopenedByAHeadToo() throws Exception {
      AtomicLong nanos = new AtomicLong();
      TestNode.Choice choice = choice("127.0.0.10");
      choice.ticker =
          new Ticker() {
            @Override
            public long read() {
              return nanos.get();
            }
          };
      TestNode c = start(choice);
      TestEdition video = TestEdition.random(70_000, 1);
      c.content.add(video);
      Peer peer = a.client.peer(c.address(), TestSecret.of(c.secrets));
      assertThat(get(peer.open())).isEmpty();
      nanos.addAndGet(SppLimits.SESSION_IDLE.toNanos() + 1);
      BlockQuestion question = question(video, new Span(SIZE, 0, 1), Urgency.RELAY);
      assertThat(get(peer.prove(question))).isInstanceOf(ProofReply.Proven.class);
    }

    @Test
    void surviveConnectionsThatWereCut() throws Exception {
      Peer peer = peer();
      for (int i = 0; i < 10; i++) {
        assertThat(get(peer.ask(ControlRequest.get("/node")))).isInstanceOf(Reply.Answer.class);
        b.transport.cutConnections();
      }
      assertThat(b.node.stats().sessions()).isEqualTo(1);
    }

    @Test
    void withAnotherSecretAreRefusedAndBothSidesKnow() throws Exception {
      Peer peer = a.client.peer(b.address(), TestSecret.of(Secret.random(new SecureRandom())));
      Reply.Failed failed = (Reply.Failed) get(peer.ask(ControlRequest.get("/node")));
      assertThat(failed.trouble()).isEqualTo(Trouble.WRONG_SECRET);
      assertThat(SppError.WRONG_SECRET.remedy()).contains("p2pd secret FILE");
    }

    @Test
    void withTheSecondOfTwoSecretsAreAccepted() throws Exception {
      Secret old = Secret.random(new SecureRandom());
      Secret fresh = Secret.random(new SecureRandom());
      TestNode.Choice choice = choice("127.0.0.6");
      choice.secrets = Secrets.given(List.of(fresh, old));
      TestNode c = start(choice);
      for (Secret spoken : List.of(old, fresh)) {
        assertThat(get(a.client.peer(c.address(), TestSecret.of(spoken)).open())).isEmpty();
      }
    }

    @Test
    void withOneselfAreNone() throws Exception {
      Peer self = a.client.peer(a.address(), TestSecret.of(a.secrets));
      assertThat(get(self.open()))
          .hasValueSatisfying(f -> assertThat(f.trouble()).isEqualTo(Trouble.ONESELF));
    }

    @Test
    void areMadeBelowAContextPathAndOverIpv6() throws Exception {
      TestNode.Choice choice = choice("::1");
      choice.contextPath = "/some/video";
      TestNode c = start(choice);
      assertThat(InetAddress.getByName(c.address().host())).isInstanceOf(Inet6Address.class);
      TestNode d = start(choice("::1"));
      assertThat(get(d.client.peer(c.address(), TestSecret.of(c.secrets)).open())).isEmpty();
      assertThat(c.transport.hosts)
          .containsOnly("[" + c.address().host() + "]:" + c.transport.port());
    }

    @Test
    void resourcesOfLaterVersionsAreUnknown() throws Exception {
      for (String later : List.of("/moods", "/catalogue?x=y")) {
        Reply.Answer answer = (Reply.Answer) get(peer().ask(ControlRequest.get(later)));
        assertThat(answer.error()).contains(SppError.UNKNOWN_RESOURCE);
      }
    }

    @Test
    void reportsAreHeededUpToSixtyAMinute() throws Exception {
      Peer peer = peer();
      Report report =
          new Report.Mismatch(TestEdition.random(1, 1).edition.id(), new ByteRange(0, 5));
      for (int i = 0; i < 70; i++) {
        Reply.Answer answer =
            (Reply.Answer)
                get(peer.ask(ControlRequest.post("/reports", report.toJson().toBytes())));
        assertThat(answer.status()).isEqualTo(204);
      }
      assertThat(b.reports).hasSize(60).containsOnly(report);
    }
  }

  @Nested
  class SecretsHandedOver {

    @Test
    void reachANodeThatAnswersWhenItIsDialledBack() throws Exception {
      TestSecret holder = TestSecret.asked(Optional.empty());
      assertThat(get(a.client.peer(b.address(), holder).open())).isEmpty();
      assertThat(holder.spoken).isEqualTo(b.secrets.spoken());
      assertThat(a.transport.requests).contains("POST /.spp/v1/introduction");
    }

    @Test
    void areAskedForAgainWhenTheParentHasANewOne() throws Exception {
      TestSecret holder = TestSecret.asked(Optional.of(Secret.random(new SecureRandom())));
      assertThat(get(a.client.peer(b.address(), holder).open())).isEmpty();
      assertThat(holder.spoken).isEqualTo(b.secrets.spoken());
    }

    @Test
    void areNotGivenByAnOwnersNode() throws Exception {
      TestNode.Choice choice = choice("127.0.0.7");
      choice.secrets = Secrets.given(List.of(Secret.random(new SecureRandom())));
      TestNode c = start(choice);
      assertTroubled(
          a.client.peer(c.address(), TestSecret.asked(Optional.empty())), Trouble.NO_SECRET);
      assertThat(a.transport.requests).noneMatch(r -> r.contains("introduction"));
    }

    @Test
    void areNotGivenToANodeWhosePortNobodyAnswers() throws Exception {
      TestNode.Choice choice = choice("127.0.0.8");
      TestNode c = start(choice);
      Peer peer = c.client.peer(b.address(), TestSecret.asked(Optional.empty()));
      c.transport.close();
      assertTroubled(peer, Trouble.NO_SECRET);
    }

    private void assertTroubled(Peer peer, Trouble trouble) throws Exception {
      Optional<Reply.Failed> failed = get(peer.open());
      assertThat(failed).hasValueSatisfying(f -> assertThat(f.trouble()).isEqualTo(trouble));
    }
  }

  @Test
  void closedClientsEndEveryQuestion() throws Exception {
    TestEdition video = TestEdition.random(100_000, 7);
    b.content.add(video);
    Peer peer = peer();
    Peer named = a.client.peer(new NodeAddress("localhost", 1, ""), TestSecret.of(b.secrets));
    get(peer.open());
    a.client.close();
    a.timers.shutdownNow();
    for (int i = 0; i < 50; i++) {
      assertThat(get(peer.ask(ControlRequest.get("/node")))).isInstanceOf(Reply.Failed.class);
      Collected got = fetch(peer, video, new Span(SIZE, 0, 1), Urgency.PLAY_HEAD);
      assertThat(got.await()).isInstanceOf(BlockEnd.Lost.class);
    }
    assertThat(get(named.open())).isPresent();
    assertThat(get(named.ask(ControlRequest.get("/node")))).isInstanceOf(Reply.Failed.class);
  }

  @Test
  void closedClientsLeaveNoThread() throws Exception {
    get(peer().open());
    Map<Thread, StackTraceElement[]> before = Thread.getAllStackTraces();
    assertThat(before.keySet()).anyMatch(t -> t.getName().startsWith("p2pd-spp-"));
    nodes.forEach(TestNode::close);
    for (Thread thread : before.keySet()) {
      if (thread.getName().startsWith("p2pd-")) {
        thread.join(10_000);
        assertThat(thread.isAlive()).as(thread.getName()).isFalse();
      }
    }
  }
}
