package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Browser;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.NodeStatus;
import org.p2pd.e2e.lab.Privileges;
import org.p2pd.e2e.lab.Samples;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/** The pages that p2pd shows of itself, in a browser that really plays what they show. */
@Tag("e2e")
class PagesTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final Duration SOON = Duration.ofSeconds(3);
  private static final String NAME = "cdn.test";

  private static Path media;
  private static Node server;

  /** Shows its list to everyone. */
  private static Node open;

  /** Shows its list to administrators. */
  private static Node closed;

  private static Browser browser;

  @BeforeAll
  static void start() throws Exception {
    media = lab.directory("media");
    copy(Samples.mp4(), "films/a.mp4");
    copy(Samples.webm(), "films/b é;1.webm");
    copy(Samples.longMp4(), "films/c.mp4");
    write("films/a.vtt", "WEBVTT\n\n00:00.000 --> 00:30.000\nA picture that moves\n");
    write("films/a.de.srt", "1\r\n00:00:00,000 --> 00:00:30,500\r\nEin Bild, das läuft\r\n");
    copy(Samples.mp4(), "more/d.mp4");
    for (String language : List.of("de", "fr")) {
      write("more/d." + language + ".srt", "1\n00:00:00,000 --> 00:00:30,500\n" + language + "\n");
    }
    Files.createDirectories(media.resolve("stream"));
    try (Stream<Path> parts = Files.list(Samples.hls())) {
      for (Path part : parts.toList()) {
        Files.copy(part, media.resolve("stream").resolve(part.getFileName()));
      }
    }
    server = lab.server("server", media).start();
    open = lab.cache("open", server).option("--browse").start();
    closed = lab.cache("closed", server).start();
    for (Node node : List.of(open, closed)) {
      for (String title :
          List.of(
              "/films/a.mp4",
              "/films/b é;1.webm",
              "/films/c.mp4",
              "/films/a.vtt",
              "/films/a.de.srt",
              "/more/d.mp4",
              "/more/d.de.srt",
              "/more/d.fr.srt",
              "/stream/index.m3u8",
              "/stream/part19.ts")) {
        node.awaitTitle(title);
      }
    }
    browser = lab.closing(Browser.start(lab.directory("browser")));
  }

  private static void copy(Path sample, String name) throws Exception {
    Path to = media.resolve(name);
    Files.createDirectories(to.getParent());
    Files.copy(sample, to, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void write(String name, String text) throws Exception {
    Files.writeString(media.resolve(name), text);
  }

  private static Browser.Tab player(Node node, String title) throws Exception {
    Browser.Tab tab = browser.open(node.url("/.play" + title).toString());
    awaitVideo(tab);
    return tab;
  }

  /** Has the page show another title, as the browser's own buttons do: none is loaded for it. */
  private static void turn(Browser.Tab tab, Node node, String title) throws Exception {
    tab.evaluate(
        "history.pushState(null, '', '"
            + node.url("/.play" + title)
            + "'); dispatchEvent(new PopStateEvent('popstate'))");
  }

  /** Has the page count what it asks for, in {@code asked}: how that ended, by address. */
  private static void recordAsked(Browser.Tab tab) throws Exception {
    tab.evaluate(
        "window.asked = []; window.real = fetch;"
            + "window.fetch = async (address, how) => {"
            + " const one = { address: String(address), end: '' };"
            + " asked.push(one);"
            + " try { const answer = await real(address, how); one.end = 'answered'; return answer; }"
            + " catch (e) { one.end = e.name; throw e; } }; true");
  }

  /** How the last request for such an address ended; empty while it has not. */
  private static String endOf(Browser.Tab tab, String part) throws Exception {
    return tab.evaluate("asked.findLast(one => one.address.includes('" + part + "')).end").asText();
  }

  private static void awaitHeld(Browser.Tab tab, int requests) {
    Waiting.until("requests are held back", () -> tab.held().size() == requests);
  }

  private static void type(Browser.Tab tab, String words) throws Exception {
    tab.evaluate("document.getElementById('name').focus()");
    for (int i = 0; i < words.length(); i++) {
      tab.press(words.substring(i, i + 1));
    }
  }

  private static void awaitVideo(Browser.Tab tab) {
    Waiting.until(
        "the page has a video that knows its length",
        () -> tab.video("v !== null && v.readyState >= 1").asBoolean());
  }

  private static void awaitText(Browser.Tab tab, String words) {
    Waiting.untilAsserted(
        "the page says: " + words,
        () -> assertThat(tab.evaluate("document.body.innerText").asText()).contains(words));
  }

  private static boolean isShown(Browser.Tab tab, String selector) throws Exception {
    return tab.evaluate("document.querySelector('" + selector + "').checkVisibility()").asBoolean();
  }

  private static void awaitShown(Browser.Tab tab, String selector) {
    Waiting.until(selector + " is shown", () -> isShown(tab, selector));
  }

  @Nested
  class TheStartPage {

    @Test
    void ofAnEmptyServerHelpsWhoeverComes() throws Exception {
      Path empty = lab.directory("empty");
      Node fresh =
          lab.server("fresh", empty).option("-A", "films.example", "-N", "10.9.8.7").start();
      Viewer.Answer answer = Viewer.shared().get(fresh, "/");
      assertThat(answer.status()).isEqualTo(200);
      Browser.Tab tab = browser.open(fresh.url("/").toString());
      awaitText(tab, "The address of a film is this one plus the name of its file");
      awaitText(tab, fresh.url("/") + "movie.mp4");
      assertThat(isShown(tab, "#administrator")).isFalse();
      assertThat(tab.evaluate("document.body.innerText").asText())
          .doesNotContain(empty.toString(), "films.example");

      String link = fresh.url("/.p2pd/status") + "?token=" + NodeStatus.token(fresh);
      Browser.Tab status = browser.open(link);
      awaitText(status, "nodeId");
      status.closeTab();
      Waiting.until(
          "the link makes an administrator",
          () -> {
            tab.evaluate("location.reload()");
            Waiting.until(
                "it is loaded",
                () -> tab.evaluate("document.readyState === 'complete'").asBoolean());
            return tab.evaluate("fetch('.web/visitor').then(a => a.json())")
                .path("administrator")
                .asBoolean();
          });
      awaitText(tab, "Nothing is published yet. Copy a video into the directory");
      Files.copy(Samples.mp4(), empty.resolve("new.mp4"));
      fresh.awaitStatus("/new.mp4", 421);
      Waiting.until("it is published", () -> fresh.status().titles() == 1);
      tab.evaluate("location.reload()");
      awaitText(tab, "One title is published.");
      tab.closeTab();
    }

    @Test
    void isTheOwnersWhereThereIsOne() throws Exception {
      Path own = lab.directory("own");
      Files.writeString(own.resolve("index.html"), "<title>Ours</title><h1>Our films</h1>");
      Node node = lab.server("own", own).start();
      Waiting.until(
          "the owner's page is published",
          () -> Viewer.shared().get(node, "/").text().contains("Our films"));
      assertThat(Viewer.shared().get(node, "/").header("ETag"))
          .isEqualTo(Viewer.shared().get(node, "/index.html").header("ETag"));
    }

    @Test
    void opensAPlayerForANameThatIsTyped() throws Exception {
      Browser.Tab tab = browser.open(closed.url("/").toString());
      awaitShown(tab, "#name");
      Waiting.until(
          "its script runs",
          () -> tab.evaluate("document.querySelector('.here').textContent").asText().contains(":"));
      tab.evaluate("document.getElementById('name').value = 'films/b é;1.webm'");
      tab.click("form button");
      awaitVideo(tab);
      tab.video("v.play()");
      tab.awaitPlayed(0, 1);
      tab.closeTab();
    }
  }

  @Nested
  class TheCatalogue {

    @Test
    void leadsToEveryTitleWhereTheListIsOpen() throws Exception {
      Browser.Tab tab = browser.open(open.url("/.play/").toString());
      awaitText(tab, "films/a.mp4");
      String text = tab.evaluate("document.body.innerText").asText();
      assertThat(text)
          .contains("films/b é;1.webm", "films/c.mp4", "stream/index.m3u8")
          .doesNotContain(".vtt", ".srt", ".ts");
      assertThat(isShown(tab, "#closed")).isFalse();
      assertThat(isShown(tab, "#status")).isFalse();
      tab.click("#titles li:nth-child(2) a");
      awaitVideo(tab);
      tab.video("v.play()");
      tab.awaitPlayed(0, 1);
      tab.closeTab();
    }

    @Test
    void saysHowItIsOpenedWhereItIsClosed() throws Exception {
      Browser.Tab tab = browser.open(closed.url("/.play/").toString());
      awaitShown(tab, "#closed");
      awaitText(tab, "--browse");
      awaitText(tab, "--admin");
      assertThat(tab.evaluate("document.body.innerText").asText()).doesNotContain("a.mp4");
      assertThat(Viewer.shared().get(closed, "/.play/").status()).isEqualTo(200);
      assertThat(Viewer.shared().get(closed, "/.web/titles").status()).isEqualTo(403);
      tab.evaluate("document.getElementById('name').value = '/films/a.mp4'");
      tab.click("form button");
      awaitVideo(tab);
      tab.closeTab();
    }
  }

  @Nested
  class ALongList {

    /** More than two pages of the list, which are of 200 titles. */
    private static final int TITLES = 450;

    private static Node many;

    @BeforeAll
    static void publish() throws Exception {
      Path films = lab.directory("many");
      for (int i = 0; i < TITLES; i++) {
        Files.writeString(films.resolve("film-%03d.mp4".formatted(i)), "film " + i);
      }
      many = lab.server("many", films).option("--browse").start();
      Waiting.until("all are published", () -> many.status().titles() == TITLES);
    }

    private static int rows(Browser.Tab tab) throws Exception {
      return tab.evaluate("document.getElementById('titles').childElementCount").asInt();
    }

    private static int asked(Browser.Tab tab) throws Exception {
      return tab.evaluate("asked.length").asInt();
    }

    @Test
    void isSearchedForWhatWasTypedBeforeItCame() throws Exception {
      Browser.Tab tab = browser.open("about:blank");
      tab.hold("*/.web/titles*");
      tab.go(many.url("/.play/").toString());
      awaitHeld(tab, 1);
      type(tab, "film-449");
      tab.letGo();
      awaitText(tab, "film-449.mp4");
      assertThat(tab.evaluate("document.body.innerText").asText()).doesNotContain("film-000");
      tab.closeTab();
    }

    @Test
    void isAskedForNowAndThenWhileTheNodeDoesNotGiveIt() throws Exception {
      Browser.Tab tab = browser.open(many.url("/.play/").toString());
      awaitText(tab, "film-000.mp4");
      int before = rows(tab);
      assertThat(before).isEqualTo(200);
      recordAsked(tab);
      many.kill();
      type(tab, "film-449");
      awaitText(tab, "This node cannot be reached. Trying again");
      Waiting.pass(Duration.ofSeconds(11));
      assertThat(asked(tab)).as("at once, and every 5 s").isBetween(2, 4);
      assertThat(rows(tab)).isEqualTo(before);

      many.start();
      awaitText(tab, "film-449.mp4");
      assertThat(rows(tab)).isEqualTo(TITLES);
      assertThat(tab.evaluate("document.body.innerText").asText()).doesNotContain("Trying again");
      tab.closeTab();
    }

    @Test
    void isAwaitedWhereItIsEmpty() throws Exception {
      Path empty = lab.directory("none");
      Node none = lab.server("none", empty).option("--browse").start();
      Browser.Tab tab = browser.open(none.url("/.play/").toString());
      awaitText(tab, "There are no titles yet");
      recordAsked(tab);
      type(tab, "new");
      Waiting.pass(Duration.ofSeconds(11));
      assertThat(asked(tab)).as("every 5 s").isBetween(1, 3);
      Files.copy(Samples.mp4(), empty.resolve("a new one.mp4"));
      awaitText(tab, "a new one.mp4");
      int then = asked(tab);
      Waiting.pass(Duration.ofSeconds(6));
      assertThat(asked(tab)).as("it is there").isEqualTo(then);
      tab.closeTab();
    }
  }

  @Nested
  class ThePlayer {

    @Test
    void playsSeeksAndSwitchesTitlesByItsOwnControls() throws Exception {
      Browser.Tab tab = player(open, "/films/a.mp4");
      tab.click("#play");
      tab.awaitPlayed(0, 1);
      tab.click("#forward");
      tab.awaitPlayed(10, 1);
      tab.click("#back");
      Waiting.until("it is back", () -> tab.currentTime() < 9);
      awaitShown(tab, "#next");
      assertThat(isShown(tab, "#previous")).isFalse();
      tab.evaluate("window.samePage = true");

      tab.click("#next");
      Waiting.until(
          "it switches", () -> tab.evaluate("document.title").asText().equals("b é;1.webm"));
      awaitVideo(tab);
      tab.awaitPlayed(0, 1);
      assertThat(tab.evaluate("location.pathname").asText())
          .isEqualTo("/.play/films/b%20%C3%A9%3B1.webm");
      tab.click("#beside li:nth-child(3) a");
      Waiting.until("it switches", () -> tab.evaluate("document.title").asText().equals("c.mp4"));
      awaitVideo(tab);
      tab.awaitPlayed(0, 1);
      tab.video("v.currentTime = 100");
      tab.awaitPlayed(100, 1);

      tab.evaluate("history.back()");
      Waiting.until(
          "it is back", () -> tab.evaluate("document.title").asText().equals("b é;1.webm"));
      awaitVideo(tab);
      assertThat(tab.evaluate("window.samePage").asBoolean()).isTrue();
      tab.closeTab();
    }

    @Test
    void obeysKeys() throws Exception {
      Browser.Tab tab = player(open, "/films/a.mp4");
      tab.press("k");
      tab.awaitPlayed(0, 1);
      tab.press(" ");
      Waiting.until("it pauses", () -> tab.video("v.paused").asBoolean());
      tab.press("5");
      Waiting.until("half", () -> Math.abs(tab.currentTime() - 15) < 0.5);
      tab.press("ArrowRight");
      Waiting.until("5 s on", () -> Math.abs(tab.currentTime() - 20) < 0.5);
      tab.press("j");
      Waiting.until("10 s back", () -> Math.abs(tab.currentTime() - 10) < 0.5);
      tab.press("ArrowLeft");
      Waiting.until("5 s back", () -> Math.abs(tab.currentTime() - 5) < 0.5);
      tab.press("l");
      Waiting.until("10 s on", () -> Math.abs(tab.currentTime() - 15) < 0.5);
      tab.press("0");
      Waiting.until("the beginning", () -> tab.currentTime() < 0.5);
      tab.press("m");
      Waiting.until("muted", () -> tab.video("v.muted").asBoolean());
      tab.press("?");
      awaitShown(tab, "#keys");
      tab.press("?");
      Waiting.until("closed", () -> !isShown(tab, "#keys"));
      tab.press("f");
      Waiting.until(
          "full screen", () -> tab.evaluate("document.fullscreenElement !== null").asBoolean());
      tab.press("f");
      Waiting.until(
          "no longer", () -> tab.evaluate("document.fullscreenElement === null").asBoolean());
      tab.closeTab();
    }

    @Test
    void obeysFingersOnASmallScreen() throws Exception {
      Browser.Tab tab = player(open, "/films/a.mp4");
      tab.becomePhone();
      assertThat(tab.evaluate("document.documentElement.scrollWidth").asInt())
          .as("nothing sticks out")
          .isLessThanOrEqualTo(390);
      tapTwiceUntil(tab, 0.9, "10 s on", () -> tab.currentTime() > 9.5);
      assertThat(tab.currentTime() % 10).isLessThan(0.5);
      tapTwiceUntil(tab, 0.1, "back", () -> tab.currentTime() < 0.5);
      tab.tap("#play", 0.5);
      tab.awaitPlayed(0, 1);
      tab.closeTab();
    }

    /** On a busy machine the second tap may come too late to belong to the first. */
    private void tapTwiceUntil(
        Browser.Tab tab, double across, String what, Callable<Boolean> seen) {
      Waiting.until(
          what,
          () -> {
            tab.tap("#stage", across);
            tab.tap("#stage", across);
            long end = System.nanoTime() + SOON.toNanos();
            while (!seen.call() && System.nanoTime() < end) {
              Waiting.pass(Duration.ofMillis(50));
            }
            return seen.call();
          });
    }

    @Test
    void findsCaptionsBesideTheTitle() throws Exception {
      Browser.Tab tab = player(open, "/films/a.mp4");
      Waiting.until("both are there", () -> tab.video("v.textTracks.length").asInt() == 2);
      awaitShown(tab, "#captions");
      List<String> shown = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        tab.press("c");
        Waiting.until(
            "they are shown",
            () ->
                tab.video(
                        "[...v.textTracks].some(t => t.mode === 'showing' && t.cues"
                            + " && t.cues.length === 1)")
                    .asBoolean());
        shown.add(
            tab.video("[...v.textTracks].find(t => t.mode === 'showing').cues[0].text").asText());
      }
      assertThat(shown).containsExactlyInAnyOrder("A picture that moves", "Ein Bild, das läuft");
      tab.press("c");
      Waiting.until(
          "none",
          () -> tab.video("[...v.textTracks].every(t => t.mode !== 'showing')").asBoolean());
      tab.closeTab();
    }

    @Test
    void findsCaptionsWithoutAList() throws Exception {
      Browser.Tab tab = player(closed, "/films/a.mp4");
      Waiting.until("they are there", () -> tab.video("v.textTracks.length").asInt() >= 1);
      assertThat(isShown(tab, "#queue")).isFalse();
      tab.click("#captions");
      Waiting.until(
          "they are read",
          () -> tab.video("v.textTracks[0].cues && v.textTracks[0].cues.length === 1").asBoolean());
      tab.closeTab();
    }

    @Test
    void goesOnWhereItWasLeft() throws Exception {
      Browser.Tab tab = player(closed, "/films/a.mp4");
      assertThat(isShown(tab, "#resumed")).isFalse();
      tab.video("v.currentTime = 12");
      Waiting.until("it is there", () -> tab.video("!v.seeking").asBoolean());
      tab.click("#play");
      tab.awaitPlayed(12, 1);
      tab.evaluate("window.before = true; location.reload()");
      Waiting.until("it is loaded anew", () -> !tab.evaluate("window.before === true").asBoolean());
      awaitVideo(tab);
      awaitShown(tab, "#resumed");
      Waiting.until("it is where it was", () -> tab.currentTime() >= 12);
      tab.click("#play");
      tab.awaitPlayed(13, 1);
      tab.click("#restart");
      Waiting.until("it begins", () -> tab.currentTime() < 8);
      assertThat(isShown(tab, "#resumed")).isFalse();
      tab.closeTab();
    }

    @Test
    void playsHlsThroughHlsJs() throws Exception {
      Browser.Tab tab = player(open, "/stream/index.m3u8");
      tab.click("#play");
      tab.awaitPlayed(0, 1);
      assertThat(tab.evaluate("typeof Hls").asText()).isEqualTo("function");
      assertThat(tab.video("v.src").asText()).startsWith("blob:");
      tab.video("v.currentTime = 30");
      tab.awaitPlayed(30, 1);
      assertThat(tab.video("Math.round(v.duration)").asInt()).isEqualTo(40);
      tab.closeTab();
    }

    @Test
    void showsTheLatestTitleThoughHlsJsComesForTheOneBefore() throws Exception {
      Browser.Tab tab = player(open, "/films/a.mp4");
      tab.hold("*/hls.min.js");
      turn(tab, open, "/stream/index.m3u8");
      awaitHeld(tab, 1);
      turn(tab, open, "/films/c.mp4");
      awaitVideo(tab);
      tab.awaitPlayed(0, 1);
      tab.evaluate("window.latest = document.querySelector('video'); true");
      tab.letGo();
      Waiting.until("it is there", () -> tab.evaluate("typeof Hls === 'function'").asBoolean());
      assertThat(tab.video("v === window.latest").asBoolean()).isTrue();
      assertThat(isShown(tab, "#controls")).isTrue();
      tab.click("#forward");
      tab.awaitPlayed(10, 1);

      turn(tab, open, "/stream/index.m3u8");
      Waiting.until("it switches", () -> tab.video("v !== window.latest").asBoolean());
      tab.awaitPlayed(0, 1);
      assertThat(tab.evaluate("window.latest.getAttribute('src')").isNull())
          .as("what was left has ended")
          .isTrue();
      tab.closeTab();
    }

    @Test
    void showsWhatIsBesideTheLatestTitle() throws Exception {
      Browser.Tab tab = player(open, "/films/a.mp4");
      awaitShown(tab, "#queue");
      recordAsked(tab);
      tab.hold("*/.web/titles?after=%2Fmore%2F&*");
      turn(tab, open, "/more/d.mp4");
      awaitHeld(tab, 1);
      assertThat(isShown(tab, "#queue")).as("not known yet").isFalse();
      turn(tab, open, "/films/c.mp4");
      awaitVideo(tab);
      awaitShown(tab, "#queue");
      tab.letGo();
      Waiting.until("it has ended", () -> !endOf(tab, "after=%2Fmore%2F&").isEmpty());
      assertThat(endOf(tab, "after=%2Fmore%2F&")).isEqualTo("AbortError");
      assertThat(
              tab.evaluate("document.querySelector('#beside [aria-current]').textContent").asText())
          .isEqualTo("c.mp4");
      assertThat(tab.evaluate("document.getElementById('beside').childElementCount").asInt())
          .isEqualTo(3);
      tab.closeTab();
    }

    @Test
    void asksForNoCaptionsOfATitleThatWasLeft() throws Exception {
      Browser.Tab tab = player(open, "/films/c.mp4");
      recordAsked(tab);
      tab.evaluate(
          "window.blobs = new Set(); const { createObjectURL, revokeObjectURL } = URL;"
              + "URL.createObjectURL = (of) => {"
              + " const made = createObjectURL.call(URL, of); blobs.add(made); return made; };"
              + "URL.revokeObjectURL = (one) => {"
              + " blobs.delete(one); revokeObjectURL.call(URL, one); }; true");
      tab.hold("*/more/d.fr.srt");
      turn(tab, open, "/more/d.mp4");
      awaitHeld(tab, 1);
      Waiting.until("the others are made", () -> tab.evaluate("blobs.size").asInt() == 1);
      turn(tab, open, "/films/c.mp4");
      Waiting.until("it is given up", () -> endOf(tab, "d.fr.srt").equals("AbortError"));
      Waiting.until("all is released", () -> tab.evaluate("blobs.size").asInt() == 0);
      tab.letGo();

      turn(tab, open, "/more/d.mp4");
      awaitVideo(tab);
      Waiting.until("both are there", () -> tab.video("v.textTracks.length").asInt() == 2);
      assertThat(tab.evaluate("blobs.size").asInt()).isEqualTo(2);
      turn(tab, open, "/films/c.mp4");
      Waiting.until("all is released", () -> tab.evaluate("blobs.size").asInt() == 0);
      tab.closeTab();
    }

    @Test
    void saysWhatCannotBeHad() throws Exception {
      Browser.Tab tab = browser.open(open.url("/.play/films/none.mp4").toString());
      awaitText(tab, "There is no title of this name here.");
      tab.closeTab();
      tab = browser.open(open.url("/.play/films/a.vtt").toString());
      awaitText(tab, "save the file");
      tab.closeTab();
    }

    @Test
    void waitsForATitleThatIsBeingPublished() throws Exception {
      Node alone = lab.cacheOf("alone", lab.address(8080) + ":8080").start();
      Browser.Tab tab = browser.open(alone.url("/.play/films/a.mp4").toString());
      awaitText(tab, "has not had the list of titles from its parent yet");
      awaitText(tab, "Trying again");
      tab.closeTab();
    }
  }

  @Nested
  class Embedding {

    @Test
    void playsInAPageOfAnotherOriginThatHasTheSixLines() throws Exception {
      Browser.Tab tab = player(closed, "/films/b é;1.webm");
      tab.click("#embed summary");
      awaitShown(tab, "#copy");
      String lines = tab.evaluate("document.getElementById('lines').textContent").asText();
      assertThat(lines.lines()).hasSize(6);
      tab.closeTab();

      write("elsewhere.html", "<!doctype html><title>Elsewhere</title>\n" + lines + "\n");
      server.awaitTitle("/elsewhere.html");
      Browser.Tab elsewhere = browser.open(server.url("/elsewhere.html").toString());
      Browser.Tab frame = elsewhere.frame("/.play/films/b");
      awaitVideo(frame);
      assertThat(frame.evaluate("location.origin").asText())
          .isNotEqualTo(elsewhere.evaluate("location.origin").asText());
      frame.video("v.play()");
      frame.awaitPlayed(0, 1);
      frame.video("v.currentTime = 15");
      frame.awaitPlayed(15, 1);
      elsewhere.closeTab();
    }
  }

  @Nested
  class ARoundRobinName {

    @Test
    void playsOnWhenTheCacheThatServesIsKilled() throws Exception {
      assumeTrue(
          Privileges.mayMount(),
          "takes root and mounts of one's own, for a name with two addresses");
      Node one = lab.cache("one", server).option("--browse").start();
      Node other = lab.cache("other", server).option("--browse").start();
      for (Node node : List.of(one, other)) {
        node.awaitTitle("/films/c.mp4");
      }
      try (Browser knowing =
          Browser.startKnowing(
              lab.directory("knowing"), NAME, List.of(one.address(), other.address()))) {
        Browser.Tab tab = knowing.open("http://" + NAME + ":" + one.port() + "/.play/films/c.mp4");
        awaitVideo(tab);
        tab.click("#play");
        tab.awaitPlayed(0, 2);
        tab.evaluate(
            "window.samePage = true; window.last = 0; window.fellBack = 0;"
                + "document.querySelector('video').addEventListener('timeupdate', e => {"
                + " const t = e.target.currentTime;"
                + " window.fellBack = Math.max(window.fellBack, window.last - t);"
                + " window.last = t; }); true");
        Node serving = knowing.connections(one) > 0 ? one : other;
        Node left = serving == one ? other : one;
        assertThat(knowing.connections(left)).as("the film comes from one of them").isZero();
        double buffered = tab.bufferedEnd();
        assertThat(buffered).isLessThan(100);
        serving.kill();

        tab.video("v.playbackRate = 4"); // what is buffered is not what is tested
        tab.awaitPlayed(buffered, 2);
        assertThat(tab.video("v.playbackRate").asInt()).isEqualTo(4);
        assertThat(tab.evaluate("window.fellBack").asDouble()).isLessThan(1);
        tab.video("v.playbackRate = 1");
        assertThat(knowing.connections(left)).isPositive();
        tab.video("v.currentTime = 110");
        tab.awaitPlayed(110, 1);
        tab.video("v.currentTime = 20");
        tab.awaitPlayed(20, 1);
        tab.click("#previous");
        Waiting.until(
            "it switches", () -> tab.evaluate("document.title").asText().equals("b é;1.webm"));
        awaitVideo(tab);
        tab.awaitPlayed(0, 1);
        assertThat(tab.evaluate("window.samePage").asBoolean()).isTrue();
      }
    }

    @Test
    void playsOnWhenTheOnlyCacheComesBack() throws Exception {
      Node lonely = lab.cache("lonely", server).start();
      lonely.awaitTitle("/films/c.mp4");
      Browser.Tab tab = player(lonely, "/films/c.mp4");
      tab.click("#play");
      tab.awaitPlayed(0, 1);
      lonely.kill();
      tab.video("v.currentTime = 90");
      awaitText(tab, "Trying again");
      lonely.start();
      tab.awaitPlayed(90, 1);
      Waiting.until("the notice goes", () -> !isShown(tab, "#notice"));
      tab.closeTab();
    }
  }
}
