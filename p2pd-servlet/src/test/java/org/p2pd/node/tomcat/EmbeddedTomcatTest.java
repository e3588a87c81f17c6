package org.p2pd.node.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.apache.catalina.Globals;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What our own Tomcat does, seen from the socket. */
class EmbeddedTomcatTest {

  /** More than all buffers between a servlet and a viewer who does not read. */
  private static final int LARGE = 64 << 20;

  private static final int WAIT_SECONDS = 60;

  @TempDir static Path directory;

  private EmbeddedTomcat tomcat;
  private final Recorder recorder = new Recorder();
  private final BlockingQueue<Long> sent = new LinkedBlockingQueue<>();
  private Object sendsAreWatched;

  @BeforeEach
  void start() throws IOException {
    start(Duration.ofMinutes(10), Duration.ofSeconds(20));
  }

  @AfterEach
  void stop() {
    tomcat.close();
  }

  private void start(Duration stall, Duration requestTimeout) throws IOException {
    start(new Patience(requestTimeout, ConnectorTuning.HEAD_TIMEOUT, stall, Ticker.systemTicker()));
  }

  private void start(Patience patience) throws IOException {
    tomcat = EmbeddedTomcat.bind(Optional.of(loopback()), 0, patience);
    tomcat.start(
        (classes, context) -> {
          add(context.addServlet("recorder", recorder), "/r/*");
          sendsAreWatched = context.getAttribute(org.p2pd.delivery.ZeroCopy.TELLS_OF_ENDS);
          add(context.addServlet("zero-copy", new ZeroCopy()), "/zero-copy");
          add(context.addServlet("watched", new Watched(sent)), "/watched");
          add(context.addServlet("asynchronous", new Asynchronous()), "/asynchronous");
          add(context.addServlet("blocking", recorder.blocking), "/blocking");
        });
  }

  private void restart(Duration stall, Duration requestTimeout) throws IOException {
    tomcat.close();
    start(stall, requestTimeout);
  }

  private static void add(jakarta.servlet.ServletRegistration.Dynamic servlet, String path) {
    servlet.setAsyncSupported(true);
    servlet.addMapping(path);
  }

  private static InetAddress loopback() {
    return InetAddress.getLoopbackAddress();
  }

  private Socket send(String request) throws IOException {
    Socket socket = new Socket(loopback(), tomcat.port());
    socket.setReceiveBufferSize(16 * 1024);
    socket.setSoTimeout(WAIT_SECONDS * 1_000);
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    return socket;
  }

  private String exchange(String request) throws IOException {
    try (Socket socket = send(request)) {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static String get(String target) {
    return "GET " + target + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  }

  @Nested
  class Targets {

    @ParameterizedTest
    @ValueSource(
        strings = {
          "/r/a%2Fb",
          "/r/a%5Cb",
          "/r/%E6%98%A0.mp4",
          "/r/a%20b+c",
          "/r/a;b=c",
          "/r/[a]|{b}^`",
          "/r/%25",
          "/r/a//b",
          "/r/a?b=[c]|d",
          "/r/%2e%2e/r/x",
          "/r/..%2f..%2fetc"
        })
    void reachTheApplicationAsTheyWereSent(String target) throws Exception {
      assertThat(exchange(get(target))).startsWith("HTTP/1.1 200");
      assertThat(recorder.targets.poll(WAIT_SECONDS, TimeUnit.SECONDS)).isEqualTo(target);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/..", "/r/../../etc/passwd", "/%2e%2e/etc", "/r/a\\b", "/%", "/%00"})
    void thatLeaveTheRootOrAreNonsenseAreRefused(String target) throws IOException {
      assertThat(exchange(get(target)))
          .matches("(?s)HTTP/1.1 40[04] .*")
          .doesNotContainIgnoringCase("tomcat")
          .doesNotContain("java");
    }

    @Test
    void thatNoOneTakesAreNotFound() throws IOException {
      assertThat(exchange(get("/nothing")))
          .startsWith("HTTP/1.1 404")
          .contains("Cache-Control: no-store")
          .doesNotContain("Server:")
          .endsWith("nothing is published under this name.\n");
    }
  }

  @Nested
  class BadRequests {

    @Test
    void withHugeHeadersAreRefused() throws IOException {
      assertThat(exchange("GET /r/x HTTP/1.1\r\nHost: h\r\nX: " + "a".repeat(9_000) + "\r\n\r\n"))
          .startsWith("HTTP/1.1 4")
          .doesNotContainIgnoringCase("tomcat");
    }

    @ParameterizedTest
    @CsvSource({
      "'GET /r/x HTTP/1.1\r\n\r\n'",
      "'GET /r/x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'",
      "'GET /r/x HTTP/1.1\r\nHost: h\r\nBad Name: x\r\n\r\n'",
      "'GET /r/x HTTP/1.1\r\nHost: h\r\nX: a\u0001b\r\n\r\n'",
      "'GET /r/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: x\r\n\r\n'"
    })
    void areRefused(String request) throws IOException {
      assertThat(exchange(request)).matches("(?s)HTTP/1.1 (400|501) .*");
    }

    @Test
    void withABodyThatNobodyWantsEndTheConnection() throws Exception {
      try (Socket socket =
          send("GET /r/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\nabc")) {
        String answer =
            new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertThat(answer).startsWith("HTTP/1.1 200").contains("Connection: close");
      }
    }
  }

  @Nested
  class ManyRequests {

    @Test
    void shareAConnectionWithoutLimit() throws Exception {
      try (Socket socket = send("")) {
        for (int i = 0; i < 300; i++) {
          socket
              .getOutputStream()
              .write("HEAD /r/x HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
          assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 200");
        }
      }
    }
  }

  /** The time of heads is the test's own; all other limits are an hour. */
  @Nested
  class RequestHeads {

    private static final String HEAD = "GET /r/x HTTP/1.1\r\nHost: h\r\n\r\n";

    private final AtomicLong seconds = new AtomicLong();
    private final AtomicInteger beginnings = new AtomicInteger();

    @BeforeEach
    void restart() throws IOException {
      tomcat.close();
      Ticker ticker =
          new Ticker() {
            @Override
            public long read() {
              if (!Thread.currentThread().getName().contains("Poller")) {
                beginnings.incrementAndGet();
              }
              return TimeUnit.SECONDS.toNanos(seconds.get());
            }
          };
      Duration hour = Duration.ofHours(1);
      start(new Patience(hour, Duration.ofSeconds(30), hour, ticker));
    }

    /** Sends a part, and returns when the server has taken it for the beginning of a head. */
    private void begin(Socket socket, String part) throws IOException {
      int before = beginnings.get();
      write(socket, part);
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> beginnings.get() > before);
    }

    private void write(Socket socket, String part) throws IOException {
      socket.getOutputStream().write(part.getBytes(StandardCharsets.US_ASCII));
    }

    private void assertEnds(Socket socket) throws IOException {
      try {
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      } catch (SocketException reset) {
        assertThat(reset).hasMessageContaining("reset");
      }
    }

    private void assertAnswered(Socket socket) throws IOException {
      assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(
        strings = {"G", "GET /r/x", "GET /r/x HTTP/1.1\r\nHos", "\r\n", "\r\n\r\nGET /r/x"})
    void thatTrickleInAreCutThoughNoByteIsLate(String part) throws IOException {
      try (Socket slow = send("")) {
        begin(slow, part);
        String next = part.isBlank() ? "\r\n" : "a";
        try {
          for (int i = 0; i < 4; i++) {
            seconds.addAndGet(10);
            write(slow, next);
          }
        } catch (SocketException cut) {
          assertThat(seconds.get()).isGreaterThan(30);
        }
        assertEnds(slow);
      }
    }

    @Test
    void haveAllTheirTimeAlsoBehindAnother() throws IOException {
      try (Socket early = send("");
          Socket pipelined = send("")) {
        begin(early, "GET");
        begin(pipelined, HEAD.substring(0, 9));
        seconds.addAndGet(20);
        begin(pipelined, HEAD.substring(9) + HEAD.substring(0, 9));
        assertAnswered(pipelined);
        seconds.addAndGet(11);
        assertEnds(early);
        write(pipelined, HEAD.substring(9));
        assertAnswered(pipelined);
      }
    }

    @Test
    void areNotLateBecauseTheConnectionIsOld() throws IOException {
      try (Socket early = send("");
          Socket kept = send("")) {
        begin(early, "GET");
        begin(kept, HEAD.substring(0, 9));
        write(kept, HEAD.substring(9));
        assertAnswered(kept);
        seconds.addAndGet(31);
        assertEnds(early);
        write(kept, HEAD);
        assertAnswered(kept);
      }
    }
  }

  @Nested
  class WatchedSends {

    private Long sent() throws InterruptedException {
      return sent.poll(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void thatAreTakenWholeAreTold() throws Exception {
      assertThat(sendsAreWatched).isEqualTo(true);
      try (Socket socket = send("")) {
        for (int i = 0; i < 2; i++) {
          socket
              .getOutputStream()
              .write(
                  "GET /watched HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
          assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 200");
          assertThat(socket.getInputStream().readNBytes(LARGE)).hasSize(LARGE);
          assertThat(sent()).isEqualTo(LARGE);
        }
      }
      assertThat(exchange(get("/zero-copy"))).startsWith("HTTP/1.1 200");
      assertThat(sent).as("nobody asked").isEmpty();
    }

    @Test
    void thatBreakOffAreToldOnceWithWhatWasTaken() throws Exception {
      try (Socket socket = send(get("/watched"))) {
        assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 200");
        assertThat(sent).isEmpty();
        socket.setSoLinger(true, 0);
      }
      assertThat(sent()).isLessThan(LARGE);
      assertThat(tomcat.awaitSends(Duration.ofSeconds(WAIT_SECONDS))).isTrue();
      assertThat(sent).isEmpty();
    }

    @Test
    void thatEndWithTheNodeAreTold() throws Exception {
      try (Socket socket = send(get("/watched"))) {
        assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 200");
        tomcat.close();
        assertThat(sent()).isLessThan(LARGE);
      } finally {
        start();
      }
    }
  }

  @Nested
  class Addresses {

    @Test
    void areOfBothKindsUnlessOneIsNamed() throws IOException {
      try (EmbeddedTomcat both = EmbeddedTomcat.bind(Optional.empty(), 0, Duration.ofMinutes(1))) {
        both.start((classes, context) -> {});
        for (String address : new String[] {"127.0.0.1", "127.0.0.2", "::1"}) {
          try (Socket socket = new Socket(InetAddress.getByName(address), both.port())) {
            socket.getOutputStream().write(get("/").getBytes(StandardCharsets.US_ASCII));
            assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 404");
          }
        }
      }
    }
  }

  @Nested
  @Tag("long")
  class PausedViewers {

    /** A response for which a thread waits is cut after the request time limit: our clock. */
    private void letSeveralTimeLimitsPass() throws Exception {
      for (int i = 0; i < 3; i++) {
        try (Socket stuck = send(get("/blocking"))) {
          recorder.blocking.cut.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        }
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/zero-copy", "/asynchronous"})
    void areKeptThoughAThreadWouldNotWaitSoLong(String path) throws Exception {
      restart(Duration.ofMinutes(10), Duration.ofSeconds(1));
      try (Socket paused = send(get(path))) {
        assertThat(head(paused.getInputStream())).startsWith("HTTP/1.1 200");

        letSeveralTimeLimitsPass();

        assertThat(paused.getInputStream().readAllBytes()).hasSize(LARGE);
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/zero-copy", "/asynchronous"})
    void areCutAfterTheStallLimit(String path) throws Exception {
      restart(Duration.ofSeconds(1), Duration.ofSeconds(20));
      try (Socket paused = send(get(path))) {
        assertThat(head(paused.getInputStream())).startsWith("HTTP/1.1 200");
        if (path.equals("/asynchronous")) {
          assertThat(recorder.asynchronousEnd.get(WAIT_SECONDS, TimeUnit.SECONDS)).isNotNull();
        } else {
          Awaitility.await().until(() -> !tomcat.awaitSends(Duration.ZERO));
          assertThat(tomcat.awaitSends(Duration.ofSeconds(WAIT_SECONDS))).isTrue();
        }
        assertThat(readToTheEnd(paused.getInputStream())).isLessThan(LARGE);
      }
    }

    @Test
    void aRequestThatDoesNotArriveIsCut() throws Exception {
      restart(Duration.ofMinutes(10), Duration.ofSeconds(1));
      try (Socket slow = send("GET /r/x HTTP/1.1\r\nHost:")) {
        assertThat(slow.getInputStream().readAllBytes()).isEmpty();
      }
    }
  }

  private static int readToTheEnd(InputStream in) {
    int read = 0;
    try {
      byte[] buffer = new byte[64 * 1024];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        read += n;
      }
    } catch (IOException e) {
      // Cut with a reset, which is as good an end.
      assertThat(e).hasMessageContaining("reset");
    }
    return read;
  }

  /** Reads a response's head. */
  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        return head.toString();
      }
      head.append((char) c);
    }
    return head.toString();
  }

  /** Writes down the targets that arrive. */
  private static final class Recorder extends HttpServlet {
    private static final long serialVersionUID = 1L;
    final transient BlockingQueue<String> targets = new LinkedBlockingQueue<>();
    final transient CompletableFuture<Throwable> asynchronousEnd = new CompletableFuture<>();
    final transient Blocking blocking = new Blocking();

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
      String query = request.getQueryString();
      targets.add(request.getRequestURI() + (query == null ? "" : "?" + query));
    }
  }

  /** Makes a thread wait for a viewer who does not read. */
  private static final class Blocking extends HttpServlet {
    private static final long serialVersionUID = 1L;
    final transient BlockingQueue<IOException> cut = new LinkedBlockingQueue<>();

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
      response.setContentLength(LARGE);
      try {
        response.getOutputStream().write(new byte[LARGE]);
      } catch (IOException e) {
        cut.add(e);
      }
    }
  }

  /** Sends a sparse file by the container's zero-copy send. */
  private static final class Watched extends ZeroCopy {
    private static final long serialVersionUID = 1L;
    private final transient BlockingQueue<Long> sent;

    Watched(BlockingQueue<Long> sent) {
      this.sent = sent;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      LongConsumer whenSent = sent::add;
      request.setAttribute(org.p2pd.delivery.ZeroCopy.WHEN_SENT, whenSent);
      super.doGet(request, response);
    }
  }

  private static class ZeroCopy extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      Path file = directory.resolve("large");
      if (!Files.exists(file)) {
        try (var channel = new java.io.RandomAccessFile(file.toFile(), "rw")) {
          channel.setLength(LARGE);
        }
      }
      response.setContentLength(LARGE);
      Map.of(
              Globals.SENDFILE_FILENAME_ATTR, (Object) file.toString(),
              Globals.SENDFILE_FILE_START_ATTR, 0L,
              Globals.SENDFILE_FILE_END_ATTR, (long) LARGE)
          .forEach(request::setAttribute);
    }
  }

  /** Writes without ever waiting. */
  private final class Asynchronous extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      AsyncContext async = request.startAsync();
      response.setContentLength(LARGE);
      ServletOutputStream out = response.getOutputStream();
      out.setWriteListener(
          new WriteListener() {
            private int left = LARGE;

            @Override
            public void onWritePossible() throws IOException {
              while (left > 0 && out.isReady()) {
                int now = Math.min(left, 64 * 1024);
                out.write(new byte[now]);
                left -= now;
              }
              if (left == 0 && out.isReady()) {
                async.complete();
              }
            }

            @Override
            public void onError(Throwable failure) {
              recorder.asynchronousEnd.complete(failure);
              async.complete();
            }
          });
    }
  }
}
