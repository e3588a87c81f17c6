package org.p2pd.servlet;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.Fetching;
import org.p2pd.content.FilePart;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.content.Urgency;
import org.p2pd.model.ByteRange;
import org.p2pd.spp.SppError;
import org.p2pd.spp.server.SppService;
import org.p2pd.spp.server.SppService.Answer;

/** SPP requests and answers on the wire; what they mean is the service's business. */
class SppServletTest {

  private static final Duration LONG = Duration.ofMinutes(5);

  @RegisterExtension final TestNode node = new TestNode();
  @TempDir Path directory;

  private final BlockingQueue<SppService.Request> requests = new LinkedBlockingQueue<>();
  private final ArrayDeque<CompletableFuture<Answer>> answers = new ArrayDeque<>();

  SppServletTest() {
    node.agent.spp =
        request -> {
          requests.add(request);
          return answers.size() > 1 ? answers.remove() : answers.element();
        };
  }

  private void answer(Answer answer) {
    answers.add(CompletableFuture.completedFuture(answer));
  }

  private static Answer control(String text) {
    return new Answer.Control(200, Map.of("SPP-Next", "x"), text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void theRequestIsHandedOnAsItCame() throws Exception {
    answer(control("{}"));
    node.ask(
        "GET /.spp/v1/a%2fb/%C3%A9?after=1&wait=%35",
        "SPP-Session: s", "Accept: a", "Accept: b", "X-Forwarded-For: 10.0.0.1");
    SppService.Request request = requests.take();
    assertThat(request.method()).isEqualTo("GET");
    assertThat(request.path()).isEqualTo("/a%2fb/%C3%A9");
    assertThat(request.query()).isEqualTo("after=1&wait=%35");
    assertThat(request.headers())
        .containsEntry("spp-session", List.of("s"))
        .containsEntry("accept", List.of("a", "b"))
        .containsEntry("x-forwarded-for", List.of("10.0.0.1"));
    assertThat(request.peer().isLoopbackAddress()).isTrue();
    assertThat(request.body()).isEmpty();
  }

  @Test
  void controlAnswersOfAnySizeAreSent() throws IOException {
    answer(control("x".repeat(3_000_000)));
    RawHttp.Answer answer = node.ask("GET /.spp/v1/catalogue");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.field("SPP-Next")).isEqualTo("x");
    assertThat(answer.text()).isEqualTo("x".repeat(3_000_000));
  }

  @Test
  void theServiceHearsWhenALargeAnswerWasSent() throws Exception {
    CompletableFuture<Void> sent = new CompletableFuture<>();
    answer(new Answer.Control(200, Map.of(), new byte[30_000_000], () -> sent.complete(null)));
    try (RawHttp http = node.connect()) {
      http.send("GET /.spp/v1/catalogue");
      http.head();
      http.exactly(10_000_000);
      assertThat(sent).isNotDone();
      http.exactly(20_000_000);
      sent.get(60, SECONDS);
    }
  }

  @Test
  void theServiceHearsWhenALargeAnswerIsNotWanted() throws Exception {
    CompletableFuture<Void> sent = new CompletableFuture<>();
    answer(new Answer.Control(200, Map.of(), new byte[30_000_000], () -> sent.complete(null)));
    try (RawHttp http = node.connect()) {
      http.send("GET /.spp/v1/catalogue");
      http.head();
      assertThat(sent).isNotDone();
      http.reset();
    }
    sent.get(60, SECONDS);
  }

  @Test
  void anEmptyAnswerHasNoBody() throws IOException {
    answer(new Answer.Control(204, Map.of("SPP-Next", "y"), new byte[0]));
    answer(new Answer.Control(404, Map.of(), new byte[0]));
    try (RawHttp http = node.connect()) {
      http.send("GET /.spp/v1/catalogue");
      assertThat(http.answer(false).field("SPP-Next")).isEqualTo("y");
      http.send("GET /.spp/v1/x");
      assertThat(http.answer(false).field("Content-Length")).isEqualTo("0");
    }
  }

  @Test
  void headHasTheLengthButNoBody() throws IOException {
    answer(control("12345"));
    try (RawHttp http = node.connect()) {
      for (int i = 0; i < 3; i++) {
        http.send("HEAD /.spp/v1/editions/x");
        assertThat(http.answer(true).field("Content-Length")).isEqualTo("5");
      }
    }
  }

  @Test
  void aPartOfAFileIsSentFromIt() throws IOException {
    Path file = Files.write(directory.resolve("extent"), FakeContent.bytes(0, 500_000));
    answer(new Answer.File(206, Map.of("SPP-Proof", "p"), new FilePart(file, 1_000, 400_000)));
    try (RawHttp http = node.connect()) {
      for (int i = 0; i < 5; i++) {
        http.send("GET /.spp/v1/editions/x", "Range: bytes=1000-400999");
        RawHttp.Answer answer = http.answer(false);
        assertThat(answer.status()).isEqualTo(206);
        assertThat(answer.field("SPP-Proof")).isEqualTo("p");
        assertThat(answer.body()).isEqualTo(FakeContent.bytes(1_000, 400_000));
      }
    }
  }

  @Test
  void aPartOfAFileThatIsAnsweredLateIsWritten() throws Exception {
    Path file = Files.write(directory.resolve("extent"), FakeContent.bytes(0, 500_000));
    CompletableFuture<Answer> late = new CompletableFuture<>();
    answers.add(late);
    try (RawHttp http = node.connect()) {
      http.send("GET /.spp/v1/editions/x");
      requests.take();
      late.complete(new Answer.File(206, Map.of(), new FilePart(file, 1_000, 400_000)));
      assertThat(http.answer(false).body()).isEqualTo(FakeContent.bytes(1_000, 400_000));
    }
  }

  @Test
  void theServiceHearsThatAPartOfAFileWasTaken() throws Exception {
    Path file = Files.write(directory.resolve("extent"), FakeContent.bytes(0, 500_000));
    BlockingQueue<Long> taken = new LinkedBlockingQueue<>();
    answer(watched(new FilePart(file, 1_000, 400_000), taken));
    try (RawHttp http = node.connect()) {
      for (int i = 0; i < 3; i++) {
        http.send("GET /.spp/v1/editions/x");
        assertThat(http.answer(false).body()).isEqualTo(FakeContent.bytes(1_000, 400_000));
        assertThat(taken.poll(60, SECONDS)).isEqualTo(400_000);
      }
    }
    assertThat(taken).isEmpty();
  }

  @Test
  void theServiceHearsHowMuchOfAFileWasTakenWhenTheOtherLeaves() throws Exception {
    Path file = Files.write(directory.resolve("extent"), new byte[30_000_000]);
    BlockingQueue<Long> taken = new LinkedBlockingQueue<>();
    answer(watched(new FilePart(file, 0, 30_000_000), taken));
    try (RawHttp http = node.connect()) {
      http.send("GET /.spp/v1/editions/x");
      http.head();
      http.exactly(1_000_000);
      assertThat(taken).isEmpty();
      http.reset();
    }
    assertThat(taken.poll(60, SECONDS)).isBetween(500_000L, 29_000_000L);
    assertThat(taken).isEmpty();
  }

  @Test
  void theServiceHearsHowMuchOfAFileWasTakenWhenTheOtherStopsReading() throws Exception {
    node.withLimits(LONG, LONG, Duration.ofMillis(300));
    Path file = Files.write(directory.resolve("extent"), new byte[30_000_000]);
    BlockingQueue<Long> taken = new LinkedBlockingQueue<>();
    answer(watched(new FilePart(file, 0, 30_000_000), taken));
    try (RawHttp http = node.connect()) {
      http.send("GET /.spp/v1/editions/x");
      http.head();
      assertThat(taken.poll(60, SECONDS)).isLessThan(29_000_000L);
    }
  }

  private static Answer watched(FilePart part, BlockingQueue<Long> taken) {
    return new Answer.File(206, Map.of(), part, Optional.of(taken::add));
  }

  @Test
  void anAnswerThatComesLaterHoldsNoThread() throws Exception {
    CompletableFuture<Answer> late = new CompletableFuture<>();
    for (int i = 0; i < 300; i++) {
      answers.add(late);
    }
    RawHttp[] waiting = new RawHttp[300];
    for (int i = 0; i < waiting.length; i++) {
      waiting[i] = node.connect();
      waiting[i].send("GET /.spp/v1/catalogue?wait=55");
    }
    await().atMost(60, SECONDS).until(() -> requests.size() == waiting.length);
    assertThat(node.ask("GET /.p2pd/health").status()).isEqualTo(200);
    late.complete(control("news"));
    for (RawHttp http : waiting) {
      assertThat(http.answer(false).text()).isEqualTo("news");
      http.close();
    }
  }

  @Test
  void aQuestionWithABodyIsAnsweredLateAndItsConnectionGoesOn() throws Exception {
    try (RawHttp http = node.connect()) {
      for (int i = 0; i < 3; i++) {
        CompletableFuture<Answer> late = new CompletableFuture<>();
        answers.clear();
        answers.add(late);
        http.sendRaw(
            "POST /.spp/v1/holdings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: 10\r\n\r\n{\"wait\":5}");
        assertThat(requests.take().body()).asString().isEqualTo("{\"wait\":5}");
        late.complete(i == 1 ? new Answer.Control(204, Map.of(), new byte[0]) : control("news"));
        assertThat(http.answer(false).status()).isEqualTo(i == 1 ? 204 : 200);
      }
    }
  }

  @Test
  void aStreamsHeadGoesOutBeforeItsFirstByte() throws IOException {
    FakeContent.Script script = node.agent.content.add(100_000);
    answer(stream(script, 100_000));
    try (RawHttp http = node.connect()) {
      http.send("GET /.spp/v1/editions/x");
      assertThat(http.head().field("SPP-Proof")).isEqualTo("p");
      script.available(60_000);
      assertThat(http.exactly(60_000)).isEqualTo(FakeContent.bytes(0, 60_000));
      script.available(100_000);
      assertThat(http.exactly(40_000)).isEqualTo(FakeContent.bytes(60_000, 40_000));
      answers.clear();
      answer(control("alive"));
      http.send("GET /.spp/v1/node");
      assertThat(http.answer(false).text()).isEqualTo("alive");
    }
  }

  @Test
  void aStreamThatCannotGoOnClosesTheConnection() throws IOException {
    FakeContent.Script script = node.agent.content.add(100_000).available(40_000);
    answer(stream(script, 100_000));
    try (RawHttp http = node.connect()) {
      http.send("GET /.spp/v1/editions/x");
      http.head();
      assertThat(http.exactly(40_000)).isEqualTo(FakeContent.bytes(0, 40_000));
      script.fails(ContentFailure.UNAVAILABLE);
      assertThat(http.untilClosed()).isEmpty();
    }
  }

  @Test
  void aStreamThatNeverBeginsClosesTheConnectionToo() throws IOException {
    FakeContent.Script script = node.agent.content.add(100_000).fails(ContentFailure.UNAVAILABLE);
    answer(stream(script, 100_000));
    try (RawHttp http = node.connect()) {
      http.send("GET /.spp/v1/editions/x");
      assertThat(http.untilClosed().length).isLessThan(1_000);
    }
  }

  private Answer stream(FakeContent.Script script, int length) {
    return new Answer.Stream(
        206,
        Map.of("SPP-Proof", "p"),
        node.agent.content.open(
            new ReadRequest(
                script.edition(),
                new ByteRange(0, length - 1),
                Reader.PEER,
                Urgency.READ_AHEAD,
                Fetching.MISSING)),
        length);
  }

  @Test
  void aBodyIsReadAsItComes() throws Exception {
    answer(control("ok"));
    try (RawHttp http = node.connect()) {
      for (int round = 0; round < 3; round++) {
        http.send("POST /.spp/v1/reports", "Content-Length: 30000");
        http.sendRaw("a".repeat(10_000));
        assertThat(requests).isEmpty();
        http.sendRaw("b".repeat(20_000));
        assertThat(http.answer(false).text()).isEqualTo("ok");
        assertThat(new String(requests.take().body(), StandardCharsets.US_ASCII))
            .isEqualTo("a".repeat(10_000) + "b".repeat(20_000));
      }
    }
  }

  @Test
  void aChunkedBodyIsReadToo() throws Exception {
    answer(control("ok"));
    try (RawHttp http = node.connect()) {
      http.send("POST /.spp/v1/session", "Transfer-Encoding: chunked");
      http.sendRaw("3\r\nabc\r\n");
      http.sendRaw("2\r\nde\r\n0\r\n\r\n");
      assertThat(http.answer(false).text()).isEqualTo("ok");
      assertThat(requests.take().body()).isEqualTo("abcde".getBytes(StandardCharsets.US_ASCII));
    }
  }

  @Test
  void aBodyThatDoesNotComeEndsTheConnection() throws IOException {
    node.withLimits(Duration.ofMillis(300), LONG, LONG);
    answer(control("never"));
    try (RawHttp http = node.connect()) {
      http.send("POST /.spp/v1/session", "Content-Length: 100");
      http.sendRaw("x");
      assertThat(http.untilClosed()).isEmpty();
    }
    assertThat(requests).isEmpty();
  }

  @Test
  void whoLeavesWithoutItsBodyIsForgotten() throws IOException {
    answer(control("never"));
    try (RawHttp http = node.connect()) {
      http.send("POST /.spp/v1/session", "Content-Length: 100");
      http.reset();
    }
    assertThat(node.ask("GET /.p2pd/health").status()).isEqualTo(200);
    assertThat(requests).isEmpty();
  }

  @Test
  void otherNamesAreNotSpp() throws IOException {
    answer(control("never"));
    for (String target : List.of("/%2espp/v1/node", "/.spp;x/v1/node")) {
      assertThat(node.ask("GET " + target).status()).as(target).isIn(400, 404);
    }
    assertThat(requests).isEmpty();
  }

  /** What the service never hears of is refused in the words of docs/spp.md section 8 as well. */
  @Nested
  class Refusals {

    private static final int MOST_BODIES_OF_ADDRESS = 32;

    private final String oneByteTooLong = "x".repeat(SppService.MAX_REQUEST_BODY_BYTES + 1);

    private void assertRefused(RawHttp http, SppError error) throws IOException {
      RawHttp.Answer answer = http.answer(false);
      assertThat(answer.status()).isEqualTo(error.status());
      assertThat(answer.field("Content-Type")).isEqualTo("application/json");
      assertThat(answer.field("Cache-Control")).isEqualTo("no-store");
      JsonNode body = new ObjectMapper().readTree(answer.body());
      assertThat(body.path("error").textValue()).isEqualTo(error.code());
      assertThat(body.path("message").textValue()).endsWith(error.remedy());
      assertThat(requests).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
      "GET, /.spp/v2/node, UNKNOWN_RESOURCE",
      "GET, /.spp/, UNKNOWN_RESOURCE",
      "PUT, /.spp/v1, UNKNOWN_RESOURCE",
      "WHAT, /.spp/v10/node, UNKNOWN_RESOURCE",
      "GET, /.spp/v1/../v1/node, BAD_REQUEST",
      "GET, /.spp/v1/./node, BAD_REQUEST",
    })
    void ofPaths(String method, String target, SppError error) throws IOException {
      answer(control("never"));
      for (String version : List.of("HTTP/1.0", "HTTP/1.1")) {
        for (String body : List.of("", "Content-Length: 1000000000\r\n")) {
          try (RawHttp http = node.connect()) {
            http.sendRaw(method + " " + target + " " + version + "\r\nHost: h\r\n" + body + "\r\n");
            assertRefused(http, error);
            assertThat(body.isEmpty() || http.untilClosed().length == 0).isTrue();
          }
        }
      }
    }

    @ParameterizedTest
    @CsvSource({
      "HTTP/1.0, reports, 65537",
      "HTTP/1.1, reports, 65537",
      "HTTP/1.1, session/confirm, 65537",
      "HTTP/1.1, session, 4097",
      "HTTP/1.1, secret, 4097",
      "HTTP/1.1, introduction, 4097",
    })
    void ofBodiesThatSayHowLongTheyAre(String version, String resource, int length)
        throws IOException {
      answer(control("never"));
      try (RawHttp http = node.connect()) {
        http.sendRaw(
            "POST /.spp/v1/%s %s\r\nHost: h\r\nContent-Length: %d\r\n\r\n"
                .formatted(resource, version, length));
        assertRefused(http, SppError.TOO_LARGE);
        assertThat(http.untilClosed()).as("it is not read").isEmpty();
      }
    }

    @Test
    void ofBodiesThatTurnOutTooLong() throws IOException {
      answer(control("never"));
      try (RawHttp http = node.connect()) {
        http.send("POST /.spp/v1/session", "Transfer-Encoding: chunked");
        http.sendRaw("fffff\r\n" + oneByteTooLong);
        assertRefused(http, SppError.TOO_LARGE);
      }
    }

    @Test
    void ofMoreBodiesAtOnceThanAnAddressMaySend() throws IOException {
      answer(control("ok"));
      List<RawHttp> slow = new ArrayList<>();
      for (int i = 0; i < MOST_BODIES_OF_ADDRESS; i++) {
        RawHttp http = node.connect();
        http.send("POST /.spp/v1/reports", "Content-Length: 2");
        slow.add(http);
      }
      String token = "Authorization: Bearer " + TestNode.TOKEN.secret();
      await()
          .atMost(60, SECONDS)
          .until(
              () ->
                  node.ask("GET /.p2pd/metrics", token)
                      .text()
                      .contains("p2pd_http_streaming " + MOST_BODIES_OF_ADDRESS));
      try (RawHttp http = node.connect()) {
        http.send("POST /.spp/v1/reports", "Content-Length: 2");
        assertRefused(http, SppError.BUSY);
        assertThat(http.untilClosed()).as("it is not read").isEmpty();
      }
      try (RawHttp one = slow.remove(0)) {
        one.sendRaw("{}");
        assertThat(one.answer(false).text()).isEqualTo("ok");
        one.send("POST /.spp/v1/reports", "Content-Length: 2");
        one.sendRaw("{}");
        assertThat(one.answer(false).text()).isEqualTo("ok");
      }
      for (RawHttp http : slow) {
        http.close();
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.0", "HTTP/1.1"})
    void whenTheServiceFails(String version) throws IOException {
      answers.add(CompletableFuture.failedFuture(new IllegalStateException("as the test says")));
      try (RawHttp http = node.connect()) {
        http.sendRaw("GET /.spp/v1/x " + version + "\r\nHost: h\r\n\r\n");
        requests.clear();
        RawHttp.Answer answer = http.answer(false);
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.field("Retry-After")).isEqualTo("1");
        JsonNode body = new ObjectMapper().readTree(answer.body());
        assertThat(body.path("error").textValue()).isEqualTo("busy");
        assertThat(body.path("message").textValue()).contains("failed over the request");
      }
    }

    @Test
    void haveNoBodyForHead() throws IOException {
      answer(control("never"));
      try (RawHttp http = node.connect()) {
        for (int i = 0; i < 3; i++) {
          http.send("HEAD /.spp/v2/editions/x");
          RawHttp.Answer answer = http.answer(true);
          assertThat(answer.status()).isEqualTo(404);
          assertThat(Integer.parseInt(answer.field("Content-Length"))).isPositive();
        }
      }
    }
  }
}
