package org.p2pd.e2e.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Chromium without a window, driven over its DevTools protocol: it opens pages, runs scripts in
 * them, and really decodes what a {@code <video>} shows.
 */
public final class Browser implements AutoCloseable {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int ANSWER_SECONDS = 60;
  private static final List<String> FLAGS =
      List.of(
          "--headless=new",
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--disable-dev-shm-usage",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--disable-default-apps",
          "--disable-extensions",
          "--autoplay-policy=no-user-gesture-required",
          "--mute-audio",
          "--disable-background-media-suspend",
          "--disable-backgrounding-occluded-windows",
          "--disable-renderer-backgrounding",
          "--ignore-certificate-errors", // a test's certificate is signed by itself
          "--remote-debugging-port=0");

  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(ANSWER_SECONDS)).build();
  private final Process process;
  private final WebSocket socket;
  private final Map<Integer, CompletableFuture<JsonNode>> questions = new ConcurrentHashMap<>();
  private final AtomicInteger lastQuestion = new AtomicInteger();

  /** The addresses of requests that are held back, by the session of their page. */
  private final Map<String, List<String>> held = new ConcurrentHashMap<>();

  private Browser(Path directory, List<String> wrapper, String... flags) throws Exception {
    Path profile = Files.createTempDirectory(directory, "profile");
    ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(wrapper));
    builder.command().add(Tool.require("chromium", "chromium-browser", "google-chrome"));
    builder.command().add("--user-data-dir=" + profile);
    builder.command().addAll(FLAGS);
    builder.command().addAll(List.of(flags));
    builder.command().add("about:blank");
    builder.environment().put("HOME", profile.toString());
    process =
        builder
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("chromium.log").toFile())
            .start();
    Path ports = profile.resolve("DevToolsActivePort");
    Waiting.until("Chromium is there", () -> Files.readAllLines(ports).size() >= 2);
    List<String> lines = Files.readAllLines(ports);
    socket =
        client
            .newWebSocketBuilder()
            .buildAsync(URI.create("ws://127.0.0.1:" + lines.get(0) + lines.get(1)), new Answers())
            .get(ANSWER_SECONDS, TimeUnit.SECONDS);
  }

  /** Starts one with an empty profile below that directory. */
  public static Browser start(Path directory) throws Exception {
    return new Browser(directory, List.of());
  }

  /**
   * Starts one that knows a name with several addresses, as a round-robin name in the DNS has them.
   * Nobody else does: it has mounts of its own, with another list of hosts.
   */
  public static Browser startKnowing(Path directory, String name, List<String> addresses)
      throws Exception {
    Path hosts = directory.resolve("hosts");
    StringBuilder lines = new StringBuilder("127.0.0.1 localhost\n");
    addresses.forEach(address -> lines.append(address).append(' ').append(name).append('\n'));
    Files.writeString(hosts, lines);
    return new Browser(
        directory,
        List.of(Privileges.inOwnMounts("mount --bind '" + hosts + "' /etc/hosts")),
        // Its own resolver takes one address for a name out of that file, the system's takes all.
        "--disable-features=AsyncDns");
  }

  /** Opens an address in a window of its own: what is hidden would be paused. */
  public Tab open(String url) throws Exception {
    String target =
        ask("", "Target.createTarget", Map.of("url", url, "newWindow", true))
            .path("targetId")
            .asText();
    return new Tab(attach(target), target);
  }

  private String attach(String target) throws Exception {
    return ask("", "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
        .path("sessionId")
        .asText();
  }

  /** A page that has nothing but one video of that address, which plays when it can. */
  public Tab openVideo(String url) throws Exception {
    Tab tab = open("about:blank");
    tab.evaluate(
        "document.body.innerHTML = '<video autoplay></video>';"
            + "document.querySelector('video').src = "
            + MAPPER.writeValueAsString(url)
            + "; true");
    return tab;
  }

  /** How many connections the browser has to that node now. */
  public long connections(Node node) {
    Set<String> own =
        Stream.concat(Stream.of(process.toHandle()), process.descendants())
            .map(one -> "pid=" + one.pid() + ",")
            .collect(Collectors.toSet());
    return Tool.run("ss", "-Htnp", "state", "established", "dst", node.authority())
        .expectSuccess()
        .output()
        .lines()
        .filter(line -> own.stream().anyMatch(line::contains))
        .count();
  }

  private synchronized JsonNode ask(String session, String method, Map<String, Object> parameters)
      throws Exception {
    int id = lastQuestion.incrementAndGet();
    ObjectNode question = MAPPER.createObjectNode().put("id", id).put("method", method);
    question.set("params", MAPPER.valueToTree(parameters));
    if (!session.isEmpty()) {
      question.put("sessionId", session);
    }
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    questions.put(id, answer);
    socket
        .sendText(MAPPER.writeValueAsString(question), true)
        .get(ANSWER_SECONDS, TimeUnit.SECONDS);
    JsonNode message = answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    if (message.has("error")) {
      throw new IOException(method + ": " + message.get("error"));
    }
    return message.path("result");
  }

  @Override
  public void close() throws Exception {
    socket.abort();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().waitFor();
  }

  /** One page. */
  public final class Tab {

    private final String session;
    private final String target;

    private Tab(String session, String target) {
      this.session = session;
      this.target = target;
    }

    /** The value of an expression; a promise is waited for. */
    public JsonNode evaluate(String expression) throws Exception {
      JsonNode result =
          ask(
              session,
              "Runtime.evaluate",
              Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
      if (result.has("exceptionDetails")) {
        throw new IOException(expression + ": " + result.get("exceptionDetails"));
      }
      return result.path("result").path("value");
    }

    /** The value of an expression about {@code v}, the page's video. */
    public JsonNode video(String expression) throws Exception {
      return evaluate("(v => " + expression + ")(document.querySelector('video'))");
    }

    /** Presses a key, named as in the DOM: {@code k}, {@code ArrowRight}, {@code ?}. */
    public void press(String key) throws Exception {
      Map<String, Object> down = new HashMap<>(Map.of("type", "keyDown", "key", key));
      if (key.length() == 1) {
        down.put("text", key);
      }
      down.put("code", key.equals(" ") ? "Space" : key);
      ask(session, "Input.dispatchKeyEvent", down);
      ask(session, "Input.dispatchKeyEvent", Map.of("type", "keyUp", "key", key));
    }

    /** Clicks in the middle of an element, as a hand with a mouse does. */
    public void click(String selector) throws Exception {
      double[] middle = place(selector, 0.5);
      for (String type : List.of("mousePressed", "mouseReleased")) {
        ask(
            session,
            "Input.dispatchMouseEvent",
            Map.of(
                "type", type, "x", middle[0], "y", middle[1], "button", "left", "clickCount", 1));
      }
    }

    /** Taps an element with a finger, so far across it. */
    public void tap(String selector, double across) throws Exception {
      double[] at = place(selector, across);
      ask(
          session,
          "Input.dispatchTouchEvent",
          Map.of("type", "touchStart", "touchPoints", List.of(Map.of("x", at[0], "y", at[1]))));
      ask(
          session,
          "Input.dispatchTouchEvent",
          Map.of("type", "touchEnd", "touchPoints", List.of()));
    }

    /** Becomes a phone's: a small screen that is touched. */
    public void becomePhone() throws Exception {
      ask(
          session,
          "Emulation.setDeviceMetricsOverride",
          Map.of("width", 390, "height", 844, "deviceScaleFactor", 3, "mobile", true));
      ask(session, "Emulation.setTouchEmulationEnabled", Map.of("enabled", true));
    }

    /** Goes to another address. */
    public void go(String url) throws Exception {
      ask(session, "Page.navigate", Map.of("url", url));
    }

    /** From now on holds back requests to such addresses, where {@code *} is for anything. */
    public void hold(String addresses) throws Exception {
      held.put(session, new CopyOnWriteArrayList<>());
      ask(session, "Fetch.enable", Map.of("patterns", List.of(Map.of("urlPattern", addresses))));
    }

    /** The addresses of the requests that were held back so far, in their order. */
    public List<String> held() {
      return List.copyOf(held.getOrDefault(session, List.of()));
    }

    /** Lets go what is held back, and holds back nothing any more. */
    public void letGo() throws Exception {
      ask(session, "Fetch.disable", Map.of());
      held.remove(session);
    }

    private double[] place(String selector, double across) throws Exception {
      JsonNode box =
          evaluate(
              "(e => { e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect();"
                  + " return [b.left, b.top, b.width, b.height]; })(document.querySelector("
                  + MAPPER.writeValueAsString(selector)
                  + "))");
      return new double[] {
        box.get(0).asDouble() + box.get(2).asDouble() * across,
        box.get(1).asDouble() + box.get(3).asDouble() / 2
      };
    }

    /** The page of another site that this page shows in a frame. */
    public Tab frame(String urlPart) throws Exception {
      JsonNode[] found = new JsonNode[1];
      Waiting.until(
          "the frame with " + urlPart,
          () -> {
            for (JsonNode one : ask("", "Target.getTargets", Map.of()).path("targetInfos")) {
              if (one.path("type").asText().equals("iframe")
                  && one.path("url").asText().contains(urlPart)) {
                found[0] = one;
              }
            }
            return found[0] != null;
          });
      String frame = found[0].path("targetId").asText();
      return new Tab(attach(frame), frame);
    }

    public double currentTime() throws Exception {
      return video("v.currentTime").asDouble();
    }

    /** Frames that were decoded so far. */
    public int frames() throws Exception {
      return video("v.getVideoPlaybackQuality().totalVideoFrames").asInt();
    }

    /** The end in seconds of the last buffered part, 0 without one. */
    public double bufferedEnd() throws Exception {
      return video("v.buffered.length ? v.buffered.end(v.buffered.length - 1) : 0").asDouble();
    }

    /** Waits until the video shows pictures at least {@code seconds} after {@code from}. */
    public void awaitPlayed(double from, double seconds) {
      Waiting.untilAsserted(
          "the video plays " + seconds + " s from " + from,
          () -> {
            String error = video("v.error ? v.error.code + ' ' + v.error.message : ''").asText();
            if (!error.isEmpty()) {
              throw new AssertionError("the video failed: " + error);
            }
            if (currentTime() < from + seconds || frames() == 0) {
              throw new AssertionError("at " + currentTime() + " s, " + frames() + " frames");
            }
          });
    }

    public void closeTab() throws Exception {
      ask("", "Target.closeTarget", Map.of("targetId", target));
    }
  }

  /** Puts fragments together and gives each answer to who asked. */
  private final class Answers implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
      message.append(data);
      if (last) {
        deliver(message.toString());
        message.setLength(0);
      }
      webSocket.request(1);
      return CompletableFuture.completedFuture(null);
    }

    private void deliver(String text) {
      try {
        JsonNode node = MAPPER.readTree(text);
        if (node.path("method").asText().equals("Fetch.requestPaused")) {
          held.getOrDefault(node.path("sessionId").asText(), new ArrayList<>())
              .add(node.path("params").path("request").path("url").asText());
          return;
        }
        CompletableFuture<JsonNode> question = questions.remove(node.path("id").asInt());
        if (question != null) {
          question.complete(node);
        }
      } catch (IOException e) {
        questions.values().forEach(question -> question.completeExceptionally(e));
      }
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
      questions.values().forEach(question -> question.completeExceptionally(error));
    }
  }
}
