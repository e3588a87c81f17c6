package org.p2pd.e2e.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a test does with a page of a {@link Browser}: it runs scripts in it, uses its keys, mouse
 * and touch screen, and looks at its video.
 */
public abstract class Page {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Browser browser;
  private final String session;

  Page(Browser browser, String session) {
    this.browser = browser;
    this.session = session;
  }

  /** The value of an expression; a promise is waited for. */
  public JsonNode evaluate(String expression) throws Exception {
    JsonNode result =
        ask(
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
    ask("Input.dispatchKeyEvent", down);
    ask("Input.dispatchKeyEvent", Map.of("type", "keyUp", "key", key));
  }

  /** Clicks in the middle of an element, as a hand with a mouse does. */
  public void click(String selector) throws Exception {
    double[] middle = place(selector, 0.5);
    for (String type : List.of("mousePressed", "mouseReleased")) {
      ask(
          "Input.dispatchMouseEvent",
          Map.of("type", type, "x", middle[0], "y", middle[1], "button", "left", "clickCount", 1));
    }
  }

  /** Taps an element with a finger, so far across it. */
  public void tap(String selector, double across) throws Exception {
    double[] at = place(selector, across);
    ask(
        "Input.dispatchTouchEvent",
        Map.of("type", "touchStart", "touchPoints", List.of(Map.of("x", at[0], "y", at[1]))));
    ask("Input.dispatchTouchEvent", Map.of("type", "touchEnd", "touchPoints", List.of()));
  }

  /** Becomes a phone's: a small screen that is touched. */
  public void becomePhone() throws Exception {
    ask(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", 390, "height", 844, "deviceScaleFactor", 3, "mobile", true));
    ask("Emulation.setTouchEmulationEnabled", Map.of("enabled", true));
  }

  /** Goes to another address. */
  public void go(String url) throws Exception {
    ask("Page.navigate", Map.of("url", url));
  }

  /** From now on holds back requests to such addresses, where {@code *} is for anything. */
  public void hold(String addresses) throws Exception {
    browser.hold(session, addresses);
  }

  /** The addresses of the requests that were held back so far, in their order. */
  public List<String> held() {
    return browser.held(session);
  }

  /** Lets go what is held back, and holds back nothing any more. */
  public void letGo() throws Exception {
    browser.letGo(session);
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

  private JsonNode ask(String method, Map<String, Object> parameters) throws Exception {
    return browser.ask(session, method, parameters);
  }
}
