package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One node as its owner has it: a process, an address, directories and a log. It may be started,
 * stopped, killed and frozen as often as a test likes; it keeps its command line.
 */
public final class Node {

  private static final int STOP_SECONDS = 90;
  private static final Pattern PROGRAMMING_ERROR =
      Pattern.compile(
          "java\\.lang\\.(NullPointer|IllegalState|IndexOutOfBounds|ArrayIndexOutOfBounds"
              + "|ClassCast|UnsupportedOperation)Exception|OutOfMemoryError|StackOverflowError"
              + "|AssertionError|Exception in thread");

  private static final Pattern USED_HEAP =
      Pattern.compile("(?:garbage-first heap|generation)\\s+total \\d+K, used (\\d+)K");

  private final Path directory;
  private final NodeSetup setup;
  private final Path portFile;
  private final Path log;
  private int port;
  private @Nullable Process process;
  private boolean endExpected = true;

  Node(Path directory, NodeSetup setup) {
    this.directory = directory;
    this.setup = setup;
    this.portFile = directory.resolve(setup.name() + ".port");
    this.log = directory.resolve(setup.name() + ".log");
  }

  /** Starts the process and waits until it serves. */
  public void start() {
    begin();
    awaitServing();
  }

  /** Starts the process. */
  public void begin() {
    try {
      Files.deleteIfExists(portFile);
      ProcessBuilder builder =
          new ProcessBuilder(setup.command(portFile))
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().keySet().removeIf(name -> name.startsWith("P2PD"));
      builder.environment().putAll(setup.environment());
      process = builder.start();
      endExpected = false;
    } catch (IOException e) {
      throw new UncheckedIOException("start " + setup.name(), e);
    }
  }

  /** Waits for the port file, then for a good word from {@code /.p2pd/health}. */
  public void awaitServing() {
    Waiting.until(
        this + " serves",
        () -> {
          if (!isRunning()) {
            throw new AssertionError(this + " ended with " + exitCode() + "\n" + logText());
          }
          return Files.exists(portFile);
        });
    port = Integer.parseInt(text(portFile).strip());
    Waiting.until(
        this + " is well", () -> Viewer.shared().get(this, "/.p2pd/health").status() == 200);
  }

  /** SIGTERM, and its end. */
  public void stop() {
    askToStop();
    awaitEnd();
  }

  /** SIGTERM. */
  public void askToStop() {
    endExpected = true;
    if (process != null) {
      if (!logText().isEmpty()) {
        signal("CONT");
      }
      process.destroy();
    }
  }

  /** Waits for the end that it was asked for; its exit code. */
  public int awaitExit() {
    awaitEnd();
    return exitCode();
  }

  /** SIGKILL, and its end. */
  public void kill() {
    endExpected = true;
    running().destroyForcibly();
    awaitEnd();
  }

  /** SIGSTOP: it hangs. */
  public void freeze() {
    signal("STOP");
  }

  /** SIGCONT: it goes on. */
  public void thaw() {
    signal("CONT");
  }

  private void signal(String name) {
    if (isRunning()) {
      Tool.run("kill", "-" + name, Long.toString(running().pid()));
    }
  }

  public boolean isRunning() {
    return process != null && process.isAlive();
  }

  private int exitCode() {
    return running().exitValue();
  }

  private void awaitEnd() {
    try {
      if (!running().waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        running().destroyForcibly().waitFor();
        throw new AssertionError(this + " did not end\n" + logText());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Waits for its end after a test class and says what was wrong with its life. */
  List<String> end() {
    List<String> complaints = new ArrayList<>();
    if (process == null) {
      return complaints;
    }
    boolean wasRunning = isRunning();
    awaitEnd();
    if (wasRunning && exitCode() != 0 && exitCode() != 137) {
      complaints.add(this + " ended with " + exitCode());
    }
    if (!wasRunning && !endExpected) {
      complaints.add(this + " ended by itself with " + exitCode());
    }
    logLines()
        .filter(line -> PROGRAMMING_ERROR.matcher(line).find())
        .limit(3)
        .forEach(line -> complaints.add(this + " logged: " + line));
    return complaints;
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException(this + " was not started");
    }
    return process;
  }

  public long pid() {
    return running().pid();
  }

  public String name() {
    return setup.name();
  }

  public String address() {
    return setup.address();
  }

  public int port() {
    return port;
  }

  /** Host and port, as after {@code -S} and in a URL. */
  public String authority() {
    return (address().contains(":") ? "[" + address() + "]" : address()) + ":" + port;
  }

  public URI url(String title) {
    return URI.create("http://" + authority() + Urls.encode(title));
  }

  /** Where it keeps its key, its catalogue and its token; a cache's blocks lie there too. */
  public Path state() {
    return setup.state();
  }

  /** Waits until it answers for that title with 200, and gives the answer to HEAD. */
  public Viewer.Answer awaitTitle(String title) {
    Waiting.untilAsserted(
        this + " has " + title,
        () -> {
          Viewer.Answer answer = Viewer.shared().head(this, title);
          if (answer.status() != 200) {
            throw new AssertionError(this + " says " + answer);
          }
        });
    return Viewer.shared().head(this, title);
  }

  /** Waits until it answers for that title with that entity tag. */
  public void awaitEdition(String title, String entityTag) {
    Waiting.until(
        this + " has " + title + " as " + entityTag,
        () -> Viewer.shared().head(this, title).header("ETag").equals(entityTag));
  }

  /** Waits until it answers for that title with that status. */
  public void awaitStatus(String title, int status) {
    Waiting.until(
        this + " answers " + status + " for " + title,
        () -> Viewer.shared().head(this, title).status() == status);
  }

  /** Waits until it says of itself that it is in that state, and gives its problems. */
  public String awaitHealth(String state) {
    Waiting.until(this + " is " + state, () -> status().health().equals(state));
    return status().problems();
  }

  /** Waits until its log has these words. */
  public void awaitLog(String words) {
    Waiting.until(this + " logs: " + words, () -> logText().contains(words));
  }

  public NodeStatus status() {
    return NodeStatus.of(this);
  }

  /**
   * Bytes of editions that this node has sent to other nodes, once it sends no more: what is
   * counted at its end is counted a moment after the receiver has it.
   */
  public long sentToNodesBytes() {
    return Waiting.unchanging("what " + this + " has sent", () -> status().sentToNodesBytes());
  }

  public Path log() {
    return log;
  }

  public String logText() {
    return Files.exists(log) ? text(log) : "";
  }

  private Stream<String> logLines() {
    return logText().lines();
  }

  /** How many threads the process has now. */
  public int threads() {
    return entries(Path.of("/proc", Long.toString(pid()), "task"));
  }

  /** How many files and sockets the process has open now. */
  public int openFiles() {
    return entries(Path.of("/proc", Long.toString(pid()), "fd"));
  }

  /** The time that processors have worked for the process since it was started. */
  public Duration processorTime() {
    return running()
        .info()
        .totalCpuDuration()
        .orElseThrow(() -> new AssertionError("this system does not tell processor times"));
  }

  /** Bytes of heap that are in use after a full collection, as {@code jcmd} tells them. */
  public long liveHeapBytes() {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Tool.run(jcmd, Long.toString(pid()), "GC.run").expectSuccess();
    Tool.Result info = Tool.run(jcmd, Long.toString(pid()), "GC.heap_info").expectSuccess();
    long used = 0;
    for (Matcher part = USED_HEAP.matcher(info.output()); part.find(); ) {
      used += Long.parseLong(part.group(1)) * Media.KIB;
    }
    if (used == 0) {
      throw new AssertionError("no heap in " + info);
    }
    return used;
  }

  private static int entries(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      return (int) entries.count();
    } catch (IOException e) {
      throw new UncheckedIOException(directory.toString(), e);
    }
  }

  private static String text(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  @Override
  public String toString() {
    return setup.name() + " at " + setup.address();
  }
}
