package org.p2pd.siblings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.p2pd.cluster.Seed;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;
import org.p2pd.siblings.GroupLab.Node;
import org.p2pd.siblings.GroupLab.Plan;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.client.ScriptedNode;

/** Caches that look for their group, over SPP; who is alive a network in memory tells. */
class JoiningTest {

  private static final String AS_CHILD = "GET /.spp/v1/members?as=child";
  private static final String AS_SIBLING = "GET /.spp/v1/members?as=sibling";

  /** Nobody answers there. */
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

  private static void awaitRemembered(Node by, NodeAddress member) {
    GroupLab.awaitThat(
        () -> {
          Path file = by.plan.state.resolve("siblings");
          return Files.exists(file)
              && Files.readString(file).contains(member.host() + " " + member.port());
        });
    GroupLab.awaitThat(() -> Files.exists(by.plan.state.resolve("group")));
  }

  @Nested
  class ACache {

    @Test
    void findsItsGroupThroughItsParent() throws Exception {
      Node server = lab.server("127.0.0.61");
      Node one = lab.cache("127.0.0.62", server.address());
      Node other = lab.cache("127.0.0.63", server.address());
      one.awaitView(server, other);
      other.awaitView(server, one);
      server.awaitView(one, other);
      assertThat(one.siblings.inView())
          .extracting(Acquaintance::relation)
          .containsExactlyInAnyOrder(Acquaintance.Relation.PARENT, Acquaintance.Relation.SIBLING);
      assertThat(one.joined().get(0).self.address()).isEqualTo(one.address());
      assertThat(one.joined().get(0).group).isEqualTo(server.id());
    }

    @Test
    void findsItThroughMembersOfLastTimeWhileItsParentIsDown() throws Exception {
      Node server = lab.server("127.0.0.61");
      Node stays = lab.cache("127.0.0.62", server.address());
      Node returns = lab.cache("127.0.0.63", server.address());
      returns.awaitView(server, stays);
      awaitRemembered(returns, stays.address());
      returns.close();
      server.close();
      stays.awaitView();
      Node again = lab.new Plan("127.0.0.63").again(returns).below(server.address()).start();
      again.awaitView(stays);
      stays.awaitView(again);
      assertThat(again.siblings.own().orElseThrow().group()).isEqualTo(server.id());
    }

    @Test
    void findsItThroughAHintAlthoughItHasNeverSeenItsParent() throws Exception {
      Node server = lab.server("127.0.0.61");
      Node member = lab.cache("127.0.0.62", server.address());
      member.awaitView(server);
      server.close();
      Plan plan = lab.new Plan("127.0.0.63").below(server.address()).hinted(member.address());
      Node late = plan.start();
      late.awaitView(member);
      assertThat(late.joined().get(0).group).isEqualTo(server.id());
      assertThat(late.siblings.own()).as("it has not been shown who its parent is").isEmpty();
    }

    @Test
    void findsItThroughAStandInThatIsOneOfTheGroup() throws Exception {
      Node server = lab.server("127.0.0.61");
      Node member = lab.cache("127.0.0.62", server.address());
      member.awaitView(server);
      server.close();
      Node late = lab.cache("127.0.0.63", server.address(), member.address());
      late.awaitView(member);
    }

    @Test
    void doesNotJoinTheGroupOfOtherParents() throws Exception {
      Node server = lab.server("127.0.0.61");
      Node stranger = lab.cache("127.0.0.62", server.address());
      stranger.awaitView(server);
      Node alone = lab.new Plan("127.0.0.63").below(NOWHERE).hinted(stranger.address()).start();
      GroupLab.awaitThat(() -> stranger.asked(AS_SIBLING) >= 3);
      assertThat(alone.joined()).isEmpty();
    }

    @Test
    void doesNotJoinTheGroupOfWhoIsOnlyItsStandIn() throws Exception {
      Node server = lab.server("127.0.0.61");
      Node stranger = lab.cache("127.0.0.62", server.address());
      stranger.awaitView(server);
      server.close();
      Node alone =
          lab.new Plan("127.0.0.63")
              .below(NOWHERE, server.address())
              .hinted(stranger.address())
              .start();
      GroupLab.awaitThat(() -> stranger.asked(AS_SIBLING) >= 3);
      assertThat(alone.joined()).isEmpty();
    }

    @Test
    void goesToTheGroupOfTheParentThatAnswersInPlaceOfAnother() throws Exception {
      Node first = lab.server("127.0.0.61");
      Node cache = lab.cache("127.0.0.62", first.address());
      cache.awaitView(first);
      int port = first.node.transport.port();
      first.close();
      Plan plan = lab.new Plan("127.0.0.61");
      plan.port = port;
      plan.share = true;
      Node second = plan.start();
      cache.awaitView(second);
      assertThat(cache.joined()).extracting(joined -> joined.group).contains(second.id());
      assertThat(cache.joined().get(0).left).isTrue();
    }

    @Test
    void joinsAgainWhenItIsAloneAlthoughItsParentTellsOfMembers() throws Exception {
      Plan plan = lab.new Plan("127.0.0.61");
      plan.share = true;
      plan.engine.taken = true;
      Node server = plan.start();
      Node cache = lab.cache("127.0.0.62", server.address());
      assertThat(cache.awaitJoined().seeds).as("the parent has no port yet").isEmpty();
      plan.engine.taken = false;
      cache.awaitView(server);
      assertThat(lab.network.rejoins).hasPositiveValue();
      assertThat(cache.joined()).hasSize(1);
    }

    @Test
    void doesNotJoinAgainAndAgainWhenItsParentHasNoPort() throws Exception {
      Plan plan = lab.new Plan("127.0.0.61");
      plan.share = true;
      plan.engine.taken = true;
      Node server = plan.start();
      Node cache = lab.cache("127.0.0.62", server.address());
      GroupLab.awaitThat(() -> server.asked(AS_CHILD) >= 5);
      assertThat(lab.network.rejoins).hasValue(0);
      assertThat(cache.joined()).hasSize(1);
    }

    @Test
    void isInTwoGroupsOverOnePortWhenItHasChildren() throws Exception {
      Node server = lab.server("127.0.0.61");
      Plan plan = lab.new Plan("127.0.0.62").below(server.address());
      plan.share = true;
      Node middle = plan.start();
      Node leaf = lab.cache("127.0.0.63", middle.address());
      leaf.awaitView(middle);
      middle.awaitView(server, leaf);
      server.awaitView(middle);
      assertThat(middle.plan.engine.opened).hasSize(1);
      assertThat(middle.joined())
          .extracting(joined -> joined.self.clusterPort())
          .containsOnly(middle.joined().get(0).self.clusterPort());
      assertThat(middle.siblings.sources()).as("a child is no source").isEmpty();
    }

    @Test
    void beginsWhenTheTimersAreFree() throws Exception {
      Node server = lab.server("127.0.0.61");
      Plan plan = lab.new Plan("127.0.0.62").below(server.address());
      plan.timersAreFree = new CountDownLatch(1);
      Node cache = plan.start();
      assertThat(server.asked(AS_CHILD)).isZero();
      assertThat(cache.siblings.problems()).isEmpty();
      plan.timersAreFree.countDown();
      cache.awaitView(server);
    }

    @Test
    void isQuietInAWholeGroup() throws Exception {
      Node server = lab.server("127.0.0.61");
      Node one = lab.cache("127.0.0.62", server.address());
      one.awaitView(server);
      Node other = lab.cache("127.0.0.63", server.address());
      one.awaitView(server, other);
      one.node.timers.submit(() -> {}).get();
      assertThat(server.asked(AS_CHILD)).as("whole: asked once a minute").isLessThan(10);
      assertThat(other.asked(AS_SIBLING)).isZero();
    }
  }

  @Nested
  class AStranger {

    private ScriptedNode enemy;

    private void says(String members) throws Exception {
      byte[] body = members.getBytes(StandardCharsets.UTF_8);
      enemy =
          new ScriptedNode(
              exchange -> {
                if (exchange.target.contains("/members")) {
                  exchange.signed(200, new LinkedHashMap<>(), body);
                } else {
                  byte[] error =
                      "{\"error\": \"unknown-resource\", \"message\": \"\"}"
                          .getBytes(StandardCharsets.UTF_8);
                  exchange.signed(404, Map.of(), error);
                }
              });
      lab.close();
      lab = new GroupLab(directory, enemy.secret);
    }

    @AfterEach
    void stop() throws IOException {
      enemy.close();
    }

    private void awaitAsked(int times) {
      int before = enemy.questions.get();
      GroupLab.awaitThat(() -> enemy.questions.get() >= before + times);
    }

    static String group(NodeId id, String parents, String members) {
      return "{\"group\": \""
          + id
          + "\", \"parents\": ["
          + parents
          + "], \"members\": ["
          + members
          + "]}";
    }

    static String member(String host, Object port, Object clusterPort) {
      return "{\"id\": \""
          + NodeKey.generate().id()
          + "\", \"role\": \"cache\", \"host\": \""
          + host
          + "\", \"port\": "
          + port
          + ", \"path\": \"\", \"clusterPort\": "
          + clusterPort
          + "}";
    }

    static String members(int count) {
      return IntStream.range(0, count)
          .mapToObj(i -> member("10.0." + i / 250 + "." + i % 250, 8080, 8081))
          .collect(Collectors.joining(","));
    }

    private static final String OURS = "\"127.0.0.79:1\"";

    static Stream<String> uselessAnswers() {
      NodeId id = NodeKey.generate().id();
      return Stream.of(
          group(id, "\"10.0.0.99:8080\"", members(2)),
          group(id, "", members(2)),
          group(id, "\"10.0.0.99:8080\", " + OURS, members(2)),
          group(id, OURS, members(257)),
          group(id, (OURS + ",").repeat(17) + OURS, members(2)),
          group(id, OURS, member("10.0.0.9", 8080, -1)),
          group(id, OURS, member("10.0.0.9", 8080, 65_536)),
          group(id, OURS, member("10.0.0.9", 0, 8081)),
          group(id, OURS, member("h".repeat(65), 8080, 8081)),
          group(id, OURS, member("", 8080, 8081)),
          group(id, OURS, member("a host", 8080, 8081)),
          group(id, OURS, member("fe80::1%eth0", 8080, 8081)),
          group(id, OURS, "7"),
          "{}",
          "[]",
          "no JSON",
          "");
    }

    @ParameterizedTest
    @MethodSource("uselessAnswers")
    void cannotMakeACacheJoinWithAnAnswerLikeThat(String answer) throws Exception {
      says(answer);
      Node cache = lab.new Plan("127.0.0.62").below(NOWHERE).hinted(enemy.address()).start();
      awaitAsked(3);
      assertThat(cache.joined()).isEmpty();
      assertThat(cache.siblings.own()).isEmpty();
    }

    @Test
    void isNotFollowedToNamesNorToWhatIsAnotherMachinesOwn() throws Exception {
      says(
          group(
              NodeKey.generate().id(),
              OURS,
              Stream.of("localhost", "169.254.169.254", "0.0.0.0", "10.0.0.9", "cache.example")
                  .map(host -> member(host, 8080, 8081))
                  .collect(Collectors.joining(","))));
      Node cache = lab.new Plan("127.0.0.62").below(NOWHERE).hinted(enemy.address()).start();
      assertThat(cache.awaitJoined().seeds).containsExactly(new Seed("10.0.0.9", 8081));
    }

    @Test
    void isNotBelievedAboutTheGroupOfAParentThatIsKnown() throws Exception {
      says(group(NodeKey.generate().id(), OURS, members(2)));
      Plan plan = lab.new Plan("127.0.0.62").below(NOWHERE).hinted(enemy.address());
      NodeId known = NodeKey.generate().id();
      Files.writeString(plan.state.resolve("group"), known.toString());
      Node cache = plan.start();
      awaitAsked(3);
      assertThat(cache.joined()).isEmpty();
      assertThat(cache.siblings.own().orElseThrow().group()).isEqualTo(known);
    }

    @Test
    void canNameAsManySeedsAsLeaveRoomForThoseOfOthers() throws Exception {
      says(group(NodeKey.generate().id(), OURS, members(256)));
      Node cache = lab.new Plan("127.0.0.62").below(NOWHERE).hinted(enemy.address()).start();
      assertThat(cache.awaitJoined().seeds).hasSizeLessThanOrEqualTo(64);
    }

    @Test
    void canNameMembersThatCannotBeJoined() throws Exception {
      says(
          group(
              NodeKey.generate().id(),
              OURS,
              member("10.0.0.9", 8080, 0) + "," + member("10.0.0.8", 8080, 8081)));
      Node cache = lab.new Plan("127.0.0.62").below(NOWHERE).hinted(enemy.address()).start();
      assertThat(cache.awaitJoined().seeds).containsOnly(new Seed("10.0.0.8", 8081));
    }

    @Test
    void thatIsTheParentNamesTheGroupWhateverItSays() throws Exception {
      for (String answer :
          List.of(
              group(NodeKey.generate().id(), OURS, members(2)),
              group(NodeKey.generate().id(), OURS, members(257)),
              "no JSON")) {
        says(answer);
        Node cache = lab.cache("127.0.0.62", enemy.address());
        assertThat(cache.awaitJoined().group).isEqualTo(enemy.id());
        assertThat(cache.joined().get(0).seeds).isEmpty();
        enemy.close();
      }
    }
  }
}
