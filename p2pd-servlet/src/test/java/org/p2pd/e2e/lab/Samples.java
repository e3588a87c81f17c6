package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Real videos, made once by ffmpeg and kept in {@code target/e2e-samples}: moving test pictures and
 * a tone. Two test runs that need one at the same time make it once.
 */
public final class Samples {

  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final Path DIRECTORY = Path.of("target", "e2e-samples");

  private Samples() {}

  /** VP9 and Opus in WebM, 20 s. */
  public static Path webm() {
    return make(
        "sample.webm",
        pictures("320x180", 20),
        "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 400k -g 50 -c:a libopus -b:a 48k");
  }

  /** H.264 and AAC in MP4, its index at the front, 30 s. */
  public static Path mp4() {
    return make(
        "sample.mp4",
        pictures("320x180", 30),
        "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 25 -c:a aac -movflags +faststart");
  }

  /**
   * As {@link #mp4}, but two minutes at some 12 Mbit/s: more than any browser reads ahead. The
   * packets are padded, so making and decoding it stay cheap.
   */
  public static Path longMp4() {
    return make(
        "long.mp4",
        pictures("320x180", 120),
        "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 25"
            + " -x264-params nal-hrd=cbr:force-cfr=1 -b:v 12M -minrate 12M -maxrate 12M"
            + " -bufsize 6M -c:a aac -movflags +faststart");
  }

  /** MPEG-2 and MP2 in a true MPEG program stream, 20 s: the seeds' {@code movie.mpg}. */
  public static Path mpg() {
    return make(
        "movie.mpg",
        pictures("352x288", 20),
        "-c:v mpeg2video -b:v 1500k -g 12 -c:a mp2 -b:a 128k -f dvd");
  }

  /** A directory with an HLS playlist, {@code index.m3u8}, and its segments of 2 s: 40 s in all. */
  public static synchronized Path hls() {
    try {
      Files.createDirectories(DIRECTORY);
      Path made = DIRECTORY.resolve("hls").toAbsolutePath();
      try (FileChannel lock =
          FileChannel.open(
              DIRECTORY.resolve("hls.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        lock.lock();
        if (!Files.exists(made)) {
          Path unfinished =
              Files.createDirectory(
                  made.resolveSibling("making-hls-" + ProcessHandle.current().pid()));
          String output =
              "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 50 -c:a aac -f hls -hls_time 2"
                  + " -hls_playlist_type vod -hls_segment_filename "
                  + unfinished.resolve("part%02d.ts");
          ffmpeg(pictures("320x180", 40), output, unfinished.resolve("index.m3u8"));
          Files.move(unfinished, made, StandardCopyOption.ATOMIC_MOVE);
        }
      }
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException("hls", e);
    }
  }

  private static String pictures(String size, int seconds) {
    return "-f lavfi -i testsrc2=size="
        + size
        + ":rate=25:duration="
        + seconds
        + " -f lavfi -i sine=frequency=440:sample_rate=48000:duration="
        + seconds;
  }

  private static synchronized Path make(String name, String input, String output) {
    try {
      Files.createDirectories(DIRECTORY);
      Path made = DIRECTORY.resolve(name).toAbsolutePath();
      try (FileChannel lock =
          FileChannel.open(
              DIRECTORY.resolve(name + ".lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE)) {
        lock.lock();
        if (!Files.exists(made)) {
          Path unfinished = made.resolveSibling("making-" + name);
          ffmpeg(input, output, unfinished);
          Files.move(unfinished, made, StandardCopyOption.ATOMIC_MOVE);
        }
      }
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }

  private static void ffmpeg(String input, String output, Path to) {
    List<String> command = new ArrayList<>(List.of(Tool.require("ffmpeg"), "-v", "error", "-y"));
    command.addAll(List.of((input + " " + output).split(" ")));
    command.add(to.toString());
    Tool.run(LIMIT, Path.of("."), command).expectSuccess();
  }
}
