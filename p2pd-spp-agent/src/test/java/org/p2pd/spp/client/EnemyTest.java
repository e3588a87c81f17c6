package org.p2pd.spp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.content.Urgency;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Span;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.TestEdition;
import org.p2pd.spp.TestNode;

/** What a node does with one that has the secret and means ill, or with what stands between. */
class EnemyTest {

  private static final BlockSize SIZE = BlockSize.DEFAULT;

  private final TestEdition video = TestEdition.random(1_000_000, 3);
  private final Span span = new Span(SIZE, 0, 8);
  private final CountDownLatch testOver = new CountDownLatch(1);
  private @TempDir Path directory;
  private TestNode node;

  @BeforeEach
  void start() throws IOException {
    node = new TestNode.Choice("127.0.0.2", directory).start();
  }

  @AfterEach
  void end() {
    testOver.countDown();
    node.close();
  }

  private Collected fetch(ScriptedNode enemy, Urgency urgency) throws Exception {
    Collected got = new Collected(video.edition, span);
    peer(enemy).fetch(question(urgency), got);
    got.await();
    return got;
  }

  private Peer peer(ScriptedNode enemy) {
    return node.client.peer(enemy.address(), TestSecret.of(enemy.secret));
  }

  private BlockQuestion question(Urgency urgency) {
    return new BlockQuestion(
        video.edition, span, urgency, BlockQuestion.Relation.CHILD, List.of(node.key.id()));
  }

  private Map<String, String> headers() {
    Map<String, String> headers = new LinkedHashMap<>();
    ByteRange range = span.bytes(video.bytes.length);
    headers.put(SppHeaders.ETAG, video.edition.id().entityTag());
    headers.put(SppHeaders.CONTENT_RANGE, "bytes " + range + "/" + video.bytes.length);
    headers.put(SppHeaders.PROOF, SppHeaders.bytes(video.prove(span)));
    return headers;
  }

  private byte[] body() {
    return video.slice(0, 8L * SIZE.bytes() - 1);
  }

  private void assertLostBeforeAnyByte(ScriptedNode.Script script) throws Exception {
    try (ScriptedNode enemy = new ScriptedNode(script)) {
      Collected got = fetch(enemy, Urgency.READ_AHEAD);
      assertThat(got.await()).isInstanceOf(BlockEnd.Lost.class);
      assertThat(got.buffers).isEmpty();
    }
  }

  private void assertMismatchBeforeAnyByte(ScriptedNode.Script script, Urgency urgency)
      throws Exception {
    try (ScriptedNode enemy = new ScriptedNode(script)) {
      Collected got = fetch(enemy, urgency);
      assertThat(got.await()).isInstanceOf(BlockEnd.Mismatch.class);
      assertThat(got.buffers).isEmpty();
    }
  }

  @Test
  void anHonestScriptIsBelieved() throws Exception {
    try (ScriptedNode honest =
        new ScriptedNode(
            exchange -> {
              exchange.provenHead(headers(), body().length);
              exchange.send(body());
            })) {
      assertThat(fetch(honest, Urgency.READ_AHEAD).await()).isEqualTo(new BlockEnd.Delivered());
    }
  }

  @Test
  void aFlippedBitSpoilsItsBlockAndWhatFollows() throws Exception {
    byte[] flipped = body();
    flipped[2 * SIZE.bytes() + 40_000] ^= 4;
    try (ScriptedNode enemy =
        new ScriptedNode(
            exchange -> {
              exchange.provenHead(headers(), flipped.length);
              exchange.send(flipped);
            })) {
      Collected got = fetch(enemy, Urgency.READ_AHEAD);
      assertThat(got.await()).isInstanceOf(BlockEnd.Mismatch.class);
      assertThat(got.heard).contains("block 0", "block 1").doesNotContain("block 2", "block 3");
    }
  }

  @Test
  void aFlippedBitAtAPlayHeadIsNoticedWithinItsLeaf() throws Exception {
    byte[] flipped = body();
    flipped[20_000] ^= 4;
    Map<String, String> headers = headers();
    headers.put(SppHeaders.LEAVES, SppHeaders.bytes(video.leafHashes(new Span(SIZE, 0, 1))));
    try (ScriptedNode enemy =
        new ScriptedNode(
            exchange -> {
              exchange.provenHead(headers, flipped.length);
              exchange.send(Arrays.copyOf(flipped, 2 * 16_384));
              await(testOver);
            })) {
      Collected got = fetch(enemy, Urgency.PLAY_HEAD);
      assertThat(got.await()).isInstanceOf(BlockEnd.Mismatch.class);
      assertThat(got.heard).containsExactly("proof 0-7", "buffer 0", "prefix 0:16384", "Mismatch");
    }
  }

  @Test
  void aThousandBytesAndThenTheEndAreLost() throws Exception {
    try (ScriptedNode enemy =
        new ScriptedNode(
            exchange -> {
              exchange.provenHead(headers(), body().length);
              exchange.send(Arrays.copyOf(body(), 1_000));
              exchange.hangUp();
            })) {
      Collected got = fetch(enemy, Urgency.READ_AHEAD);
      assertThat(got.await()).isInstanceOf(BlockEnd.Lost.class);
      assertThat(got.heard).containsExactly("proof 0-7", "buffer 0", "Lost");
    }
  }

  @Test
  void aThousandBytesAndThenNothingCanBeGivenUp() throws Exception {
    try (ScriptedNode enemy =
        new ScriptedNode(
            exchange -> {
              exchange.provenHead(headers(), body().length);
              exchange.send(Arrays.copyOf(body(), 1_000));
              await(testOver);
            })) {
      Collected got = new Collected(video.edition, span);
      Peer.Transfer transfer = peer(enemy).fetch(question(Urgency.READ_AHEAD), got);
      got.firstProof.get(30, TimeUnit.SECONDS);
      transfer.cancel();
      assertThat(got.await()).isEqualTo(new BlockEnd.Cancelled());
    }
  }

  @Test
  void aWrongProofIsAMismatch() throws Exception {
    byte[] proof = video.prove(span);
    proof[70] ^= 1;
    Map<String, String> wrong = headers();
    wrong.put(SppHeaders.PROOF, SppHeaders.bytes(proof));
    assertMismatchBeforeAnyByte(
        exchange -> exchange.provenHead(wrong, body().length), Urgency.RELAY);
    Map<String, String> shorter = headers();
    shorter.put(SppHeaders.PROOF, SppHeaders.bytes(Arrays.copyOf(video.prove(span), 32)));
    assertMismatchBeforeAnyByte(
        exchange -> exchange.provenHead(shorter, body().length), Urgency.RELAY);
  }

  @Test
  void wrongLeavesAreAMismatch() throws Exception {
    byte[] leaves = video.leafHashes(new Span(SIZE, 0, 1));
    leaves[0] ^= 1;
    Map<String, String> headers = headers();
    headers.put(SppHeaders.LEAVES, SppHeaders.bytes(leaves));
    assertMismatchBeforeAnyByte(
        exchange -> exchange.provenHead(headers, body().length), Urgency.PLAY_HEAD);
  }

  @Test
  void aProofTooLongToBeOneIsNotDecoded() throws Exception {
    Map<String, String> headers = headers();
    headers.put(SppHeaders.PROOF, "A".repeat(7_000));
    assertLostBeforeAnyByte(exchange -> exchange.provenHead(headers, body().length));
  }

  @Test
  void aHeadThatNobodyVouchesForIsLost() throws Exception {
    assertLostBeforeAnyByte(exchange -> exchange.head(206, headers(), body().length));
    assertLostBeforeAnyByte(
        exchange -> {
          Map<String, String> forged = headers();
          forged.put(SppHeaders.MAC, "A".repeat(43));
          exchange.head(206, forged, body().length);
        });
  }

  @Test
  void anotherEditionRangeOrLengthIsLost() throws Exception {
    for (String range :
        List.of(
            "bytes 0-524287/999999",
            "bytes 65536-524287/1000000",
            "bytes 0-999999/1000000",
            "bytes 0-100/1000000",
            "bytes 5-4/1000000",
            "bytes 0-99999999999999999999/1000000",
            "bytes */1000000",
            "lines 0-1/2")) {
      Map<String, String> headers = headers();
      headers.put(SppHeaders.CONTENT_RANGE, range);
      assertLostBeforeAnyByte(exchange -> exchange.provenHead(headers, body().length));
    }
    Map<String, String> other = headers();
    other.put(SppHeaders.ETAG, TestEdition.random(5, 5).edition.id().entityTag());
    assertLostBeforeAnyByte(exchange -> exchange.provenHead(other, body().length));
    assertLostBeforeAnyByte(exchange -> exchange.provenHead(headers(), body().length + 1));
  }

  @Test
  void whatIsEncodedOrOfUnknownLengthIsLost() throws Exception {
    Map<String, String> chunked = headers();
    chunked.put("Transfer-Encoding", "chunked");
    assertLostBeforeAnyByte(exchange -> exchange.provenHead(chunked, -1));
    Map<String, String> gzip = headers();
    gzip.put("Content-Encoding", "gzip");
    assertLostBeforeAnyByte(exchange -> exchange.provenHead(gzip, body().length));
  }

  @Test
  void twoHundredInsteadOfTheRangeIsLost() throws Exception {
    try (ScriptedNode enemy =
        new ScriptedNode(exchange -> exchange.signed(200, headers(), body()))) {
      Collected got = fetch(enemy, Urgency.RELAY);
      assertThat(got.heard).containsExactly("Lost");
    }
    assertLostBeforeAnyByte(exchange -> exchange.head(200, headers(), 1L << 40));
  }

  @Test
  void aRedirectIsNotFollowed() throws Exception {
    try (ScriptedNode trap = new ScriptedNode(exchange -> {});
        ScriptedNode enemy =
            new ScriptedNode(
                exchange -> {
                  Map<String, String> headers = new LinkedHashMap<>();
                  headers.put(SppHeaders.LOCATION, trap.address() + "/.spp/v1/node");
                  exchange.signed(307, headers, new byte[0]);
                })) {
      assertThat(fetch(enemy, Urgency.RELAY).await()).isInstanceOf(BlockEnd.Lost.class);
      assertThat(trap.connections).hasValue(0);
    }
  }

  @Test
  void refusalsThatNobodyVouchesForAreNoNewsAboutBlocks() throws Exception {
    for (int status : new int[] {404, 410, 416, 500, 502}) {
      try (ScriptedNode enemy =
          new ScriptedNode(exchange -> exchange.head(status, new LinkedHashMap<>(), 0))) {
        assertThat(fetch(enemy, Urgency.RELAY).await()).isInstanceOf(BlockEnd.Lost.class);
      }
    }
    try (ScriptedNode busy =
        new ScriptedNode(exchange -> exchange.head(429, new LinkedHashMap<>(), 0))) {
      assertThat(fetch(busy, Urgency.RELAY).await()).isInstanceOf(BlockEnd.Busy.class);
    }
  }

  @Test
  void aVouchedRefusalIsHeeded() throws Exception {
    try (ScriptedNode enemy =
        new ScriptedNode(exchange -> exchange.signed(404, new LinkedHashMap<>(), new byte[0]))) {
      assertThat(fetch(enemy, Urgency.RELAY).await()).isEqualTo(new BlockEnd.NotHeld());
    }
    Map<String, String> later = Map.of(SppHeaders.RETRY_AFTER, "7");
    try (ScriptedNode enemy =
        new ScriptedNode(exchange -> exchange.signed(503, later, new byte[0]))) {
      assertThat(fetch(enemy, Urgency.RELAY).await())
          .isEqualTo(new BlockEnd.Busy(Duration.ofSeconds(7)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"not-ready", "not-synced", "busy", "closing", "of-the-future"})
  void aRefusalTellsWhetherOtherBlocksMayBeAskedFor(String code) throws Exception {
    Map<String, String> later = Map.of(SppHeaders.RETRY_AFTER, "7");
    byte[] body = ("{\"error\":\"" + code + "\"}").getBytes(StandardCharsets.UTF_8);
    try (ScriptedNode node = new ScriptedNode(exchange -> exchange.signed(503, later, body))) {
      assertThat(fetch(node, Urgency.RELAY).await())
          .isEqualTo(
              code.startsWith("not-")
                  ? new BlockEnd.Later(Duration.ofSeconds(7))
                  : new BlockEnd.Busy(Duration.ofSeconds(7)));
    }
  }

  @Test
  void aHeadThatNeverEndsIsCutOff() throws Exception {
    assertLostBeforeAnyByte(
        exchange -> {
          exchange.send("HTTP/1.1 206 X\r\n");
          while (testOver.getCount() > 0) {
            exchange.send("X-More: and more\r\n");
          }
        });
    assertLostBeforeAnyByte(
        exchange -> {
          exchange.send("HTTP/1.1 206 X\r\nX-Long: ");
          while (testOver.getCount() > 0) {
            exchange.send("and longer ");
          }
        });
  }

  @Test
  void tenMegabytesOfJsonAreNotRead() throws Exception {
    ScriptedNode.Script endless =
        exchange -> {
          exchange.head(404, new LinkedHashMap<>(), 10L << 20);
          exchange.send(new byte[100_000]);
        };
    assertLostBeforeAnyByte(endless);
    ScriptedNode.Script chunked =
        exchange -> {
          exchange.send("HTTP/1.1 404 X\r\nTransfer-Encoding: chunked\r\n\r\n");
          while (testOver.getCount() > 0) {
            exchange.send("1000\r\n" + " ".repeat(0x1000) + "\r\n");
          }
        };
    assertLostBeforeAnyByte(chunked);
    for (ScriptedNode.Script script : List.of(endless, chunked)) {
      try (ScriptedNode enemy = new ScriptedNode(script)) {
        Reply reply = peer(enemy).ask(ControlRequest.get("/node")).get(30, TimeUnit.SECONDS);
        assertThat(reply).isInstanceOf(Reply.Failed.class);
      }
    }
  }

  @Test
  void aControlAnswerWithoutARightMacDoesNotCount() throws Exception {
    try (ScriptedNode enemy =
        new ScriptedNode(exchange -> exchange.head(200, new LinkedHashMap<>(), 0))) {
      Reply reply = peer(enemy).ask(ControlRequest.get("/node")).get(30, TimeUnit.SECONDS);
      assertThat(reply)
          .isInstanceOfSatisfying(
              Reply.Failed.class,
              failed -> assertThat(failed.trouble()).isEqualTo(Trouble.NOT_DIRECT));
    }
  }

  @Test
  void aForgedUnknownSessionCostsOneNewSession() throws Exception {
    byte[] body = "{\"error\":\"unknown-session\"}".getBytes(StandardCharsets.UTF_8);
    try (ScriptedNode enemy =
        new ScriptedNode(
            exchange -> {
              exchange.head(401, new LinkedHashMap<>(), body.length);
              exchange.send(body);
            })) {
      assertThat(fetch(enemy, Urgency.RELAY).await()).isInstanceOf(BlockEnd.Busy.class);
      assertThat(enemy.questions).hasValue(2);
    }
  }

  @Test
  void moreBytesThanTheSpanHasSpoilTheConnectionAlone() throws Exception {
    try (ScriptedNode enemy =
        new ScriptedNode(
            exchange -> {
              exchange.provenHead(headers(), body().length);
              exchange.send(body());
              exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
            })) {
      assertThat(fetch(enemy, Urgency.READ_AHEAD).await()).isEqualTo(new BlockEnd.Delivered());
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
