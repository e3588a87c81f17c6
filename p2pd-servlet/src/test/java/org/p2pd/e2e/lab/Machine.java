package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A machine of the test's own that begins as this one: what it changes lies over this machine's
 * files in memory and is gone at its end. It has processes, mounts and a loopback network of its
 * own; a second kind has systemd as its first process.
 *
 * <p>In it {@value #SHARED} is the test's directory, and {@value #CHANGES} shows what was changed.
 */
public final class Machine implements AutoCloseable {

  /** Where the machine sees the directory that it was given. */
  public static final String SHARED = "/mnt/shared";

  /** Where the machine sees the files that differ from this machine's. */
  public static final String CHANGES = "/mnt/changes";

  /** How long a machine's nodes may take until they serve: several Javas start at once. */
  public static final Duration PATIENCE = Duration.ofMinutes(4);

  private static final String HOLD = script("machine-hold.sh");
  private static final String BEGIN = script("machine-begin.sh");

  private final Path log;
  private final Optional<ControlGroup> controlGroup;
  private final Process holder;
  private final long first;

  private Machine(Path log, Optional<ControlGroup> controlGroup, Process holder, long first) {
    this.log = log;
    this.controlGroup = controlGroup;
    this.holder = holder;
    this.first = first;
  }

  /** A machine on which nothing runs yet. */
  public static Machine bare(Path directory) {
    return start(directory, List.of("sleep", "infinity"));
  }

  /** A machine that systemd has started. */
  public static Machine withSystemd(Path directory) {
    Machine machine = start(directory, List.of("/lib/systemd/systemd", "--unit=basic.target"));
    try {
      Waiting.until(
          "systemd has started",
          () ->
              List.of("running", "degraded")
                  .contains(machine.run("systemctl", "is-system-running").output().strip()));
    } catch (RuntimeException | Error e) {
      machine.close();
      throw e;
    }
    return machine;
  }

  /** Why there can be no such machine here, if so. */
  public static Optional<String> whyNot() {
    if (!Privileges.mayMount()) {
      return Optional.of("machines of its own take root and mounts");
    }
    if (Tool.find("apt-get").isEmpty()) {
      return Optional.of("this machine is no Debian");
    }
    Optional<ControlGroup> trial = ControlGroup.create();
    trial.ifPresent(ControlGroup::remove);
    if (trial.isEmpty()) {
      return Optional.of("no group of processes can be made below /sys/fs/cgroup");
    }
    return Optional.empty();
  }

  private static Machine start(Path directory, List<String> firstProcess) {
    Path log = directory.resolve("machine.log");
    ControlGroup.removeLeftovers();
    Optional<ControlGroup> controlGroup = ControlGroup.create();
    try {
      Path base = Files.createDirectories(directory.resolve("machine"));
      Path shared = Files.createDirectories(directory.resolve("shared"));
      List<String> command = new ArrayList<>(List.of("sh", "-c", HOLD, "sh"));
      command.add(controlGroup.map(group -> group.processes().toString()).orElse("/dev/null"));
      command.addAll(
          List.of("unshare", "--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "--fork"));
      command.addAll(List.of("--kill-child=KILL", "sh", "-c", BEGIN, "sh"));
      command.addAll(List.of(base.toString(), shared.toString()));
      command.addAll(firstProcess);
      Process holder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      try {
        return new Machine(log, controlGroup, holder, awaitFirst(holder, firstProcess.get(0), log));
      } catch (RuntimeException | Error e) {
        holder.getOutputStream().close();
        controlGroup.ifPresent(ControlGroup::remove);
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The machine's first process, known by its name. */
  private static long awaitFirst(Process holder, String program, Path log) {
    String name = Path.of(program).getFileName().toString();
    long[] pid = new long[1];
    Waiting.until(
        "the machine's first process",
        Duration.ofSeconds(30),
        () -> {
          if (!holder.isAlive()) {
            return true;
          }
          Optional<ProcessHandle> first =
              holder.descendants().filter(child -> name.equals(nameOf(child))).findFirst();
          first.ifPresent(child -> pid[0] = child.pid());
          return first.isPresent();
        });
    if (pid[0] == 0) {
      throw new IllegalStateException(text(log));
    }
    return pid[0];
  }

  private static @Nullable String nameOf(ProcessHandle process) {
    Path file = Path.of("/proc", Long.toString(process.pid()), "comm");
    return Files.exists(file) ? text(file).strip() : null;
  }

  /** Runs a program there as root, to its end. */
  public Tool.Result run(String... command) {
    return run(true, command);
  }

  /** Runs a shell's words there. */
  public Tool.Result shell(String words) {
    return run("sh", "-c", words);
  }

  /** The same with this machine's network, for what may have to be fetched. */
  public Tool.Result online(String... command) {
    return run(false, command);
  }

  private Tool.Result run(boolean ownNetwork, String... command) {
    List<String> words = new ArrayList<>(entering(ownNetwork));
    words.addAll(List.of(command));
    return Tool.run(Duration.ofMinutes(4), Path.of("."), words);
  }

  /** The words that run what follows them there. */
  public List<String> on() {
    return entering(true);
  }

  /** The same with the network of a machine of that network. */
  public List<String> on(Namespaces network, String name) {
    List<String> words = new ArrayList<>(network.on(name));
    words.addAll(entering(false));
    return words;
  }

  private List<String> entering(boolean ownNetwork) {
    List<String> words = new ArrayList<>(List.of("nsenter", "-t", Long.toString(first)));
    words.addAll(List.of("-m", "-p", "-u", "-i", "-C"));
    if (ownNetwork) {
      words.add("-n");
    }
    words.addAll(
        List.of(
            "env",
            "-i",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/root",
            "LC_ALL=C.UTF-8",
            "DEBIAN_FRONTEND=noninteractive"));
    return words;
  }

  /** SIGTERM to the Java that was started there by these words, and its end: its exit code. */
  public static int terminate(Process started) {
    started
        .descendants()
        .filter(process -> "java".equals(nameOf(process)))
        .forEach(ProcessHandle::destroy);
    try {
      if (!started.waitFor(90, TimeUnit.SECONDS)) {
        throw new AssertionError("still running: " + started.info());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
    return started.exitValue();
  }

  /** Where the logs of a test's machines are kept. */
  public static Path logs(String test) throws IOException {
    return Files.createDirectories(Path.of("target", "e2e-logs", test));
  }

  /** What the machine's console said. */
  public String log() {
    return text(log);
  }

  private static String script(String name) {
    try (InputStream script = Machine.class.getResourceAsStream(name)) {
      return new String(
          Objects.requireNonNull(script, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  @Override
  public void close() {
    try {
      holder.getOutputStream().close(); // then the first process is killed, and with it all others
      holder.waitFor(30, TimeUnit.SECONDS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    controlGroup.ifPresent(ControlGroup::remove);
  }
}
