package org.p2pd.spp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.content.Urgency;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.NodeId;
import org.p2pd.model.Span;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.LeaseNotice;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.TestEdition;
import org.p2pd.spp.TestNode;

/** What a child believes of a parent's referrals and leases. */
class ReferralsTest {

  private static final BlockSize SIZE = BlockSize.DEFAULT;

  private final TestEdition video = TestEdition.random(1_000_000, 3);
  private final Span span = new Span(SIZE, 0, 2);
  private final String resource = "/.spp/v1/editions/" + video.edition.id();
  private final NodeId member = NodeKey.generate().id();
  private final NodeId excluded = NodeKey.generate().id();
  private @TempDir Path directory;
  private TestNode node;

  @BeforeEach
  void start() throws IOException {
    node = new TestNode.Choice("127.0.0.2", directory).start();
  }

  @AfterEach
  void end() {
    node.close();
  }

  private BlockQuestion question(BlockQuestion.Relation relation) {
    return new BlockQuestion(
        video.edition,
        span,
        Urgency.READ_AHEAD,
        relation,
        List.of(node.key.id()),
        List.of(excluded),
        OptionalLong.of(11_500_000));
  }

  private Collected ask(ScriptedNode parent, BlockQuestion.Relation relation) throws Exception {
    Collected got = new Collected(video.edition, span);
    node.client.peer(parent.address(), TestSecret.of(parent.secret)).fetch(question(relation), got);
    got.await();
    return got;
  }

  private Collected ask(ScriptedNode parent) throws Exception {
    return ask(parent, BlockQuestion.Relation.CHILD);
  }

  private static Map<String, String> referral(String location, NodeId to) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(SppHeaders.LOCATION, location);
    headers.put(SppHeaders.REFERRED_TO, to.toString());
    return headers;
  }

  private Map<String, String> proven(String lease) {
    Map<String, String> headers = new LinkedHashMap<>();
    ByteRange range = span.bytes(video.bytes.length);
    headers.put(SppHeaders.ETAG, video.edition.id().entityTag());
    headers.put(SppHeaders.CONTENT_RANGE, "bytes " + range + "/" + video.bytes.length);
    headers.put(SppHeaders.PROOF, SppHeaders.bytes(video.prove(span)));
    headers.put(SppHeaders.LEASE, lease);
    return headers;
  }

  private ScriptedNode sends(String lease) throws IOException {
    byte[] body = video.slice(0, 2L * SIZE.bytes() - 1);
    return new ScriptedNode(
        exchange -> {
          exchange.provenHead(proven(lease), body.length);
          exchange.send(body);
        });
  }

  @Test
  void aQuestionSaysWhomItExcludesAndItsRate() throws Exception {
    CompletableFuture<Map<String, String>> heard = new CompletableFuture<>();
    try (ScriptedNode parent =
        new ScriptedNode(
            exchange -> {
              heard.complete(exchange.headers);
              exchange.signed(404, new LinkedHashMap<>(), new byte[0]);
            })) {
      ask(parent);
      assertThat(heard.get(30, TimeUnit.SECONDS))
          .containsEntry(SppHeaders.EXCLUDE, excluded.toString())
          .containsEntry(SppHeaders.RATE, "11500000");
    }
  }

  @Test
  void aNoticeTellsWhatBecameOfLeases() throws Exception {
    CompletableFuture<ScriptedNode.Exchange> heard = new CompletableFuture<>();
    try (ScriptedNode parent =
        new ScriptedNode(
            exchange -> {
              heard.complete(exchange);
              exchange.signed(204, new LinkedHashMap<>(), new byte[0]);
            })) {
      List<ByteRange> held = List.of(new ByteRange(0, 65_535));
      List<ByteRange> gone = List.of(new ByteRange(65_536, 131_071));
      Reply reply =
          node.client
              .peer(parent.address(), TestSecret.of(parent.secret))
              .ask(ControlRequest.leases(video.edition.id(), held, gone))
              .get(30, TimeUnit.SECONDS);
      assertThat(((Reply.Answer) reply).status()).isEqualTo(204);
      ScriptedNode.Exchange exchange = heard.get();
      assertThat(exchange.method + " " + exchange.target)
          .isEqualTo("POST /.spp/v1/leases/" + video.edition.id());
      assertThat(LeaseNotice.parse(JsonBody.parse(exchange.body)))
          .isEqualTo(new LeaseNotice(held, gone));
    }
  }

  @Nested
  class AReferral {

    @ParameterizedTest
    @ValueSource(
        strings = {
          "http://10.9.8.7:8080",
          "http://[2001:db8::1]:80/video",
          "http://cache.example:1"
        })
    void isToldAndNotFollowed(String at) throws Exception {
      try (ScriptedNode parent =
          new ScriptedNode(
              exchange -> exchange.signed(307, referral(at + resource, member), new byte[0]))) {
        Collected got = ask(parent);
        assertThat(got.await())
            .isInstanceOfSatisfying(
                BlockEnd.Referred.class,
                referred -> {
                  assertThat(referred.referral().to()).isEqualTo(member);
                  assertThat(referred.referral().at()).hasToString(at);
                });
        assertThat(got.heard).containsExactly("Referred");
      }
    }

    private void assertNotUnderstood(ScriptedNode.Script script) throws Exception {
      try (ScriptedNode parent = new ScriptedNode(script)) {
        assertThat(ask(parent).await()).isInstanceOf(BlockEnd.Lost.class);
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "https://10.9.8.7:8080{}",
          "ftp://10.9.8.7:8080{}",
          "file://{}",
          "javascript:alert(1)",
          "{}",
          "http://10.9.8.7{}",
          "http://user@10.9.8.7:8080{}",
          "http://10.9.8.7:8080/../admin{}",
          "http://10.9.8.7:8080/.spp/v1/node",
          "http://10.9.8.7:8080/"
        })
    void thatLeadsToNoNodesEditionIsNone(String location) throws Exception {
      assertNotUnderstood(
          exchange ->
              exchange.signed(
                  307, referral(location.replace("{}", resource), member), new byte[0]));
    }

    @Test
    void thatIsTooLongIsNone() throws Exception {
      for (String location :
          List.of(
              "http://" + "a".repeat(65) + ":80" + resource,
              "http://a:80/" + "x/".repeat(3_000) + resource,
              "http://a:80" + "/x".repeat(20_000) + resource)) { // more than a head may have
        assertNotUnderstood(
            exchange -> exchange.signed(307, referral(location, member), new byte[0]));
      }
    }

    @Test
    void inACircleIsNone() throws Exception {
      String at = "http://10.9.8.7:8080" + resource;
      assertNotUnderstood(
          exchange -> exchange.signed(307, referral(at, node.key.id()), new byte[0]));
      assertNotUnderstood(exchange -> exchange.signed(307, referral(at, excluded), new byte[0]));
      CompletableFuture<NodeId> itself = new CompletableFuture<>();
      try (ScriptedNode parent =
          new ScriptedNode(
              exchange -> exchange.signed(307, referral(at, itself.join()), new byte[0]))) {
        itself.complete(parent.id());
        assertThat(ask(parent).await()).isInstanceOf(BlockEnd.Lost.class);
      }
    }

    @Test
    void withoutARightMacIsNone() throws Exception {
      Map<String, String> good = referral("http://10.9.8.7:8080" + resource, member);
      assertNotUnderstood(exchange -> exchange.head(307, good, 0));
      assertNotUnderstood(
          exchange -> {
            Map<String, String> forged = new LinkedHashMap<>(good);
            forged.put(SppHeaders.MAC, "A".repeat(43));
            exchange.head(307, forged, 0);
          });
    }

    @Test
    void thatNamesNoNodeIsNone() throws Exception {
      for (String missing : List.of(SppHeaders.LOCATION, SppHeaders.REFERRED_TO)) {
        Map<String, String> half = referral("http://10.9.8.7:8080" + resource, member);
        half.remove(missing);
        assertNotUnderstood(exchange -> exchange.signed(307, half, new byte[0]));
      }
      Map<String, String> nobody = referral("http://10.9.8.7:8080" + resource, member);
      nobody.put(SppHeaders.REFERRED_TO, "somebody");
      assertNotUnderstood(exchange -> exchange.signed(307, nobody, new byte[0]));
    }

    @Test
    void ofASiblingIsNone() throws Exception {
      try (ScriptedNode sibling =
          new ScriptedNode(
              exchange ->
                  exchange.signed(
                      307, referral("http://10.9.8.7:8080" + resource, member), new byte[0]))) {
        assertThat(ask(sibling, BlockQuestion.Relation.SIBLING).await())
            .isInstanceOf(BlockEnd.Lost.class);
      }
    }
  }

  @Nested
  class ALease {

    @ParameterizedTest
    @ValueSource(strings = {"1", "600"})
    void isToldAfterTheProof(String seconds) throws Exception {
      try (ScriptedNode parent = sends(seconds)) {
        assertThat(ask(parent).heard).startsWith("proof 0-1", "leased " + seconds, "buffer 0");
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "601", "-1", "1.5", "", "ten", "99999999999999999999"})
    void ofNoTimeIsNotUnderstood(String seconds) throws Exception {
      try (ScriptedNode parent = sends(seconds)) {
        Collected got = ask(parent);
        assertThat(got.heard).containsExactly("Lost");
      }
    }

    @Test
    void isNoneForAnyoneButAChild() throws Exception {
      try (ScriptedNode sibling = sends("60")) {
        Collected got = ask(sibling, BlockQuestion.Relation.SIBLING);
        assertThat(got.await()).isEqualTo(new BlockEnd.Delivered());
        assertThat(got.heard).noneMatch(heard -> heard.startsWith("leased"));
      }
    }
  }
}
