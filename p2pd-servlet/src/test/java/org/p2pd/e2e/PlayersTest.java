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
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.p2pd.e2e.lab.Firefox;
import org.p2pd.e2e.lab.Lab;
import org.p2pd.e2e.lab.Media;
import org.p2pd.e2e.lab.Mpv;
import org.p2pd.e2e.lab.Node;
import org.p2pd.e2e.lab.Samples;
import org.p2pd.e2e.lab.Tool;
import org.p2pd.e2e.lab.Vlc;
import org.p2pd.e2e.lab.Waiting;

/** The programs people really use, against a cache that holds nothing yet. */
@Tag("e2e")
class PlayersTest {

  @RegisterExtension static final Lab lab = new Lab();

  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final List<String> TITLES = List.of("sample.webm", "sample.mp4", "movie.mpg");
  private static Path media;
  private static Path scratch;
  private static Node cache;

  @BeforeAll
  static void start() throws IOException {
    media = lab.directory("media");
    scratch = lab.directory("scratch");
    for (Path sample : List.of(Samples.webm(), Samples.mp4(), Samples.mpg(), Samples.longMp4())) {
      Files.copy(sample, media.resolve(sample.getFileName()));
    }
    Media.random(media.resolve("large.bin"), 96L * Media.MIB, 1);
    Node server = lab.server("server", media).start();
    cache = lab.cache("cache", server).start();
    for (String title : List.of("sample.webm", "sample.mp4", "movie.mpg", "long.mp4")) {
      cache.awaitTitle("/" + title);
    }
    cache.awaitTitle("/large.bin");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sample.webm", "sample.mp4", "movie.mpg"})
  void ffprobeSeesTheSameFile(String name) {
    String remote = ffprobe(url(name));
    assertThat(remote).contains("codec_name").isEqualTo(ffprobe(media.resolve(name).toString()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sample.webm", "sample.mp4", "movie.mpg", "long.mp4"})
  void ffmpegDecodesTheSamePicturesAfterSeeks(String name) {
    for (String seconds : List.of("3", "17.5", "9")) {
      String remote = pictures(url(name), seconds);
      assertThat(remote.lines().filter(line -> !line.startsWith("#")).count()).isEqualTo(20);
      assertThat(remote).isEqualTo(pictures(media.resolve(name).toString(), seconds));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sample.webm", "sample.mp4", "movie.mpg"})
  void mpvPlaysAndSeeks(String name) throws Exception {
    try (Mpv mpv = Mpv.play(scratch, url(name))) {
      mpv.awaitPlayed(0, 1);
      mpv.seek(15);
      mpv.awaitPlayed(15, 1);
      mpv.seek(5);
      mpv.awaitPlayed(5, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sample.webm", "sample.mp4", "movie.mpg"})
  void vlcPlaysAndSeeks(String name) throws Exception {
    try (Vlc vlc = Vlc.play(lab, url(name))) {
      vlc.awaitPlayed(0, 1);
      vlc.seek(15);
      vlc.awaitPlayed(15, 1);
      vlc.seek(5);
      vlc.awaitPlayed(5, 1);
    }
  }

  @Test
  void firefoxPlaysAndSeeksBeyondWhatItHas() throws Exception {
    try (Firefox firefox = Firefox.start(lab.directory("firefox"))) {
      for (String name : List.of("sample.webm", "long.mp4")) {
        firefox.open(url(name));
        Waiting.until(
            "Firefox made a player of it",
            () -> firefox.evaluate("document.querySelector('video') != null").equals("true"));
        firefox.video("(v.muted = true, v.play())");
        firefox.awaitPlayed(0, 1);
        int end = name.startsWith("long") ? 100 : 15;
        firefox.video("(v.currentTime = " + end + ", 0)");
        firefox.awaitPlayed(end, 1);
        firefox.video("(v.currentTime = 5, 0)");
        firefox.awaitPlayed(5, 1);
        assertThat(Integer.parseInt(firefox.video("v.videoWidth"))).isEqualTo(320);
      }
    }
  }

  @Test
  void wgetLoadsAndResumes() throws IOException {
    Path file = scratch.resolve("large.bin");
    Files.write(file, Media.read(media.resolve("large.bin"), 0, 20_000_000));
    Tool.run(LIMIT, scratch, List.of(Tool.require("wget"), "-q", "-c", url("large.bin")))
        .expectSuccess();
    assertThat(Media.sha256(file)).isEqualTo(Media.sha256(media.resolve("large.bin")));
  }

  @Test
  void curlLoadsResumesAndTakesRanges() {
    for (String title : TITLES) {
      Path whole = scratch.resolve("curl-" + title);
      curl("-o", whole.toString(), url(title));
      assertThat(Media.sha256(whole)).isEqualTo(Media.sha256(media.resolve(title)));
    }
    Path resumed = scratch.resolve("resumed");
    curl("-r", "0-29999999", "-o", resumed.toString(), url("large.bin"));
    curl("-C", "-", "-o", resumed.toString(), url("large.bin"));
    assertThat(Media.sha256(resumed)).isEqualTo(Media.sha256(media.resolve("large.bin")));
    Path part = scratch.resolve("part");
    curl("-r", "-1000", "-o", part.toString(), url("large.bin"));
    assertThat(Media.read(part, 0, 1000))
        .isEqualTo(Media.read(media.resolve("large.bin"), 96L * Media.MIB - 1000, 1000));
  }

  @Test
  void aria2LoadsOverSeveralConnections() {
    Path file = scratch.resolve("aria2.bin");
    Tool.run(
            LIMIT,
            scratch,
            List.of(
                Tool.require("aria2c"),
                "--no-conf",
                "-x8",
                "-s8",
                "-k1M",
                "--auto-file-renaming=false",
                "-o",
                file.getFileName().toString(),
                url("large.bin")))
        .expectSuccess();
    assertThat(Media.sha256(file)).isEqualTo(Media.sha256(media.resolve("large.bin")));
  }

  private static String url(String title) {
    return cache.url("/" + title).toString();
  }

  private static void curl(String... words) {
    List<String> command = new java.util.ArrayList<>(List.of(Tool.require("curl"), "-sSf"));
    command.addAll(List.of(words));
    Tool.run(LIMIT, scratch, command).expectSuccess();
  }

  private static String ffprobe(String input) {
    return run(
        "ffprobe", "-v", "error", "-show_streams", "-show_entries", "format=duration,size", input);
  }

  /** The checksums of twenty decoded pictures from there on. */
  private static String pictures(String input, String seconds) {
    return run(
        "ffmpeg",
        "-v",
        "error",
        "-ss",
        seconds,
        "-i",
        input,
        "-an",
        "-frames:v",
        "20",
        "-f",
        "framemd5",
        "-");
  }

  private static String run(String... command) {
    return Tool.run(LIMIT, scratch, List.of(command)).expectSuccess().output();
  }
}
