package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.p2pd.e2e.lab.Browser;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Mpv;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.RawHttp;
import org.p2pd.e2e.lab.Samples;
import org.p2pd.e2e.lab.Viewer;
import org.p2pd.e2e.lab.Waiting;

/** A viewer pauses for longer than every default time-out of the machinery, and goes on. */
@Tag("e2e")
class PausedViewerTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final Viewer viewer = Viewer.shared();
  private static final List<String> STATES = List.of("held", "cold");
  private static Path media;
  private static Node cache;

  @BeforeAll
  static void startAndHoldSome() throws IOException {
    media = lab.directory("media");
    for (String state : STATES) {
      for (String player : List.of("browser", "mpv", "raw")) {
        Path copy = media.resolve(player + "-" + state + ".mp4");
        Files.copy(Samples.longMp4(), copy);
        // Another edition for each: so one player's fetching does not warm the other's title.
        Files.write(
            copy,
            (player + state).getBytes(java.nio.charset.StandardCharsets.US_ASCII),
            java.nio.file.StandardOpenOption.APPEND);
      }
    }
    Node server = lab.server("server", media).start();
    cache = lab.cache("cache", server).start();
    for (String state : STATES) {
      for (String player : List.of("browser", "mpv", "raw")) {
        cache.awaitTitle("/" + player + "-" + state + ".mp4");
      }
    }
    for (String player : List.of("browser", "mpv", "raw")) {
      assertThat(viewer.download(cache, "/" + player + "-held.mp4").status()).isEqualTo(200);
    }
  }

  @Test
  void forSeventySeconds() throws Exception {
    pausesFor(Duration.ofSeconds(70));
  }

  @Test
  @Tag("long")
  @Timeout(15 * 60)
  void forFiveMinutes() throws Exception {
    pausesFor(Duration.ofMinutes(5));
  }

  private static void pausesFor(Duration pause) throws Exception {
    Path scratch = lab.directory("players");
    try (Browser browser = Browser.start(scratch);
        Mpv mpvHeld = Mpv.play(scratch, cache.url("/mpv-held.mp4").toString());
        Mpv mpvCold = Mpv.play(scratch, cache.url("/mpv-cold.mp4").toString());
        RawHttp rawHeld = new RawHttp(cache);
        RawHttp rawCold = new RawHttp(cache)) {
      Browser.Tab tabHeld = browser.openVideo(cache.url("/browser-held.mp4").toString());
      Browser.Tab tabCold = browser.openVideo(cache.url("/browser-cold.mp4").toString());
      List<Browser.Tab> tabs = List.of(tabHeld, tabCold);
      List<Mpv> mpvs = List.of(mpvHeld, mpvCold);
      List<RawHttp> raws = List.of(rawHeld, rawCold);
      for (int i = 0; i < 2; i++) {
        raws.get(i).send("GET /raw-" + STATES.get(i) + ".mp4 HTTP/1.1");
        raws.get(i).head();
        raws.get(i).exactly(Media.MIB);
        mpvs.get(i).awaitPlayed(0, 2);
        tabs.get(i).awaitPlayed(0, 2);
      }
      for (int i = 0; i < 2; i++) {
        mpvs.get(i).pause(true);
        tabs.get(i).video("v.pause()");
      }
      Waiting.pass(pause);
      for (int i = 0; i < 2; i++) {
        resumes(mpvs.get(i));
        resumes(tabs.get(i));
        Path file = media.resolve("raw-" + STATES.get(i) + ".mp4");
        raws.get(i).expectRestOf(file, Media.MIB);
      }
    }
  }

  private static void resumes(Mpv mpv) throws IOException {
    double at = mpv.position();
    mpv.pause(false);
    mpv.awaitPlayed(at, 3);
    mpv.seek(90);
    mpv.awaitPlayed(90, 2);
  }

  private static void resumes(Browser.Tab tab) throws Exception {
    double at = tab.currentTime();
    tab.video("v.play().then(() => true)");
    tab.awaitPlayed(at, 3);
    tab.video("v.currentTime = 90");
    tab.awaitPlayed(90, 2);
  }
}
