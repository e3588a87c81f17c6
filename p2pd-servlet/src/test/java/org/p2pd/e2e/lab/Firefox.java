package org.p2pd.e2e.lab;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Firefox without a window, driven over WebDriver BiDi, with one page. */
public final class Firefox implements AutoCloseable {

  private static final Pattern LISTENING =
      Pattern.compile("WebDriver BiDi listening on (ws://\\S+)");

  private final Process process;
  private final Questions questions;
  private final String page;

  private Firefox(Process process, Questions questions) throws Exception {
    this.process = process;
    this.questions = questions;
    ask("session.new", Map.of("capabilities", Map.of()));
    page =
        ask("browsingContext.getTree", Map.of()).path("contexts").path(0).path("context").asText();
  }

  /** Starts one with an empty profile below that directory. */
  public static Firefox start(Path directory) throws Exception {
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
    Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    return Processes.orEnd(
        process, () -> new Firefox(process, new Questions(awaitAddress(log), event -> {})));
  }

  private static URI awaitAddress(Path log) throws IOException {
    Waiting.until("Firefox is there", () -> LISTENING.matcher(Files.readString(log)).find());
    Matcher listening = LISTENING.matcher(Files.readString(log));
    if (!listening.find()) {
      throw new IllegalStateException("what was in the log is gone");
    }
    return URI.create(listening.group(1) + "/session");
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

  private JsonNode ask(String method, Map<String, Object> parameters) throws Exception {
    return questions.ask(method, parameters, Map.of());
  }

  @Override
  public void close() throws Exception {
    questions.close();
    Processes.end(process);
  }
}
