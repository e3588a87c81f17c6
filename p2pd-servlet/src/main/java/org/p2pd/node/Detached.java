package org.p2pd.node;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.p2pd.node.options.NodeOptions;

/**
 * Starts the same node again as a process of its own ({@code -D}) and waits until it serves.
 *
 * <p>The child's standard output is a pipe to us, on which it says one word when it serves; if the
 * pipe ends without it, the child has ended, and what it logged is shown. It logs to {@code
 * p2pd.log} in its state directory.
 */
final class Detached {

  /** In the environment of a detached node. */
  private static final String CHILD = "P2PD_DETACHED";

  private static final String SERVES = "serves";
  private static final int MAX_SHOWN_BYTES = 16 * 1024;

  private static final Path SETSID = Path.of("/usr/bin/setsid");

  private final PrintStream messages;

  Detached(PrintStream messages) {
    this.messages = messages;
  }

  static boolean isChild(Map<String, String> environment) {
    return environment.containsKey(CHILD);
  }

  /** What a detached node does when it serves: its parent process may end. */
  static void tellParent(Map<String, String> environment, PrintStream standardOutput) {
    if (isChild(environment)) {
      standardOutput.println(SERVES);
      standardOutput.close();
    }
  }

  ExitCode start(NodeOptions options, List<String> arguments) throws NodeFailure {
    Path log = options.agent().state().resolve(StateFiles.LOG);
    try {
      StateFiles.makePrivately(log);
      long alreadyLogged = Files.exists(log) ? Files.size(log) : 0;
      Process child = launch(arguments, log);
      try (BufferedReader words = child.inputReader(StandardCharsets.US_ASCII)) {
        if (SERVES.equals(words.readLine())) {
          messages.println("p2pd runs as process " + child.pid() + " and logs to " + log);
          return ExitCode.OK;
        }
      }
      int code = child.waitFor();
      messages.print(tail(log, alreadyLogged));
      throw new NodeFailure(
          exitCode(code), "the detached node ended with " + code + "; see " + log);
    } catch (IOException e) {
      throw new NodeFailure(ExitCode.CANNOT_START, "cannot detach (" + e + ")", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NodeFailure(ExitCode.FAILED, "interrupted while the node starts", e);
    }
  }

  private static Process launch(List<String> arguments, Path log) throws IOException, NodeFailure {
    ProcessBuilder builder =
        new ProcessBuilder(command(arguments))
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put(CHILD, "1");
    Process child = builder.start();
    child.getOutputStream().close();
    return child;
  }

  private static List<String> command(List<String> arguments) throws NodeFailure {
    String war = System.getProperty("p2pd.war");
    if (war == null) {
      throw new NodeFailure(ExitCode.USAGE, "-D works with java -jar p2pd.war only: leave it away");
    }
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(SETSID)) {
      command.add(SETSID.toString()); // in a session of its own it outlives the terminal
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-jar", war));
    command.addAll(arguments);
    return command;
  }

  private static String tail(Path log, long from) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      long start = Math.max(from, file.length() - MAX_SHOWN_BYTES);
      byte[] shown = new byte[(int) (file.length() - start)];
      file.seek(start);
      file.readFully(shown);
      return new String(shown, StandardCharsets.UTF_8);
    }
  }

  private static ExitCode exitCode(int code) {
    for (ExitCode known : ExitCode.values()) {
      if (known.code() == code && known != ExitCode.OK) {
        return known;
      }
    }
    return ExitCode.FAILED;
  }
}
