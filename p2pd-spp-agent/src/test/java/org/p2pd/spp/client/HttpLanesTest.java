package org.p2pd.spp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.p2pd.spp.NodeAddress;

/** What becomes of connections when nobody asks any more. */
class HttpLanesTest {

  private static final ClientSettings SETTINGS =
      new ClientSettings(
          Optional.empty(),
          "p2pd/test",
          2,
          2,
          1,
          16 * 1024,
          16 * 1024,
          Duration.ofSeconds(30),
          Duration.ofSeconds(30),
          Duration.ofSeconds(30),
          Duration.ofMillis(100));

  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();

  @AfterEach
  void end() {
    timers.shutdownNow();
  }

  /** Reads one request and answers it; what comes after it on the connection, or null. */
  private static String answerOnce(ServerSocket node) throws IOException {
    try (Socket socket = node.accept();
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
      String line = in.readLine();
      while (line != null && !line.isEmpty()) {
        line = in.readLine();
      }
      socket
          .getOutputStream()
          .write(
              "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII));
      return in.readLine();
    }
  }

  @Test
  void aConnectionToANodeThatIsNeverAskedAgainIsClosed() throws Exception {
    try (ServerSocket node = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.9"));
        HttpLanes lanes = new HttpLanes(SETTINGS, timers)) {
      CompletableFuture<Optional<String>> after =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return Optional.ofNullable(answerOnce(node));
                } catch (IOException e) {
                  return Optional.of(e.toString());
                }
              },
              task -> new Thread(task, "test-node").start());
      RawAnswer answer =
          lanes
              .ask(
                  HttpLanes.Lane.URGENT,
                  new NodeAddress("127.0.0.9", node.getLocalPort(), ""),
                  new HttpLanes.Call("GET", "/", Map.of(), new byte[0]),
                  Duration.ofSeconds(30),
                  100)
              .get(60, TimeUnit.SECONDS);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(after.get(60, TimeUnit.SECONDS)).as("closed from here, nothing more").isEmpty();
    }
  }
}
