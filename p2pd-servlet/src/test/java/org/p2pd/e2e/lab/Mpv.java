package org.p2pd.e2e.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/** An mpv without a screen, driven through its socket. It decodes in real time. */
public final class Mpv implements AutoCloseable {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final List<String> FLAGS =
      List.of(
          "--no-config",
          "--vo=null",
          "--ao=null",
          "--terminal=no",
          "--keep-open=yes",
          "--demuxer-max-bytes=2MiB",
          "--demuxer-max-back-bytes=1MiB",
          "--cache-secs=5");

  private final Process process;
  private final SocketChannel channel;
  private final BufferedReader lines;
  private int lastQuestion;

  private Mpv(Process process, SocketChannel channel) {
    this.process = process;
    this.channel = channel;
    this.lines = new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
  }

  /** Begins to play that address, with little buffer of its own. */
  public static Mpv play(Path directory, String url) throws Exception {
    Path home = Files.createTempDirectory(directory, "mpv");
    Path socket = Files.createTempDirectory("p2pd-mpv").resolve("socket"); // a short path
    ProcessBuilder builder =
        new ProcessBuilder(Tool.require("mpv"), "--input-ipc-server=" + socket);
    builder.command().addAll(FLAGS);
    builder.command().add(url);
    builder.environment().put("HOME", home.toString());
    Process process =
        builder.redirectErrorStream(true).redirectOutput(home.resolve("mpv.log").toFile()).start();
    try {
      return Processes.orEnd(process, () -> new Mpv(process, awaitConnection(socket)));
    } finally {
      Files.deleteIfExists(socket);
      Files.delete(socket.getParent());
    }
  }

  private static SocketChannel awaitConnection(Path socket) {
    AtomicReference<SocketChannel> channel = new AtomicReference<>();
    Waiting.until(
        "mpv answers",
        () -> {
          channel.set(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
          return true;
        });
    return channel.get();
  }

  /** Where it plays, in seconds; 0 before it has begun. */
  public double position() throws IOException {
    return ask("get_property", "time-pos").asDouble(0);
  }

  public void pause(boolean paused) throws IOException {
    ask("set_property", "pause", paused);
  }

  public void seek(double seconds) throws IOException {
    ask("seek", seconds, "absolute");
  }

  /** Waits until it shows what lies {@code seconds} or more behind {@code from}. */
  public void awaitPlayed(double from, double seconds) {
    Waiting.until("mpv plays " + seconds + " s from " + from, () -> position() >= from + seconds);
  }

  private synchronized JsonNode ask(Object... command) throws IOException {
    int id = ++lastQuestion;
    byte[] question =
        MAPPER.writeValueAsBytes(Map.of("command", List.of(command), "request_id", id));
    ByteBuffer bytes = ByteBuffer.allocate(question.length + 1).put(question).put((byte) '\n');
    bytes.flip();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonNode message = MAPPER.readTree(line);
      if (message.path("request_id").asInt() == id && message.has("error")) {
        return message.path("data");
      }
    }
    throw new IOException("mpv closed its socket");
  }

  @Override
  public void close() throws Exception {
    channel.close();
    process.destroyForcibly().waitFor();
  }
}
