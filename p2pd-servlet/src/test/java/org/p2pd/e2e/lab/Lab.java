package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.io.file.PathUtils;
import org.apache.commons.io.file.StandardDeleteOption;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.LifecycleMethodExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * What one test class works with: a directory, nodes with addresses of their own, and an end to all
 * of it. Registered as a static extension.
 *
 * <p>After the class every node is asked to stop, must exit with 0, and must not have logged a
 * programming error. The logs are kept in {@code target/e2e-logs} when something failed.
 */
public final class Lab
    implements BeforeAllCallback,
        AfterAllCallback,
        TestExecutionExceptionHandler,
        LifecycleMethodExecutionExceptionHandler {

  /**
   * Of classes that start many nodes at once one runs at a time ({@code @ResourceLock}): more would
   * measure the machine.
   */
  public static final String MANY_NODES = "many nodes";

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final List<Node> nodes = new ArrayList<>();
  private final List<AutoCloseable> others = new ArrayList<>();
  private final List<Path> logs = new ArrayList<>();
  private int depth;
  private boolean failed;
  private String name = "";
  private Path directory = Path.of("");

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    if (depth++ > 0) {
      return; // a nested class works in its outer class's lab
    }
    name = context.getRequiredTestClass().getSimpleName();
    directory =
        Path.of(
                "target",
                "e2e",
                name + "-" + ProcessHandle.current().pid() + "-" + NUMBER.getAndIncrement())
            .toAbsolutePath();
    Files.createDirectories(directory);
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    if (--depth > 0) {
      return;
    }
    List<String> complaints = new ArrayList<>();
    for (AutoCloseable other : others) {
      try {
        other.close();
      } catch (AssertionError e) {
        complaints.add(String.valueOf(e.getMessage()));
      }
    }
    synchronized (nodes) {
      nodes.forEach(Node::askToStop);
      nodes.forEach(node -> complaints.addAll(node.end()));
    }
    if (failed || !complaints.isEmpty()) {
      keepLogs();
    }
    PathUtils.deleteDirectory(directory, StandardDeleteOption.OVERRIDE_READ_ONLY);
    if (!complaints.isEmpty()) {
      throw new AssertionError(String.join("\n", complaints));
    }
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    failed = true;
    throw failure;
  }

  @Override
  public void handleBeforeAllMethodExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    failed = true;
    throw failure;
  }

  /** This class's directory, or one below it, made when missing. */
  public Path directory(String name) {
    try {
      return Files.createDirectories(directory.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }

  /** A loopback address that is nobody else's, on which {@code port} is free. */
  public String address(int port) {
    return Addresses.next(port);
  }

  /** A server that publishes that directory. */
  public NodeSetup server(String name, Path media) {
    return new NodeSetup(this, name)
        .option("-i")
        .option("-p", media.toString())
        .option("--state", directory(name + "-state").toString())
        .option("--settle", "1s")
        .stateIn(directory(name + "-state"));
  }

  /** A cache below that parent, open to everyone and fetching for everyone. */
  public NodeSetup cache(String name, Node parent) {
    return cacheOf(name, parent.authority());
  }

  /** A cache below whatever answers there, if anything does. */
  public NodeSetup cacheOf(String name, String parent) {
    Path directory = directory(name + "-cache");
    return new NodeSetup(this, name)
        .option("-c", directory.toString())
        .option("-n")
        .option("-N")
        .option("-S", parent)
        .stateIn(directory.resolve("state"));
  }

  /** Runs one of the war's small commands, such as {@code p2pd secret FILE}. */
  public Tool.Result p2pd(String... words) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-jar",
                War.path().toString()));
    command.addAll(List.of(words));
    return Tool.run(command.toArray(String[]::new));
  }

  /** Closed after the class, before the nodes are. */
  public <T extends AutoCloseable> T closing(T other) {
    others.add(0, other);
    return other;
  }

  /** Notes a measured figure, which is reported and not asserted. */
  public void figure(String what, Object value) {
    try {
      Files.writeString(
          Path.of("target", "e2e-figures.txt"),
          name + ": " + what + ": " + value + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(what, e);
    }
  }

  void add(Node node) {
    synchronized (nodes) {
      nodes.add(node);
    }
    keepLog(node.log());
  }

  /** Keeps this log when something failed. */
  void keepLog(Path log) {
    synchronized (nodes) {
      logs.add(log);
    }
  }

  private void keepLogs() throws IOException {
    Path kept = Files.createDirectories(Path.of("target", "e2e-logs", name));
    synchronized (nodes) {
      for (Path log : logs) {
        if (Files.exists(log)) {
          Files.write(kept.resolve(log.getFileName()), Files.readAllBytes(log));
        }
      }
    }
  }
}
