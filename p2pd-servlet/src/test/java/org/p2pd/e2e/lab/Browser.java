package org.p2pd.e2e.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Chromium without a window, driven over its DevTools protocol: it opens pages, runs scripts in
 * them, and really decodes what a {@code <video>} shows.
 */
public final class Browser implements AutoCloseable {

  private static final ObjectMapper MAPPER = new ObjectMapper();
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

  private final Process process;
  private final Questions questions;

  /** The addresses of requests that are held back, by the session of their page. */
  private final Map<String, List<String>> held = new ConcurrentHashMap<>();

  private Browser(Process process, URI address) throws Exception {
    this.process = process;
    this.questions = new Questions(address, this::heard);
  }

  private void heard(JsonNode event) {
    if (event.path("method").asText().equals("Fetch.requestPaused")) {
      held.getOrDefault(event.path("sessionId").asText(), new ArrayList<>())
          .add(event.path("params").path("request").path("url").asText());
    }
  }

  private static Browser start(Path directory, List<String> wrapper, String... flags)
      throws Exception {
    Path profile = Files.createTempDirectory(directory, "profile");
    ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(wrapper));
    builder.command().add(Tool.require("chromium", "chromium-browser", "google-chrome"));
    builder.command().add("--user-data-dir=" + profile);
    builder.command().addAll(FLAGS);
    builder.command().addAll(List.of(flags));
    builder.command().add("about:blank");
    builder.environment().put("HOME", profile.toString());
    Process process =
        builder
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("chromium.log").toFile())
            .start();
    return Processes.orEnd(process, () -> new Browser(process, awaitAddress(profile)));
  }

  private static URI awaitAddress(Path profile) throws IOException {
    Path ports = profile.resolve("DevToolsActivePort");
    Waiting.until("Chromium is there", () -> Files.readAllLines(ports).size() >= 2);
    List<String> lines = Files.readAllLines(ports);
    return URI.create("ws://127.0.0.1:" + lines.get(0) + lines.get(1));
  }

  /** Starts one with an empty profile below that directory. */
  public static Browser start(Path directory) throws Exception {
    return start(directory, List.of());
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
    return start(
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

  /**
   * Asks the browser.
   *
   * @param session of the page that is meant; empty for the browser itself
   */
  JsonNode ask(String session, String method, Map<String, Object> parameters) throws Exception {
    return questions.ask(
        method, parameters, session.isEmpty() ? Map.of() : Map.of("sessionId", session));
  }

  /** From now on holds back requests of that page to such addresses. */
  void hold(String session, String addresses) throws Exception {
    held.put(session, new CopyOnWriteArrayList<>());
    ask(session, "Fetch.enable", Map.of("patterns", List.of(Map.of("urlPattern", addresses))));
  }

  List<String> held(String session) {
    return List.copyOf(held.getOrDefault(session, List.of()));
  }

  void letGo(String session) throws Exception {
    ask(session, "Fetch.disable", Map.of());
    held.remove(session);
  }

  @Override
  public void close() throws Exception {
    questions.close();
    Processes.end(process);
  }

  /** A page with what only its browser can do for it. */
  public final class Tab extends Page {

    private final String target;

    private Tab(String session, String target) {
      super(Browser.this, session);
      this.target = target;
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

    public void closeTab() throws Exception {
      ask("", "Target.closeTarget", Map.of("targetId", target));
    }
  }
}
