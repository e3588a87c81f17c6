package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A group of processes of the test's own, below {@code /sys/fs/cgroup}: without one a machine's
 * systemd would rule this machine's groups. Its name has this process's id: when a test JVM is
 * killed its groups stay, and a later one knows whose they were.
 */
final class ControlGroup {

  private static final List<Path> HIERARCHIES =
      List.of(Path.of("/sys/fs/cgroup"), Path.of("/sys/fs/cgroup/unified"));
  private static final Pattern NAME = Pattern.compile("p2pd-test-([0-9]{1,18})-.*");

  private final Path directory;

  private ControlGroup(Path directory) {
    this.directory = directory;
  }

  /** A new one, if one can be made here. */
  static Optional<ControlGroup> create() {
    Optional<Path> hierarchy = hierarchy();
    if (hierarchy.isEmpty()) {
      return Optional.empty();
    }
    String name = "p2pd-test-" + ProcessHandle.current().pid() + "-";
    try {
      return Optional.of(new ControlGroup(Files.createTempDirectory(hierarchy.get(), name)));
    } catch (IOException e) {
      return Optional.empty(); // then no machine starts, and Machine.whyNot() says so
    }
  }

  private static Optional<Path> hierarchy() {
    return HIERARCHIES.stream()
        .filter(Files::isWritable)
        .filter(hierarchy -> Files.exists(hierarchy.resolve("cgroup.procs")))
        .findFirst();
  }

  /** Removes what processes left that are no more. A group in which something runs stays. */
  static void removeLeftovers() {
    Optional<Path> hierarchy = hierarchy();
    if (hierarchy.isEmpty()) {
      return;
    }
    try (Stream<Path> groups = Files.list(hierarchy.get())) {
      groups.filter(ControlGroup::isLeftover).forEach(ControlGroup::tryToRemove);
    } catch (IOException e) {
      throw new UncheckedIOException(hierarchy.get().toString(), e);
    }
  }

  private static boolean isLeftover(Path group) {
    Matcher name = NAME.matcher(group.getFileName().toString());
    return name.matches() && ProcessHandle.of(Long.parseLong(name.group(1))).isEmpty();
  }

  /** The file to which a process writes its id to be of the group. */
  Path processes() {
    return directory.resolve("cgroup.procs");
  }

  /** Waits until nothing of it runs any more, and removes it. */
  void remove() {
    Waiting.until(
        directory + " is gone",
        () -> {
          tryToRemove(directory);
          return !Files.exists(directory);
        });
  }

  /** A group's own groups go first. */
  private static void tryToRemove(Path group) {
    Tool.run("find", group.toString(), "-depth", "-type", "d", "-exec", "rmdir", "{}", ";");
  }
}
