package org.p2pd.e2e.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Firefox without a window, driven over WebDriver BiDi, with one page. */
public final class Firefox implements AutoCloseable {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int ANSWER_SECONDS = 90;
  private static final Pattern LISTENING =
      Pattern.compile("WebDriver BiDi listening on (ws://\\S+)");

  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(ANSWER_SECONDS)).build();
  private final Process process;
  private final WebSocket socket;
  private final Map<Integer, CompletableFuture<JsonNode>> questions = new ConcurrentHashMap<>();
  private final AtomicInteger lastQuestion = new AtomicInteger();
  private final String page;

  private Firefox(Path directory) throws Exception {
    Path profile = Files.createTempDirectory(directory, "firefox");
    Files.writeString(
        profile.resolve("user.js"),
        """
        user_pref("media.autoplay.default", 0);
        user_pref("media.autoplay.blocking_policy", 0);
        user_pref("media.volume_scale", "0.0");
        user_pref("app.update.auto", false);
        user_pref("datareporting.policy.dataSubmissionEnabled", false);
        user_pref("browser.shell.checkDefaultBrowser", false);
        """);
    Path log = profile.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(
            Tool.require("firefox-esr", "firefox"),
            "--headless",
            "--no-remote",
            "--profile",
            profile.toString(),
            "--remote-debugging-port=0",
            "about:blank");
    builder.environment().put("HOME", profile.toString());
    process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    Waiting.until("Firefox is there", () -> LISTENING.matcher(Files.readString(log)).find());
    Matcher listening = LISTENING.matcher(Files.readString(log));
    if (!listening.find()) {
      throw new IllegalStateException("what was in the log is gone");
    }
    socket =
        client
            .newWebSocketBuilder()
            .buildAsync(URI.create(listening.group(1) + "/session"), new Answers())
            .get(ANSWER_SECONDS, TimeUnit.SECONDS);
    ask("session.new", Map.of("capabilities", Map.of()));
    page =
        ask("browsingContext.getTree", Map.of()).path("contexts").path(0).path("context").asText();
  }

  /** Starts one with an empty profile below that directory. */
  public static Firefox start(Path directory) throws Exception {
    return new Firefox(directory);
  }

  /** Opens an address, and waits until its page is there. */
  public void open(String url) throws Exception {
    ask("browsingContext.navigate", Map.of("context", page, "url", url, "wait", "complete"));
  }

  /** The value of an expression, as text; a promise is waited for. */
  public String evaluate(String expression) throws Exception {
    JsonNode result =
        ask(
            "script.evaluate",
            Map.of(
                "expression",
                "Promise.resolve(" + expression + ").then(v => String(v))",
                "target",
                Map.of("context", page),
                "awaitPromise",
                true));
    if (!result.path("type").asText().equals("success")) {
      throw new IOException(expression + ": " + result);
    }
    return result.path("result").path("value").asText();
  }

  /** The value of an expression about {@code v}, the page's video. */
  public String video(String expression) throws Exception {
    return evaluate("(v => " + expression + ")(document.querySelector('video'))");
  }

  /** Waits until the video shows pictures at least {@code seconds} after {@code from}. */
  public void awaitPlayed(double from, double seconds) {
    Waiting.untilAsserted(
        "Firefox plays " + seconds + " s from " + from,
        () -> {
          String error = video("v.error ? v.error.code + ' ' + v.error.message : ''");
          if (!error.isEmpty()) {
            throw new AssertionError("the video failed: " + error);
          }
          double at = Double.parseDouble(video("v.seeking ? 0 : v.currentTime"));
          if (at < from + seconds) {
            throw new AssertionError("it is at " + at);
          }
        });
  }

  private synchronized JsonNode ask(String method, Map<String, Object> parameters)
      throws Exception {
    int id = lastQuestion.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    questions.put(id, answer);
    socket
        .sendText(
            MAPPER.writeValueAsString(Map.of("id", id, "method", method, "params", parameters)),
            true)
        .get(ANSWER_SECONDS, TimeUnit.SECONDS);
    JsonNode message = answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    if (message.has("error")) {
      throw new IOException(method + ": " + message);
    }
    return message.path("result");
  }

  @Override
  public void close() throws Exception {
    socket.abort();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().waitFor();
  }

  /** Puts the pieces of a message together and gives it to whoever asked. */
  private final class Answers implements WebSocket.Listener {

    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
      message.append(data);
      if (last) {
        try {
          JsonNode answer = MAPPER.readTree(message.toString());
          CompletableFuture<JsonNode> question = questions.remove(answer.path("id").asInt());
          if (question != null) {
            question.complete(answer);
          }
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        } finally {
          message.setLength(0);
        }
      }
      webSocket.request(1);
      return CompletableFuture.completedStage(null);
    }
  }
}
