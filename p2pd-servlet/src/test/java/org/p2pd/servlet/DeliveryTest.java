package org.p2pd.servlet;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.content.ContentFailure;
import org.p2pd.servlet.FakeContent.Script;

/** Bytes on the wire, from a real Tomcat. */
class DeliveryTest {

  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Duration SHORT = Duration.ofMillis(300);

  @RegisterExtension final TestNode node = new TestNode();
  @TempDir Path directory;

  private Script publish(String path, long lengthBytes) {
    Script script = node.agent.content.add(lengthBytes);
    node.agent.publish(path, script);
    return script;
  }

  @Nested
  class HeldInOneFile {

    @Test
    void aRangeIsSentZeroCopy() throws IOException {
      Script script = publish("/a.mp4", 3_000_000).heldIn(directory);
      RawHttp.Answer answer = node.ask("GET /a.mp4", "Range: bytes=1000000-1999999");
      assertThat(answer.status()).isEqualTo(206);
      assertThat(answer.field("Content-Range")).isEqualTo("bytes 1000000-1999999/3000000");
      assertThat(answer.field("Cache-Status")).isEqualTo("p2pd; hit");
      assertThat(answer.body()).isEqualTo(FakeContent.bytes(1_000_000, 1_000_000));
      assertThat(script.readings()).isZero();
    }

    @Test
    void aSmallRangeIsWritten() throws IOException {
      Script script = publish("/a.mp4", 3_000_000).heldIn(directory);
      RawHttp.Answer answer = node.ask("GET /a.mp4", "Range: bytes=5-5");
      assertThat(answer.body()).isEqualTo(FakeContent.bytes(5, 1));
      assertThat(script.readings()).isEqualTo(1);
    }

    @Test
    void theConnectionServesMoreRequests() throws IOException {
      publish("/a.mp4", 300_000).heldIn(directory);
      try (RawHttp http = node.connect()) {
        for (int i = 0; i < 20; i++) {
          http.send("GET /a.mp4", "Range: bytes=" + i + "-200000");
          assertThat(http.answer(false).body()).isEqualTo(FakeContent.bytes(i, 200_001 - i));
          http.send("HEAD /a.mp4");
          assertThat(http.answer(true).field("Content-Length")).isEqualTo("300000");
          http.send("GET /none.mp4");
          assertThat(http.answer(false).status()).isEqualTo(404);
          http.send("GET /a.mp4", "Range: bytes=0-9");
          assertThat(http.answer(false).body()).isEqualTo(FakeContent.bytes(0, 10));
        }
      }
    }
  }

  @Nested
  class Streamed {

    @Test
    void aHundredMegabytesArriveAsTheyAre() throws IOException {
      int length = 100_000_000;
      publish("/big.mkv", length).held();
      try (RawHttp http = node.connect()) {
        http.send("GET /big.mkv");
        assertThat(http.head().field("Content-Length")).isEqualTo(Integer.toString(length));
        expect(http, 0, length);
      }
    }

    @Test
    void bytesGoOutAsTheyBecomeAvailable() throws IOException {
      Script script = publish("/a.mp4", 1_000_000);
      try (RawHttp http = node.connect()) {
        http.send("GET /a.mp4");
        await().atMost(30, SECONDS).until(() -> script.readings() == 1);
        long sent = 0;
        for (long until : new long[] {1, 10, 20_000, 20_001, 85_537, 700_000, 1_000_000}) {
          script.available(until);
          if (sent == 0) {
            RawHttp.Head head = http.head();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.field("Cache-Status")).isEqualTo("p2pd; fwd=miss");
            assertThat(head.field("Server-Timing")).startsWith("p2pd;desc=\"miss\";dur=");
          }
          expect(http, sent, until - sent);
          sent = until;
        }
      }
    }

    @Test
    void keepsTheConnectionForTheNextRequest() throws IOException {
      publish("/a.mp4", 500_000).held();
      try (RawHttp http = node.connect()) {
        for (int i = 0; i < 50; i++) {
          http.send("GET /a.mp4", "Range: bytes=" + i + "-" + (i * 5_000));
          assertThat(http.answer(false).body()).isEqualTo(FakeContent.bytes(i, i * 5_000 - i + 1));
        }
      }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws IOException {
      publish("/a.mp4", 500_000).held();
      publish("/b.mp4", 500_000).heldIn(directory);
      String one = "GET /a.mp4 HTTP/1.1\r\nHost: x\r\nRange: bytes=0-99999\r\n\r\n";
      String two = "GET /b.mp4 HTTP/1.1\r\nHost: x\r\nRange: bytes=7-99999\r\n\r\n";
      String three = "GET /c.mp4 HTTP/1.1\r\nHost: x\r\n\r\n";
      try (RawHttp http = node.connect()) {
        http.sendRaw((one + two + three).repeat(10));
        for (int i = 0; i < 10; i++) {
          assertThat(http.answer(false).body()).isEqualTo(FakeContent.bytes(0, 100_000));
          assertThat(http.answer(false).body()).isEqualTo(FakeContent.bytes(7, 99_993));
          assertThat(http.answer(false).status()).isEqualTo(404);
        }
      }
    }

    @Test
    void aSlowReaderGetsEverything() throws IOException {
      publish("/a.mp4", 2_000_000).held();
      try (RawHttp http = node.connect()) {
        http.send("GET /a.mp4");
        http.head();
        for (int at = 0; at < 2_000_000; at += 20_000) {
          LockSupport.parkNanos(Duration.ofMillis(3).toNanos());
          expect(http, at, 20_000);
        }
      }
    }

    @Test
    void severalRangesAreOneBody() throws IOException {
      publish("/a.mp4", 1_000_000).available(1_000_000);
      try (RawHttp http = node.connect()) {
        http.send("GET /a.mp4", "Range: bytes=10-19,500000-699999,-1");
        RawHttp.Answer answer = http.answer(false);
        assertThat(answer.status()).isEqualTo(206);
        String type = answer.field("Content-Type");
        assertThat(type).startsWith("multipart/byteranges; boundary=");
        String boundary = "--" + type.substring(type.indexOf('=') + 1);
        String body = new String(answer.body(), java.nio.charset.StandardCharsets.ISO_8859_1);
        assertThat(body)
            .isEqualTo(
                part(boundary, "10-19", 10, 10)
                    + "\r\n"
                    + part(boundary, "500000-699999", 500_000, 200_000)
                    + "\r\n"
                    + part(boundary, "999999-999999", 999_999, 1)
                    + "\r\n"
                    + boundary
                    + "--\r\n");
        http.send("GET /a.mp4", "Range: bytes=0-0");
        assertThat(http.answer(false).body()).hasSize(1);
      }
    }

    private String part(String boundary, String range, long first, int length) {
      return boundary
          + "\r\nContent-Type: video/mp4\r\nContent-Range: bytes "
          + range
          + "/1000000\r\n\r\n"
          + new String(
              FakeContent.bytes(first, length), java.nio.charset.StandardCharsets.ISO_8859_1);
    }
  }

  @Nested
  class WhenNothingComes {

    @Test
    void nothingIsSaidBeforeTheFirstByteAndThenItIs504() throws IOException {
      node.withLimits(SHORT, LONG, LONG);
      publish("/a.mp4", 1_000_000);
      try (RawHttp http = node.connect()) {
        http.send("GET /a.mp4", "Range: bytes=5-");
        RawHttp.Answer answer = http.answer(false);
        assertThat(answer.status()).isEqualTo(504);
        assertThat(answer.field("Cache-Control")).isEqualTo("no-store");
        assertThat(answer.field("Access-Control-Allow-Origin")).isEqualTo("*");
        assertThat(answer.field("ETag")).isNull();
        assertThat(answer.text()).contains("in time");
        http.send("GET /none.mp4");
        assertThat(http.answer(false).status()).isEqualTo(404);
      }
    }

    @Test
    void inMidResponseTheConnectionIsClosedWithoutPadding() throws IOException {
      node.withLimits(LONG, SHORT, LONG);
      publish("/a.mp4", 1_000_000).available(123_456);
      try (RawHttp http = node.connect()) {
        http.send("GET /a.mp4");
        http.head();
        assertThat(http.untilClosed()).isEqualTo(FakeContent.bytes(0, 123_456));
      }
    }

    @Test
    void inMidResponseWakeUpsForNothingGiveNoMoreTime() throws IOException {
      node.withLimits(LONG, SHORT, LONG);
      Script script = publish("/a.mp4", 1_000_000).available(123_456);
      try (RawHttp http = node.connect()) {
        http.send("GET /a.mp4");
        http.head();
        await()
            .atMost(30, SECONDS)
            .pollInterval(SHORT.dividedBy(10))
            .until(
                () -> {
                  script.stirs();
                  return node.agent.content.openStreams() == 0;
                });
        assertThat(http.untilClosed()).isEqualTo(FakeContent.bytes(0, 123_456));
      }
    }

    @Test
    void aFailureBeforeTheFirstByteIsTold() throws IOException {
      int i = 0;
      for (ContentFailure failure : ContentFailure.values()) {
        Script script = publish("/" + ++i + ".mp4", 1_000_000);
        try (RawHttp http = node.connect()) {
          http.send("GET /" + i + ".mp4");
          await().atMost(30, SECONDS).until(() -> script.readings() == 1);
          script.fails(failure);
          RawHttp.Answer answer = http.answer(false);
          assertThat(answer.status()).isEqualTo(failure == ContentFailure.UNAVAILABLE ? 504 : 503);
          assertThat(answer.text()).isNotBlank();
        }
      }
    }

    @Test
    void aFailureInMidResponseClosesTheConnection() throws IOException {
      Script script = publish("/a.mp4", 1_000_000).available(200_000);
      try (RawHttp http = node.connect()) {
        http.send("GET /a.mp4");
        http.head();
        expect(http, 0, 200_000);
        script.fails(ContentFailure.EDITION_GONE);
        assertThat(http.untilClosed()).isEmpty();
      }
    }

    @Test
    void aFailureWhileTheContainerWritesClosesTheConnection() throws IOException {
      publish("/a.mp4", 3_000_000).available(2_000_000).fails(ContentFailure.UNAVAILABLE);
      try (RawHttp http = node.connect()) {
        http.send("GET /a.mp4");
        http.head();
        byte[] got = http.untilClosed();
        assertThat(got.length).isLessThanOrEqualTo(2_000_000);
        assertThat(got).isEqualTo(FakeContent.bytes(0, got.length));
      }
    }
  }

  @Nested
  class WhenTheViewer {

    @Test
    void stopsReadingItsConnectionIsClosed() throws IOException {
      node.withLimits(LONG, LONG, SHORT);
      publish("/a.mp4", 50_000_000).held();
      try (RawHttp http = node.connect()) {
        http.send("GET /a.mp4");
        http.head();
        await().atMost(30, SECONDS).until(() -> node.agent.content.openStreams() == 0);
        assertThat(http.untilClosed().length).isLessThan(50_000_000);
      }
    }

    @Test
    void leavesWhileBytesFlowAllIsGivenBack() throws IOException {
      publish("/a.mp4", 500_000_000).held();
      for (int i = 0; i < 20; i++) {
        try (RawHttp http = node.connect()) {
          http.send("GET /a.mp4");
          http.head();
          expect(http, 0, 10_000L * i);
          http.reset();
        }
      }
      await().atMost(30, SECONDS).until(() -> node.agent.content.openStreams() == 0);
    }

    @Test
    void leavesWhileItWaitsAllIsGivenBackAtTheNextWrite() throws IOException {
      Script script = publish("/a.mp4", 500_000_000).available(1_000);
      for (int i = 0; i < 20; i++) {
        try (RawHttp http = node.connect()) {
          http.send("GET /a.mp4");
          http.head();
          expect(http, 0, 1_000);
          http.reset();
        }
      }
      script.available(500_000_000);
      await().atMost(30, SECONDS).until(() -> node.agent.content.openStreams() == 0);
    }

    @Test
    void readsAgainBeforeTheLimitNothingHappens() throws IOException {
      node.withLimits(LONG, LONG, Duration.ofSeconds(20));
      publish("/a.mp4", 10_000_000).held();
      try (RawHttp http = node.connect()) {
        http.send("GET /a.mp4");
        http.head();
        await().pollDelay(Duration.ofMillis(600)).until(() -> true);
        expect(http, 0, 10_000_000);
      }
    }
  }

  @Nested
  class WhenTheNodeStops {

    @Test
    void responsesUnderWayAreCutOff() throws IOException {
      Script script = publish("/a.mp4", 1_000_000).available(5_000);
      publish("/b.mp4", 1_000_000);
      try (RawHttp begun = node.connect();
          RawHttp waiting = node.connect()) {
        begun.send("GET /a.mp4");
        begun.head();
        expect(begun, 0, 5_000);
        waiting.send("GET /b.mp4");
        await().atMost(30, SECONDS).until(() -> node.agent.content.openStreams() == 2);
        node.application().close();
        assertThat(begun.untilClosed()).isEmpty();
        assertThat(waiting.answer(false).status()).isEqualTo(503);
        assertThat(script.readings()).isEqualTo(1);
      }
    }

    @Test
    void itsThreadsEnd() throws IOException {
      publish("/a.mp4", 1_000_000).held();
      node.ask("GET /a.mp4");
      node.application().close();
      await()
          .atMost(30, SECONDS)
          .until(
              () ->
                  Thread.getAllStackTraces().keySet().stream()
                      .noneMatch(thread -> thread.getName().startsWith("p2pd-")));
    }
  }

  private static void expect(RawHttp http, long first, long length) throws IOException {
    for (long at = first; at < first + length; ) {
      int part = (int) Math.min(1 << 20, first + length - at);
      byte[] got = http.exactly(part);
      byte[] wanted = FakeContent.bytes(at, part);
      if (!Arrays.equals(got, wanted)) {
        assertThat(got).as("bytes from " + at).isEqualTo(wanted);
      }
      at += part;
    }
  }
}
