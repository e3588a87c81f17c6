package org.p2pd.e2e.lab;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.io.file.PathUtils;

/** A VLC without a screen, driven through its remote control. It decodes in real time. */
public final class Vlc implements AutoCloseable {

  private static final int PORT = 8090;
  private static final int ANSWER_MILLIS = 1500;
  private static final int STOP_SECONDS = 20;
  private static final Pattern NUMBER = Pattern.compile("(?m)^> ?([0-9]+)$|^([0-9]+)$");
  private static final Pattern DISPLAYED = Pattern.compile("frames displayed : +([0-9]+)");

  private final Path home;
  private final Process process;
  private final Socket socket;
  private final BufferedReader answers;

  private Vlc(Path home, Process process, Socket socket) throws IOException {
    this.home = home;
    this.process = process;
    this.socket = socket;
    socket.setSoTimeout(ANSWER_MILLIS);
    this.answers =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Begins to play that address. */
  public static Vlc play(Lab lab, String url) throws Exception {
    Path home = Files.createTempDirectory("p2pd-vlc"); // where its user nobody can be
    Path log = lab.directory("vlc").resolve("log");
    String address = lab.address(PORT);
    try {
      ProcessBuilder builder = new ProcessBuilder(command(home, address, url));
      builder.environment().put("HOME", home.toString());
      Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
      return Processes.orEnd(
          process, () -> new Vlc(home, process, awaitConnection(process, address, log)));
    } catch (Throwable e) {
      PathUtils.deleteDirectory(home);
      throw e;
    }
  }

  private static List<String> command(Path home, String address, String url) {
    List<String> command = new ArrayList<>();
    if (Privileges.isRoot()) { // VLC refuses to run as root
      Tool.run("chown", "nobody", home.toString()).expectSuccess();
      command.addAll(
          List.of(Tool.require("setpriv"), "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
    }
    command.addAll(
        List.of(
            Tool.require("vlc"),
            "--intf=oldrc",
            "--rc-fake-tty",
            "--rc-host=" + address + ":" + PORT,
            "--vout=vdummy",
            "--aout=adummy",
            "--no-video-title-show",
            "--ignore-config",
            "--no-dbus",
            url));
    return command;
  }

  private static Socket awaitConnection(Process process, String address, Path log) {
    AtomicReference<Socket> connected = new AtomicReference<>();
    Waiting.until(
        "VLC answers",
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError("VLC ended: " + Files.readString(log));
          }
          connected.set(connect(address));
          return true;
        });
    return connected.get();
  }

  private static Socket connect(String address) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(address, PORT), ANSWER_MILLIS);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Where it plays, in whole seconds; 0 before it has begun. */
  public int position() throws IOException {
    Matcher number = NUMBER.matcher(ask("get_time"));
    if (!number.find()) {
      return 0;
    }
    return Integer.parseInt(number.group(1) == null ? number.group(2) : number.group(1));
  }

  /** How many pictures it has shown. */
  public int pictures() throws IOException {
    Matcher displayed = DISPLAYED.matcher(ask("stats"));
    return displayed.find() ? Integer.parseInt(displayed.group(1)) : 0;
  }

  public void seek(int seconds) throws IOException {
    ask("seek " + seconds);
  }

  /** Waits until it shows pictures that lie {@code seconds} or more behind {@code from}. */
  public void awaitPlayed(int from, int seconds) throws IOException {
    int before = pictures();
    Waiting.until(
        "VLC plays " + seconds + " s from " + from,
        () -> position() >= from + seconds && pictures() > before);
  }

  /** All that it says until it is silent: its answers have no end that could be seen. */
  private synchronized String ask(String command) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write((command + "\n").getBytes(StandardCharsets.US_ASCII));
    out.flush();
    StringBuilder answer = new StringBuilder();
    try {
      for (int c = answers.read(); c >= 0; c = answers.read()) {
        answer.append((char) c);
        if (c == '\n' && !answers.ready() && NUMBER.matcher(answer.toString().strip()).find()) {
          break;
        }
      }
    } catch (SocketTimeoutException e) {
      // Silence is the end of an answer.
    }
    return answer.toString().replace("\r", "");
  }

  @Override
  public void close() throws Exception {
    socket.close();
    process.destroy();
    if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    PathUtils.deleteDirectory(home);
  }
}
