package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A network of machines on which commands run as their owners type them: each machine has a {@code
 * /mediafiles}, a {@code /cachefiles}, an {@code /etc/hosts} and the program {@code p2pd} on its
 * path.
 */
public final class TypedNetwork implements AutoCloseable {

  private static final int STOP_SECONDS = 90;
  private static final List<Path> MOUNT_POINTS =
      List.of(Path.of("/mediafiles"), Path.of("/cachefiles"));

  private final Lab lab;
  private final Namespaces network = Namespaces.create();
  private final Map<String, Process> nodes = new LinkedHashMap<>();
  private final List<Path> madeMountPoints = new ArrayList<>();
  private final String prefix;
  private final Path media;
  private String hosts = "";

  /**
   * @param prefix of the directories that are theirs
   */
  public TypedNetwork(Lab lab, String prefix) throws IOException {
    this.lab = lab;
    this.prefix = prefix;
    this.media = lab.directory(prefix + "media");
    for (Path point : MOUNT_POINTS) {
      if (!Files.exists(point)) {
        Files.createDirectory(point); // empty here; the machines mount theirs over it
        madeMountPoints.add(point);
      }
    }
  }

  /** The Ethernet that they share. */
  public Namespaces network() {
    return network;
  }

  /** What is {@code /mediafiles} there. */
  public Path media() {
    return media;
  }

  /** What is {@code /cachefiles} there. */
  public Path cachefiles(String machine) {
    return lab.directory(prefix + "cachefiles-" + machine);
  }

  /** Where its owner is when he types. */
  public Path home(String machine) {
    return lab.directory(prefix + "home-" + machine);
  }

  /** What stands in their {@code /etc/hosts} besides themselves, in place of a DNS. */
  public void hosts(String lines) {
    hosts = lines;
  }

  /** Starts a node by these words. */
  public void start(String machine, String words) {
    try {
      nodes.put(
          machine,
          builder(machine, words)
              .redirectErrorStream(true)
              .redirectOutput(logFile(machine).toFile())
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException(words, e);
    }
  }

  /** Runs these words to their end; what they print. */
  public String run(String machine, String words) {
    try {
      Path output = lab.directory(prefix + "output").resolve(machine);
      Process process =
          builder(machine, words).redirectErrorStream(true).redirectOutput(output.toFile()).start();
      boolean ended = process.waitFor(Waiting.GENEROUS.toSeconds(), TimeUnit.SECONDS);
      process.destroyForcibly();
      String said = Files.readString(output);
      if (!ended || process.exitValue() != 0) {
        throw new AssertionError(machine + ": " + words + "\n" + said);
      }
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(words, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private ProcessBuilder builder(String machine, String words) throws IOException {
    Path home = home(machine);
    Path hostsFile = home.resolve("hosts");
    Files.writeString(hostsFile, "127.0.0.1 localhost\n" + hosts);
    String mounts =
        "mount --bind '"
            + media
            + "' /mediafiles && mount --bind '"
            + cachefiles(machine)
            + "' /cachefiles && mount --bind '"
            + hostsFile
            + "' /etc/hosts && exec ";
    List<String> command = new ArrayList<>(network.on(machine));
    command.addAll(List.of("sh", "-c", mounts + words));
    ProcessBuilder builder = new ProcessBuilder(command).directory(home.toFile());
    builder.environment().put("PATH", launcher(home) + ":" + System.getenv("PATH"));
    builder.environment().put("HOME", home.toString());
    builder.environment().put("XDG_STATE_HOME", home.resolve("state").toString());
    builder.environment().put("P2PD_WAR", War.path().toString());
    builder.environment().put("P2PD_JAVA_OPTIONS", "-Xmx256m -XX:TieredStopAtLevel=1");
    return builder;
  }

  /** A directory with nothing but the program {@code p2pd}. */
  private static Path launcher(Path home) throws IOException {
    Path directory = Files.createDirectories(home.resolve("bin"));
    Path link = directory.resolve("p2pd");
    if (!Files.exists(link)) {
      Files.createSymbolicLink(link, Repository.file("deploy/p2pd"));
    }
    return directory;
  }

  public boolean isRunning(String machine) {
    return nodes.get(machine).isAlive();
  }

  /** What its node has logged. */
  public String log(String machine) {
    try {
      return Files.readString(logFile(machine));
    } catch (IOException e) {
      throw new UncheckedIOException(machine, e);
    }
  }

  private Path logFile(String machine) {
    return lab.directory(prefix + "logs").resolve(machine + ".log");
  }

  /** Asks all nodes to end, which they must do with 0, and takes the network away. */
  @Override
  public void close() throws Exception {
    nodes.values().forEach(Process::destroy);
    List<String> complaints = new ArrayList<>();
    for (Map.Entry<String, Process> node : nodes.entrySet()) {
      if (!node.getValue().waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        node.getValue().destroyForcibly().waitFor();
      }
      if (node.getValue().exitValue() != 0) {
        complaints.add(node.getKey() + " ended badly:\n" + log(node.getKey()));
      }
    }
    network.close();
    for (Path point : madeMountPoints) {
      Files.delete(point);
    }
    if (!complaints.isEmpty()) {
      throw new AssertionError(String.join("\n", complaints));
    }
  }
}
