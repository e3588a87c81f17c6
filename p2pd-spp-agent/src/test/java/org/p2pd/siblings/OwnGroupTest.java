package org.p2pd.siblings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.siblings.GroupLab.awaitThat;

import com.google.common.util.concurrent.Uninterruptibles;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.catalogue.Titles;
import org.p2pd.cluster.Member;
import org.p2pd.content.Urgency;
import org.p2pd.fetch.BlockSource;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.BlockSize;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.model.Title;
import org.p2pd.siblings.GroupLab.Node;
import org.p2pd.siblings.GroupLab.Plan;
import org.p2pd.spp.GroupMembers;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;
import org.p2pd.spp.Referral;
import org.p2pd.spp.TestEdition;
import org.p2pd.spp.client.ControlRequest;
import org.p2pd.spp.client.Reply;
import org.p2pd.spp.client.TestSecret;
import org.p2pd.tree.SpanProof;

/** A cache in its group: what it has to do with those in view, and what it says about them. */
class OwnGroupTest {

  private static final NodeAddress NOWHERE = new NodeAddress("127.0.0.79", 1, "");

  private @TempDir Path directory;
  private GroupLab lab;

  @BeforeEach
  void start() {
    lab = new GroupLab(directory);
  }

  @AfterEach
  void end() throws Exception {
    lab.close();
  }

  private static NodeId id() {
    return NodeKey.generate().id();
  }

  private static Member member(NodeId id, String host) {
    return new Member(id, NodeFacts.Role.CACHE, new NodeAddress(host, 8080, ""), 8081);
  }

  private static List<String> sources(Node of) {
    return of.siblings.sources().stream().map(BlockSource::name).toList();
  }

  @Nested
  class Links {

    private Node server;
    private Node cache;
    private SimulatedNetwork.Joined group;

    @BeforeEach
    void join() throws Exception {
      server = lab.server("127.0.0.64");
      cache = lab.cache("127.0.0.65", server.address());
      cache.awaitView(server);
      group = cache.joined().get(0);
    }

    @Test
    void areMadeAndClosedAsTheViewChanges() {
      Member one = member(id(), "127.0.0.71");
      Member two = member(id(), "127.0.0.72");
      int before = cache.sourcesChanged.get();
      group.pretend(one, two);
      assertThat(sources(cache))
          .containsExactly("http://127.0.0.71:8080", "http://127.0.0.72:8080");
      assertThat(cache.sourcesChanged).hasValue(before + 1);
      BlockSource kept = cache.siblings.sources().get(1);
      group.pretend(two);
      assertThat(cache.siblings.sources()).containsExactly(kept);
      assertThat(kept.node()).contains(two.id());
      group.pretend();
      assertThat(sources(cache)).isEmpty();
      assertThat(kept.usable()).isFalse();
    }

    @Test
    void areTheSameForAMemberThatIsBackBeforeItWasMissed() {
      Member one = member(id(), "127.0.0.71");
      group.pretend(one);
      BlockSource source = cache.siblings.sources().get(0);
      group.pretend();
      assertThat(source.usable()).isFalse();
      group.pretend(one);
      assertThat(cache.siblings.sources()).containsExactly(source);
      assertThat(source.usable()).isTrue();
    }

    @Test
    void areMadeSoManyAtATime() throws Exception {
      Member[] many =
          IntStream.range(0, 40)
              .mapToObj(i -> member(id(), "127.0.1." + (1 + i)))
              .toArray(Member[]::new);
      CountDownLatch noTicks = new CountDownLatch(1);
      CountDownLatch seen = new CountDownLatch(1);
      cache.node.timers.execute(
          () -> {
            noTicks.countDown();
            Uninterruptibles.awaitUninterruptibly(seen);
          });
      noTicks.await();
      cache.siblings.tick();
      group.pretend(many);
      assertThat(sources(cache)).hasSize(SiblingLinks.NEW_IN_A_TICK);
      int before = cache.sourcesChanged.get();
      cache.siblings.tick();
      assertThat(sources(cache)).hasSize(2 * SiblingLinks.NEW_IN_A_TICK);
      assertThat(cache.sourcesChanged).hasValue(before + 1);
      cache.siblings.tick();
      assertThat(sources(cache)).hasSize(many.length);
      seen.countDown();
    }

    @Test
    void areNotMadeToWhatOnlyAnotherMachineOrANameIs() {
      for (String host : List.of("localhost", "cache.example", "169.254.169.254", "0.0.0.0")) {
        assertThat(cache.siblings.referred(new Referral(id(), new NodeAddress(host, 8080, ""))))
            .isEmpty();
      }
      assertThat(cache.siblings.sources()).isEmpty();
    }

    @Test
    void leadToWhereAMemberIsNow() {
      Member before = member(id(), "127.0.0.71");
      group.pretend(before);
      BlockSource there = cache.siblings.sources().get(0);
      group.pretend(member(before.id(), "127.0.0.72"));
      assertThat(sources(cache)).containsExactly("http://127.0.0.72:8080");
      assertThat(there.usable()).isFalse();
    }

    @Test
    void doNotLeadToTheParent() {
      Member parent = new Member(server.id(), NodeFacts.Role.SERVER, server.address(), 8081);
      Member pretender = new Member(id(), NodeFacts.Role.CACHE, server.address(), 8081);
      group.pretend(parent, pretender);
      assertThat(sources(cache)).isEmpty();
    }

    @Test
    void doNotLeadToTheParentWhoeverIsSaidToBeThere() {
      assertThat(cache.siblings.referred(new Referral(id(), server.address()))).isEmpty();
    }

    @Test
    void areMadeToWhomAParentRefersAlthoughItIsNotInView() {
      NodeId to = id();
      NodeAddress at = new NodeAddress("127.0.0.71", 8080, "");
      BlockSource source = cache.siblings.referred(new Referral(to, at)).orElseThrow();
      assertThat(source.name()).isEqualTo("http://127.0.0.71:8080");
      assertThat(source.relation()).isEqualTo(BlockSource.Relation.SIBLING);
      assertThat(cache.siblings.referred(new Referral(to, at))).contains(source);
      assertThat(cache.siblings.sources()).containsExactly(source);
      group.pretend(member(to, "127.0.0.71"));
      assertThat(cache.siblings.sources()).as("the same in view").containsExactly(source);
      assertThat(source.usable()).isTrue();
      assertThat(cache.siblings.referred(new Referral(to, new NodeAddress("127.0.0.72", 8080, ""))))
          .as("who is in view is where it is seen")
          .contains(source);
      group.pretend();
      assertThat(source.usable()).isFalse();
    }

    @Test
    void followAReferralToWhereTheNodeIsNow() {
      NodeId to = id();
      BlockSource before =
          cache
              .siblings
              .referred(new Referral(to, new NodeAddress("127.0.0.71", 8080, "")))
              .orElseThrow();
      BlockSource after =
          cache
              .siblings
              .referred(new Referral(to, new NodeAddress("127.0.0.72", 8080, "")))
              .orElseThrow();
      assertThat(before.usable()).isFalse();
      assertThat(cache.siblings.sources()).containsExactly(after);
      group.pretend(member(to, "127.0.0.73"));
      assertThat(after.usable()).isFalse();
      assertThat(sources(cache)).containsExactly("http://127.0.0.73:8080");
    }

    @Test
    void toReferredNodesAreFewAndTheEarliestEnd() {
      BlockSource first = referredTo(0);
      BlockSource second = referredTo(1);
      for (int i = 2; i < 16; i++) {
        referredTo(i);
      }
      cache.siblings.tick(); // more may be made again
      referredTo(16);
      assertThat(cache.siblings.sources()).hasSize(16).contains(second);
      assertThat(first.usable()).isFalse();
    }

    private void passes(int seconds) throws Exception {
      lab.passes(Duration.ofSeconds(seconds));
      for (int i = 0; i < 2; i++) { // one may have begun before
        cache.node.timers.submit(cache.siblings::tick).get(30, TimeUnit.SECONDS);
      }
    }

    @Test
    void toReferredNodesEndWhenNobodyUsesThem() throws Exception {
      NodeId to = id();
      BlockSource unused = referredTo(1);
      BlockSource referred = cache.siblings.referred(new Referral(to, NOWHERE)).orElseThrow();
      passes(59);
      assertThat(cache.siblings.sources()).containsExactly(unused, referred);
      assertThat(cache.siblings.referred(new Referral(to, NOWHERE))).contains(referred);
      passes(2);
      assertThat(cache.siblings.sources()).containsExactly(referred);
      assertThat(unused.usable()).isFalse();
      passes(56);
      ask(referred);
      passes(59);
      assertThat(cache.siblings.sources()).containsExactly(referred);
      passes(61);
      assertThat(cache.siblings.sources()).isEmpty();
      assertThat(referred.usable()).isFalse();
    }

    /** Asks for what nobody sends, and waits for the end of that. */
    private void ask(BlockSource source) throws Exception {
      CompletableFuture<BlockSource.Outcome> end = new CompletableFuture<>();
      Span span = new Span(BlockSize.DEFAULT, 0, 1);
      source.fetch(
          new BlockSource.SpanQuery(TestEdition.random(1_000, 1).edition, span, Urgency.READ_AHEAD),
          new BlockSource.SpanReceiver() {
            @Override
            public void proof(SpanProof proof) {}

            @Override
            public ByteBuffer bufferFor(int block) {
              throw new AssertionError("nobody is there");
            }

            @Override
            public void prefixVerified(int block, int bytes) {}

            @Override
            public void blockVerified(int block) {}

            @Override
            public void ended(BlockSource.Outcome outcome) {
              end.complete(outcome);
            }
          });
      assertThat(end.get(60, TimeUnit.SECONDS)).isInstanceOf(BlockSource.Outcome.Lost.class);
    }

    private BlockSource referredTo(int number) {
      return cache
          .siblings
          .referred(new Referral(id(), new NodeAddress("127.0.1." + number, 8080, "")))
          .orElseThrow();
    }

    @Test
    void areNotMadeToItselfNorToWhatIsNoHost() {
      assertThat(cache.siblings.referred(new Referral(cache.id(), cache.address()))).isEmpty();
      assertThat(
              cache.siblings.referred(
                  new Referral(id(), new NodeAddress("h".repeat(65), 8080, ""))))
          .isEmpty();
      assertThat(cache.siblings.sources()).isEmpty();
    }

    @Test
    void goOnWhenTheNodeLeavesAndEndWhenItEnds() {
      group.pretend(member(id(), "127.0.0.71"));
      BlockSource source = cache.siblings.sources().get(0);
      assertThat(cache.siblings.leave()).succeedsWithin(Duration.ofSeconds(30));
      server.awaitView();
      assertThat(group.left).isTrue();
      assertThat(cache.siblings.inView()).isEmpty();
      assertThat(cache.siblings.sources()).containsExactly(source);
      assertThat(source.usable()).as("what comes goes on").isTrue();
      lab.passes(Duration.ofMinutes(1));
      assertThat(cache.siblings.problems()).isEmpty();
      cache.siblings.close();
      assertThat(source.usable()).isFalse();
      assertThat(cache.siblings.sources()).isEmpty();
      assertThat(cache.siblings.referred(new Referral(id(), NOWHERE))).isEmpty();
    }
  }

  @Nested
  class AParentThatMoves {

    @Test
    void isFollowedAndFoundWhereItWasWhenItComesBack() throws Exception {
      Node server = lab.server("127.0.0.64");
      Node cache = lab.cache("127.0.0.65", server.address());
      cache.awaitView(server);
      awaitThat(() -> java.nio.file.Files.exists(server.plan.state.resolve("children")));
      server.close();
      cache.awaitView();
      Plan elsewhere = lab.new Plan("127.0.0.66").again(server);
      elsewhere.share = true;
      Node moved = elsewhere.start();
      cache.awaitView(moved);
      awaitThat(() -> cache.upstream.firstParent().address().equals(moved.address()));
      awaitThat(cache.upstream::isFirstUsable);
      moved.close();
      cache.awaitView();
      Plan home = lab.new Plan("127.0.0.64").again(server);
      home.share = true;
      Node back = home.start();
      cache.awaitView(back);
      awaitThat(() -> cache.upstream.firstParent().address().equals(server.address()));
      awaitThat(cache.upstream::isFirstUsable);
      assertThat(cache.upstream.sources()).hasSize(1);
    }
  }

  @Nested
  class Problems {

    private Node server;
    private Node cache;

    private void begin(boolean parentHasPort) throws Exception {
      Plan plan = lab.new Plan("127.0.0.64");
      plan.share = true;
      plan.engine.taken = !parentHasPort;
      server = plan.start();
      cache = lab.cache("127.0.0.65", server.address());
      cache.awaitJoined();
      awaitThat(cache.upstream::isFirstUsable);
    }

    private void awaitNoted() throws Exception {
      cache.node.timers.submit(cache.siblings::tick).get(30, TimeUnit.SECONDS);
    }

    private void assertProblem(String... words) throws Exception {
      awaitNoted();
      assertThat(cache.siblings.problems()).as("while it may still form").isEmpty();
      lab.passes(Duration.ofSeconds(21));
      assertThat(cache.siblings.problems())
          .singleElement()
          .satisfies(problem -> assertThat(problem).contains(words));
    }

    @Test
    void areToldOfACacheThatIsAloneAfterTwentySeconds() throws Exception {
      begin(false);
      assertProblem(
          "this cache is alone",
          "parent 127.0.0.64:" + server.address().port(),
          "its cluster port",
          "same secret");
    }

    @Test
    void areToldOfSiblingsWithoutTheirParent() throws Exception {
      begin(false);
      cache.joined().get(0).pretend(member(id(), "127.0.0.71"));
      assertProblem("answers but is not in the group of its caches");
    }

    @Test
    void areOverWhenTheParentComesInViewAndTakeTheirTimeAgain() throws Exception {
      begin(false);
      awaitNoted();
      lab.passes(Duration.ofSeconds(21));
      assertThat(cache.siblings.problems()).hasSize(1);
      server.plan.engine.taken = false;
      cache.awaitView(server);
      awaitThat(() -> cache.siblings.problems().isEmpty());
      lab.passes(Duration.ofMinutes(5));
      awaitNoted();
      assertThat(cache.siblings.problems()).isEmpty();
      lab.network.cut(Set.of(cache.id()));
      assertProblem("this cache is alone");
      lab.network.heal();
      assertThat(cache.siblings.problems()).isEmpty();
    }

    @Test
    void ofAParentThatIsDownAreSaidOfTheParent() throws Exception {
      begin(true);
      cache.awaitView(server);
      server.close();
      cache.awaitView();
      awaitThat(() -> !cache.upstream.isFirstUsable());
      awaitNoted();
      lab.passes(Duration.ofMinutes(1));
      assertThat(cache.siblings.problems()).isEmpty();
    }

    @Test
    void areToldOfAPortThatIsTaken() throws Exception {
      server = lab.server("127.0.0.64");
      Plan plan = lab.new Plan("127.0.0.65").below(server.address());
      plan.engine.taken = true;
      cache = plan.start();
      awaitThat(() -> cache.siblings.own().isPresent());
      lab.passes(Duration.ofSeconds(21));
      awaitThat(() -> !cache.siblings.problems().isEmpty());
      assertThat(cache.siblings.problems().get(0)).contains("--cluster-port", "is in use");
      plan.engine.taken = false;
      cache.awaitView(server);
      awaitThat(() -> cache.siblings.problems().isEmpty());
    }

    @Test
    void ofAServerAreThoseOfItsPort() throws Exception {
      Plan plan = lab.new Plan("127.0.0.64");
      plan.share = true;
      plan.engine.taken = true;
      server = plan.start();
      awaitThat(() -> !server.siblings.problems().isEmpty());
      assertThat(server.siblings.problems().get(0)).contains("--cluster-port", "is in use");
    }
  }

  /** What is told over SPP. */
  @Nested
  class Members {

    private Reply.Answer ask(Node by, Node asked, String as) throws Exception {
      return (Reply.Answer)
          by.node
              .client
              .peer(asked.address(), TestSecret.of(by.node.secrets))
              .ask(ControlRequest.get("/members?as=" + as))
              .get(30, TimeUnit.SECONDS);
    }

    private GroupMembers told(Node by, Node asked, String as) throws Exception {
      return GroupMembers.parse(JsonBody.parse(ask(by, asked, as).body()));
    }

    private String refusal(Node by, Node asked, String as) throws Exception {
      Reply.Answer answer = ask(by, asked, as);
      return answer.status() + " " + answer.error().orElseThrow();
    }

    @Test
    void areToldByTheParentAndByEachOfThem() throws Exception {
      Node server = lab.server("127.0.0.64");
      Node one = lab.cache("127.0.0.65", server.address());
      Node other = lab.cache("127.0.0.66", server.address());
      one.awaitView(server, other);
      server.awaitView(one, other);
      GroupMembers byParent = told(one, server, "child");
      assertThat(byParent.group()).isEqualTo(server.id());
      assertThat(byParent.members())
          .extracting(GroupMembers.Entry::id)
          .containsExactlyInAnyOrder(server.id(), one.id(), other.id());
      assertThat(byParent.members().get(0).address()).isEqualTo(server.address());
      GroupMembers byOne = told(other, one, "sibling");
      assertThat(byOne.group()).isEqualTo(server.id());
      assertThat(byOne.parents()).containsExactly("127.0.0.64:" + server.address().port());
      assertThat(byOne.members()).containsExactlyInAnyOrderElementsOf(byParent.members());
      assertThat(byOne.members().get(0).id()).as("itself first").isEqualTo(one.id());
    }

    @Test
    void areNotToldByWhoHasNone() throws Exception {
      Node server = lab.server("127.0.0.64");
      Node one = lab.cache("127.0.0.65", NOWHERE);
      assertThat(refusal(one, server, "sibling")).isEqualTo("404 no-group");
      assertThat(refusal(server, one, "sibling")).isEqualTo("404 no-group");
      assertThat(refusal(server, one, "child")).isEqualTo("403 not-shared");
      assertThat(refusal(server, one, "friend")).isEqualTo("400 bad-request");
    }

    @Test
    void areToldWithoutAPortByWhoseEngineHasNone() throws Exception {
      Plan plan = lab.new Plan("127.0.0.64");
      plan.share = true;
      plan.engine.taken = true;
      Node server = plan.start();
      Node one = lab.cache("127.0.0.65", server.address());
      assertThat(told(one, server, "child").members())
          .singleElement()
          .satisfies(entry -> assertThat(entry.clusterPort()).isZero());
    }
  }

  @Nested
  class News {

    private static final String QUESTION = "GET /.spp/v1/catalogue";
    private final TestEdition video = TestEdition.random(1_000, 1);
    private final TestEdition later = TestEdition.random(1_000, 2);

    private void publish(Node server, String title, TestEdition edition) {
      server.journal.publish(new Title(title), edition.edition, Instant.EPOCH);
      server.journal.scanComplete();
      server.journal.flush();
    }

    private void awaitTitle(Node cache, String title) {
      awaitThat(() -> cache.replica.lookup(new Title(title)) instanceof Titles.Lookup.Published);
    }

    @Test
    void comeFromASiblingWhileNoParentAnswers() throws Exception {
      Node server = lab.server("127.0.0.64");
      publish(server, "/film.mp4", video);
      Node one = lab.cache("127.0.0.65", server.address());
      awaitTitle(one, "/film.mp4");
      one.awaitView(server);
      server.close();
      Node late = lab.new Plan("127.0.0.66").below(server.address()).hinted(one.address()).start();
      awaitTitle(late, "/film.mp4");
      assertThat(one.asked(QUESTION)).isPositive();
    }

    @Test
    void reachACacheThatIsCutOffFromItsParentThroughOneThatIsNot() throws Exception {
      Node server = lab.server("127.0.0.64");
      publish(server, "/film.mp4", video);
      Node one = lab.cache("127.0.0.65", server.address());
      Plan plan = lab.new Plan("127.0.0.66").hinted(one.address());
      plan.parents = List.of(NOWHERE);
      java.nio.file.Files.writeString(plan.state.resolve("group"), server.id().toString());
      Node cutOff = plan.start();
      awaitTitle(cutOff, "/film.mp4");
      publish(server, "/later.mp4", later);
      awaitTitle(cutOff, "/later.mp4");
    }

    @Test
    void areNotAskedOfSiblingsWhileTheParentAnswers() throws Exception {
      Node server = lab.server("127.0.0.64");
      publish(server, "/film.mp4", video);
      Node one = lab.cache("127.0.0.65", server.address());
      Node other = lab.cache("127.0.0.66", server.address());
      awaitTitle(one, "/film.mp4");
      awaitTitle(other, "/film.mp4");
      one.awaitView(server, other);
      publish(server, "/later.mp4", later);
      awaitTitle(one, "/later.mp4");
      awaitTitle(other, "/later.mp4");
      assertThat(one.asked(QUESTION) + other.asked(QUESTION)).isZero();
      assertThat(Optional.of(server.asked(QUESTION)).filter(count -> count > 0)).isPresent();
    }
  }
}
