package org.p2pd.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.catalogue.Journal;
import org.p2pd.catalogue.Pin;
import org.p2pd.catalogue.Replica;
import org.p2pd.catalogue.Titles;
import org.p2pd.content.Urgency;
import org.p2pd.fetch.BlockSource;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.Span;
import org.p2pd.model.Title;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.Report;
import org.p2pd.spp.Secret;
import org.p2pd.spp.Secrets;
import org.p2pd.spp.SppError;
import org.p2pd.spp.TestEdition;
import org.p2pd.spp.TestNode;
import org.p2pd.spp.client.Backoff;
import org.p2pd.spp.server.ProofSource;
import org.p2pd.tree.SpanProof;

/** A cache's links to a server in the same process. */
class UpstreamTest {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final BlockSize SIZE = BlockSize.DEFAULT;
  private static final Title TITLE = new Title("/movie.mpg");

  private final TestEdition video = TestEdition.random(900_000, 4);
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private @TempDir Path directory;

  @AfterEach
  void end() throws Exception {
    while (!open.isEmpty()) {
      open.pop().close();
    }
  }

  private <T extends AutoCloseable> T opened(T thing) {
    open.push(thing);
    return thing;
  }

  private Path fresh() throws IOException {
    return Files.createTempDirectory(directory, "node");
  }

  /** A server: journal and node. Its key, port and state may be those of an earlier life. */
  private final class Server {
    final NodeKey key;
    final Path state;
    final Journal journal;
    final TestNode node;

    Server(NodeKey key, Path state, int port, Secrets secrets) throws IOException {
      this.key = key;
      this.state = state;
      journal = opened(Journal.open(state, key, InstantSource.system()));
      TestNode.Choice choice = new TestNode.Choice("127.0.0.21", fresh());
      choice.key = key;
      choice.port = port;
      choice.secrets = secrets;
      choice.feed = Optional.of(journal);
      node = opened(choice.start());
    }

    void publish(Title title, Edition edition) {
      journal.publish(title, edition, Instant.EPOCH);
      journal.scanComplete();
      journal.flush();
    }

    void stop() {
      node.close();
      journal.close();
    }
  }

  private Server server() throws IOException {
    return new Server(NodeKey.generate(), fresh(), 0, null);
  }

  /** A cache: replica, links, and a node of its own that is dialled back. */
  private final class Cache {
    final TestNode node;
    final Replica replica;
    final Upstream upstream;
    final AtomicInteger changes = new AtomicInteger();

    Cache(String address, Secrets secrets, NodeAddress... parents) throws IOException {
      TestNode.Choice choice = new TestNode.Choice(address, fresh());
      choice.secrets = secrets;
      CompletableFuture<ProofSource> proofs = new CompletableFuture<>();
      choice.proofs =
          (edition, span, urgency, path) -> proofs.join().learn(edition, span, urgency, path);
      node = opened(choice.start());
      replica =
          opened(Replica.open(fresh(), Pin.open(fresh().resolve("authority"), Optional.empty())));
      upstream =
          opened(
              Upstream.of(
                  List.of(parents),
                  List.of(),
                  node.client,
                  secrets,
                  replica,
                  new Upstream.World(
                      node.key.id(),
                      node.timers,
                      node.threads,
                      InstantSource.system(),
                      Ticker.systemTicker(),
                      new SecureRandom(),
                      changes::incrementAndGet,
                      (edition, range) -> true)));
      proofs.complete(upstream.proofs());
      upstream.begin();
    }

    BlockSource source() {
      return upstream.sources().get(0);
    }

    void awaitTitle(Title title, Edition edition) {
      await()
          .atMost(SOON)
          .until(
              () ->
                  replica.lookup(title) instanceof Titles.Lookup.Published published
                      && published.entry().edition().equals(edition));
    }

    void awaitProblem(String text) {
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(upstream.problems())
                      .singleElement()
                      .satisfies(problem -> assertThat(problem).contains(text)));
    }

    /** What a child is told whose span this cache can neither send nor prove. */
    SppError learns(Edition edition) throws Exception {
      ProofSource.Outcome outcome =
          upstream
              .proofs()
              .learn(edition, new Span(SIZE, 0, 1), Urgency.RELAY, List.of(node.key.id()))
              .toCompletableFuture()
              .get(30, TimeUnit.SECONDS);
      return ((ProofSource.Outcome.Refused) outcome).error();
    }

    void awaitUsable() {
      await().atMost(SOON).until(source()::usable);
    }

    Fetched fetch(Span span) {
      Fetched fetched = new Fetched(video.edition, span);
      source().fetch(new BlockSource.SpanQuery(video.edition, span, Urgency.READ_AHEAD), fetched);
      return fetched;
    }
  }

  private Cache cache(NodeAddress... parents) throws IOException {
    return new Cache("127.0.0.22", Secrets.handed(fresh().resolve("secret")), parents);
  }

  private static final class Fetched implements BlockSource.SpanReceiver {
    final List<ByteBuffer> blocks = new ArrayList<>();
    final CompletableFuture<BlockSource.Outcome> end = new CompletableFuture<>();
    private final Edition edition;
    private final Span span;

    Fetched(Edition edition, Span span) {
      this.edition = edition;
      this.span = span;
    }

    @Override
    public void proof(SpanProof proof) {}

    @Override
    public ByteBuffer bufferFor(int block) {
      blocks.add(ByteBuffer.allocate(span.blockSize().lengthOf(block, edition.lengthBytes())));
      return blocks.get(blocks.size() - 1);
    }

    @Override
    public void prefixVerified(int block, int bytes) {}

    @Override
    public void blockVerified(int block) {}

    @Override
    public void ended(BlockSource.Outcome outcome) {
      end.complete(outcome);
    }

    BlockSource.Outcome await() throws Exception {
      return end.get(30, TimeUnit.SECONDS);
    }
  }

  @Nested
  class News {

    @Test
    void reachTheCacheAsTheyHappen() throws Exception {
      Server server = server();
      Cache cache = cache(server.node.address());
      cache.awaitProblem("has no whole catalogue yet");
      for (int i = 0; i < 5; i++) {
        TestEdition edition = TestEdition.random(10, i);
        server.publish(TITLE, edition.edition);
        cache.awaitTitle(TITLE, edition.edition);
      }
      assertThat(cache.upstream.problems()).isEmpty();
      assertThat(cache.node.transport.requests).contains("POST /.spp/v1/introduction");
    }

    @Test
    void wakeTheQuestionThatWaitsForThem() throws Exception {
      Server server = server();
      server.publish(TITLE, video.edition);
      Cache cache = cache(server.node.address());
      cache.awaitTitle(TITLE, video.edition);
      cache.awaitUsable();
      long asked = catalogueQuestions(server);
      TestEdition next = TestEdition.random(10, 1);
      server.publish(TITLE, next.edition);
      cache.awaitTitle(TITLE, next.edition);
      // One question brought it (it was waiting), and one more waits now; none was repeated.
      assertThat(catalogueQuestions(server) - asked).isLessThanOrEqualTo(3);
    }

    private long catalogueQuestions(Server server) {
      return server.node.transport.requests.stream()
          .filter(request -> request.contains("/catalogue"))
          .count();
    }

    @Test
    void goOnWhenTheServerComesBack() throws Exception {
      Server server = server();
      server.publish(TITLE, video.edition);
      Cache cache = cache(server.node.address());
      cache.awaitTitle(TITLE, video.edition);
      int port = server.node.transport.port();
      server.stop();
      cache.awaitProblem("does not answer since");
      assertThat(cache.source().usable()).isFalse();
      assertThat(cache.replica.lookup(TITLE)).isInstanceOf(Titles.Lookup.Published.class);

      Server again = new Server(server.key, server.state, port, null);
      TestEdition next = TestEdition.random(10, 1);
      again.publish(TITLE, next.edition);
      cache.awaitTitle(TITLE, next.edition);
      await().atMost(SOON).until(() -> cache.upstream.problems().isEmpty());
      assertThat(cache.changes.get()).isGreaterThanOrEqualTo(3);
    }

    @Test
    void ofANewKeyAreRefusedWhileBlocksGoOn() throws Exception {
      Server server = server();
      server.publish(TITLE, video.edition);
      Cache cache = cache(server.node.address());
      cache.awaitTitle(TITLE, video.edition);
      int port = server.node.transport.port();
      server.stop();

      // Its derived secret is new as well: the cache asks for it by itself.
      Server reinstalled = new Server(NodeKey.generate(), fresh(), port, null);
      reinstalled.node.content.add(video);
      reinstalled.publish(TITLE, TestEdition.random(10, 1).edition);
      cache.awaitProblem("is not believed");
      assertThat(cache.replica.lookup(TITLE))
          .isInstanceOfSatisfying(
              Titles.Lookup.Published.class,
              known -> assertThat(known.entry().edition()).isEqualTo(video.edition));
      Fetched fetched = cache.fetch(new Span(SIZE, 0, 4));
      assertThat(fetched.await()).isEqualTo(new BlockSource.Outcome.Delivered());
    }

    @Test
    void comeFromAStandInToo() throws Exception {
      Server server = server();
      server.publish(TITLE, video.edition);
      NodeAddress nobody = new NodeAddress("127.0.0.1", closedPort(), "");
      Cache cache = cache(nobody, server.node.address());
      cache.awaitTitle(TITLE, video.edition);
      assertThat(cache.upstream.sources().get(0).usable()).isFalse();
      assertThat(cache.upstream.sources().get(1).relation())
          .isEqualTo(BlockSource.Relation.STAND_IN);
      await().atMost(SOON).until(cache.upstream.sources().get(1)::usable);
    }
  }

  @Nested
  class Troubles {

    @Test
    void nobodyThere() throws Exception {
      cache(new NodeAddress("127.0.0.1", closedPort(), "")).awaitProblem("does not answer since");
    }

    @Test
    void noSuchName() throws Exception {
      cache(new NodeAddress("no-such-host.invalid", 8080, ""))
          .awaitProblem("the name no-such-host.invalid has no address");
    }

    @Test
    void anotherSecret() throws Exception {
      Server server = server();
      Secrets other = Secrets.given(List.of(Secret.random(new SecureRandom())));
      new Cache("127.0.0.23", other, server.node.address())
          .awaitProblem(
              "has another secret: copy the file that its owner gives after --secret-file");
    }

    @Test
    void noSecretHandedOver() throws Exception {
      Secrets owners = Secrets.given(List.of(Secret.random(new SecureRandom())));
      Server server = new Server(NodeKey.generate(), fresh(), 0, owners);
      cache(server.node.address())
          .awaitProblem("did not hand over its secret: copy the file that its owner gives");
    }

    @Test
    void notANode() throws Exception {
      Server server = server();
      NodeAddress elsewhere =
          new NodeAddress("127.0.0.21", server.node.transport.port(), "/elsewhere");
      cache(elsewhere).awaitProblem("is not a p2pd");
    }

    @Test
    void notShared() throws Exception {
      TestNode.Choice choice = new TestNode.Choice("127.0.0.24", fresh());
      choice.share = false;
      TestNode selfish = opened(choice.start());
      cache(selfish.address()).awaitProblem("does not share: start it with -i");
    }

    @Test
    void itself() throws Exception {
      int port = closedPort();
      TestNode.Choice choice = new TestNode.Choice("127.0.0.25", fresh());
      choice.port = port;
      Secrets secrets = Secrets.given(List.of(Secret.random(new SecureRandom())));
      Cache cache = new Cache("127.0.0.25", secrets, new NodeAddress("127.0.0.25", port, ""));
      choice.key = cache.node.key;
      choice.secrets = secrets;
      opened(choice.start());
      cache.awaitProblem("is this node itself");
    }

    @Test
    @Tag("long")
    void aParentThatStopsAnsweringWithoutAWord() throws Exception {
      try (ServerSocket frozen = new ServerSocket()) {
        frozen.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.26"), 0));
        cache(new NodeAddress("127.0.0.26", frozen.getLocalPort(), ""))
            .awaitProblem("does not answer since");
      }
    }
  }

  @Nested
  class Blocks {

    private Server server;
    private Cache cache;

    @BeforeEach
    void link() throws IOException {
      server = server();
      server.node.content.add(video);
      server.publish(TITLE, video.edition);
      cache = cache(server.node.address());
      cache.awaitUsable();
    }

    @Test
    void comeVerified() throws Exception {
      Fetched fetched = cache.fetch(new Span(SIZE, 10, 4));
      assertThat(fetched.await()).isEqualTo(new BlockSource.Outcome.Delivered());
      assertThat(fetched.blocks.get(3).array())
          .isEqualTo(video.slice(13L * SIZE.bytes(), video.bytes.length - 1));
    }

    @Test
    void thatDoNotVerifyAreReported() throws Exception {
      Path file = server.node.content.add(video);
      byte[] spoiled = video.bytes.clone();
      spoiled[2 * SIZE.bytes() + 5] ^= 1;
      Files.write(file, spoiled);
      Fetched fetched = cache.fetch(new Span(SIZE, 0, 8));
      assertThat(fetched.await()).isInstanceOf(BlockSource.Outcome.Mismatch.class);
      await().atMost(SOON).until(() -> !server.node.reports.isEmpty());
      assertThat(server.node.reports)
          .containsExactly(
              new Report.Mismatch(
                  video.edition.id(), new ByteRange(2L * SIZE.bytes(), 3L * SIZE.bytes() - 1)));
    }

    @Test
    void surviveTheirServersRestart() throws Exception {
      int port = server.node.transport.port();
      server.stop();
      assertThat(cache.fetch(new Span(SIZE, 0, 1)).await())
          .isInstanceOf(BlockSource.Outcome.Lost.class);
      Server again = new Server(server.key, server.state, port, null);
      again.node.content.add(video);
      assertThat(cache.fetch(new Span(SIZE, 0, 1)).await())
          .isEqualTo(new BlockSource.Outcome.Delivered());
    }

    @Test
    void titlesThatAreWantedAreReportedOnce() throws Exception {
      for (int i = 0; i < 10; i++) {
        cache.upstream.wanted(TITLE);
      }
      Title other = new Title("/other.mpg");
      cache.upstream.wanted(other);
      await().atMost(SOON).until(() -> server.node.reports.size() >= 2);
      assertThat(server.node.reports)
          .containsExactlyInAnyOrder(new Report.Wanted(TITLE), new Report.Wanted(other));
    }
  }

  @Nested
  class Grandchildren {

    @Test
    void getWhatTheirParentHasToFetchWithItsProof() throws Exception {
      Server server = server();
      server.node.content.add(video);
      server.publish(TITLE, video.edition);
      Cache parent = cache(server.node.address());
      parent.awaitUsable();
      parent.node.content.add(video, 0);
      parent.node.content.fetched =
          request ->
              parent.node.content
              .new Reading(
                  video.slice(request.range().first(), request.range().last()),
                  request.range().first());
      TestNode child = opened(new TestNode.Choice("127.0.0.27", fresh()).start());
      Fetched fetched = new Fetched(video.edition, new Span(SIZE, 3, 5));
      SppSource source =
          new SppSource(
              child.client.peer(parent.node.address(), new FirstParentSecret(parent.node.secrets)),
              BlockSource.Relation.PARENT,
              child.key.id(),
              () -> true,
              report -> {},
              new LeaseNotices(
                  () -> false, (e, range) -> true, (e, notice) -> {}, (pause, step) -> {}));
      source.fetch(
          new BlockSource.SpanQuery(video.edition, fetched.span, Urgency.PLAY_HEAD), fetched);
      assertThat(fetched.await()).isEqualTo(new BlockSource.Outcome.Delivered());
      assertThat(server.node.transport.requests)
          .contains("HEAD /.spp/v1/editions/" + video.edition.id());
    }

    /** Else they would take a title for gone whose server is only restarted. */
    @Test
    void areToldToComeBackWhenTheirParentsParentIsAway() throws Exception {
      Server server = server();
      server.publish(TITLE, video.edition);
      Cache parent = cache(server.node.address());
      parent.awaitUsable();
      assertThat(parent.learns(video.edition)).as("it says so").isEqualTo(SppError.NOT_HELD);
      server.node.transport.close();
      assertThat(parent.learns(video.edition)).as("unreachable").isEqualTo(SppError.NOT_READY);
      await().atMost(SOON).until(() -> !parent.upstream.sources().get(0).usable());
      assertThat(parent.learns(video.edition)).as("known to be away").isEqualTo(SppError.NOT_READY);
    }

    @Test
    void areToldToComeBackWhenOneOfSeveralIsAway() throws Exception {
      Server server = server();
      server.publish(TITLE, video.edition);
      Cache parent = cache(server.node.address(), new NodeAddress("127.0.0.21", 1, ""));
      parent.awaitUsable();
      assertThat(parent.learns(video.edition)).isEqualTo(SppError.NOT_READY);
    }

    @Test
    void ofARingOfParentsAreToldSo() throws Exception {
      Server server = server();
      server.publish(TITLE, video.edition);
      Cache parent = cache(server.node.address());
      parent.awaitUsable();
      // The path says that the server asked on someone's behalf: it is its own grandparent.
      ProofSource.Outcome outcome =
          parent
              .upstream
              .proofs()
              .learn(
                  video.edition,
                  new Span(SIZE, 0, 1),
                  Urgency.RELAY,
                  List.of(server.key.id(), parent.node.key.id()))
              .toCompletableFuture()
              .get(30, TimeUnit.SECONDS);
      assertThat(outcome).isEqualTo(new ProofSource.Outcome.Refused(SppError.NOT_HELD));
      server.node.content.add(video);
      outcome =
          parent
              .upstream
              .proofs()
              .learn(
                  video.edition,
                  new Span(SIZE, 0, 1),
                  Urgency.RELAY,
                  List.of(server.key.id(), parent.node.key.id()))
              .toCompletableFuture()
              .get(30, TimeUnit.SECONDS);
      assertThat(outcome).isEqualTo(new ProofSource.Outcome.Refused(SppError.LOOP));
    }
  }

  @Test
  void backsOffWithJitterAndStartsAnew() {
    Backoff backoff = new Backoff(new SecureRandom());
    List<Duration> waits = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      waits.add(backoff.next());
    }
    assertThat(waits.get(0)).isBetween(Duration.ofMillis(100), Duration.ofMillis(200));
    assertThat(waits.get(11)).isBetween(Duration.ofMillis(2_500), Duration.ofSeconds(5));
    backoff.reset();
    assertThat(backoff.next()).isBetween(Duration.ofMillis(100), Duration.ofMillis(200));
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
