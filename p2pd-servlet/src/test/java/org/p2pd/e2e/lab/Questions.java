package org.p2pd.e2e.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Questions to a browser over a WebSocket: a numbered message each, whose answer has the same
 * number. Chromium's DevTools protocol and Firefox's WebDriver BiDi are alike in that.
 */
final class Questions implements AutoCloseable {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int ANSWER_SECONDS = 90;

  private final Map<Integer, CompletableFuture<JsonNode>> open = new ConcurrentHashMap<>();
  private final AtomicInteger last = new AtomicInteger();

  /** Fails when no answer will come any more. */
  private final CompletableFuture<JsonNode> end = new CompletableFuture<>();

  /** Hears what is told without having been asked for. */
  private final Consumer<JsonNode> events;

  private final WebSocket socket;

  /**
   * @param events hears what the browser tells without having been asked for
   */
  Questions(URI address, Consumer<JsonNode> events) throws Exception {
    this.events = events;
    socket =
        HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(ANSWER_SECONDS))
            .build()
            .newWebSocketBuilder()
            .buildAsync(address, new Answers())
            .get(ANSWER_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Asks, and waits for the answer.
   *
   * @param more what the message has besides
   */
  JsonNode ask(String method, Map<String, Object> parameters, Map<String, Object> more)
      throws Exception {
    int id = last.incrementAndGet();
    Map<String, Object> message = new HashMap<>(more);
    message.putAll(Map.of("id", id, "method", method, "params", parameters));
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    open.put(id, answer);
    try {
      send(MAPPER.writeValueAsString(message));
      JsonNode came =
          answer.applyToEither(end, Function.identity()).get(ANSWER_SECONDS, TimeUnit.SECONDS);
      if (came.has("error")) {
        throw new IOException(method + ": " + came);
      }
      return came.path("result");
    } finally {
      open.remove(id);
    }
  }

  /** One message at a time, as a WebSocket wants it. */
  private synchronized void send(String message) throws Exception {
    socket.sendText(message, true).get(ANSWER_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    socket.abort();
  }

  /** Puts the pieces of a message together and gives it to whoever asked. */
  private final class Answers implements WebSocket.Listener {

    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean isLast) {
      message.append(data);
      if (isLast) {
        deliver(message.toString());
        message.setLength(0);
      }
      webSocket.request(1);
      return CompletableFuture.completedFuture(null);
    }

    private void deliver(String text) {
      try {
        JsonNode answer = MAPPER.readTree(text);
        CompletableFuture<JsonNode> question = open.get(answer.path("id").asInt());
        if (question != null) {
          question.complete(answer);
        } else if (answer.has("method")) {
          events.accept(answer);
        }
      } catch (IOException e) {
        end.completeExceptionally(e);
      }
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
      end.completeExceptionally(error);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket webSocket, int status, String reason) {
      end.completeExceptionally(new IOException("closed: " + status + " " + reason));
      return CompletableFuture.completedFuture(null);
    }
  }
}
