package org.p2pd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.e2e.lab.Browser;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.Samples;

/** A browser's video element decodes, plays and seeks what a cache gives it. */
@Tag("e2e")
class BrowserTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static Node server;
  private static Node cache;
  private static Browser browser;

  @BeforeAll
  static void start() throws Exception {
    Path media = lab.directory("media");
    for (Path sample : List.of(Samples.webm(), Samples.mp4(), Samples.longMp4())) {
      Files.copy(sample, media.resolve(sample.getFileName()));
    }
    server = lab.server("server", media).start();
    cache = lab.cache("cache", server).start();
    for (String title : List.of("/sample.webm", "/sample.mp4", "/long.mp4")) {
      cache.awaitTitle(title);
    }
    browser = lab.closing(Browser.start(lab.directory("browser")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/sample.webm", "/sample.mp4"})
  void playsAndSeeks(String title) throws Exception {
    Browser.Tab tab = browser.openVideo(cache.url(title).toString());
    tab.awaitPlayed(0, 1);
    int frames = tab.frames();
    tab.video("v.currentTime = 15");
    tab.awaitPlayed(15, 1);
    tab.video("v.currentTime = 4");
    tab.awaitPlayed(4, 1);
    assertThat(tab.frames()).isGreaterThan(frames);
    assertThat(tab.video("v.videoWidth").asInt()).isEqualTo(320);
    tab.closeTab();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/sample.webm", "/sample.mp4"})
  void playsAnAddressThatIsTypedIn(String title) throws Exception {
    Browser.Tab tab = browser.open(cache.url(title).toString());
    org.p2pd.e2e.lab.Waiting.until(
        "the browser made a player of it",
        () -> tab.evaluate("document.querySelector('video') != null").asBoolean());
    tab.awaitPlayed(0, 1);
    tab.closeTab();
  }

  @Test
  void seeksBeyondWhatItHasBuffered() throws Exception {
    Browser.Tab tab = browser.openVideo(cache.url("/long.mp4").toString());
    tab.awaitPlayed(0, 1);
    assertThat(tab.bufferedEnd()).isLessThan(95);
    long sent = server.sentToNodesBytes();
    tab.video("v.currentTime = 100");
    tab.awaitPlayed(100, 2);
    assertThat(server.sentToNodesBytes()).as("it was not held").isGreaterThan(sent);
    tab.video("v.currentTime = 50");
    tab.awaitPlayed(50, 2);
    tab.closeTab();
  }
}
