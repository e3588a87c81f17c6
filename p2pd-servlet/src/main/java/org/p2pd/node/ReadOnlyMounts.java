package org.p2pd.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where this process may write nothing, whoever owns the files: mounts that are read-only for it,
 * as Linux tells them. Services of systemd have such views of the machine ({@code ProtectSystem}).
 *
 * <p>Java's own {@code FileStore.isReadOnly} looks at one mount of each device, and of those that a
 * unit opens again with {@code ReadWritePaths} not at the right one.
 */
final class ReadOnlyMounts {

  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
  private static final Path GROUPS = Path.of("/proc/self/cgroup");
  private static final Pattern UNIT =
      Pattern.compile("/([^/]+)\\.service(?:/|$)", Pattern.MULTILINE);
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

  /** Fields of a line, from proc(5). */
  private static final int MOUNT_POINT = 4;

  private static final int OPTIONS = 5;

  private ReadOnlyMounts() {}

  /**
   * How to let this process write to a directory, if a read-only mount is what keeps it from it.
   */
  static Optional<String> remedy(Path directory) {
    if (!Files.isReadable(MOUNTS)) {
      return Optional.empty(); // not Linux
    }
    try {
      Optional<Path> mount = mountOf(existing(directory), Files.readAllLines(MOUNTS));
      Optional<String> unit = unit(Files.readString(GROUPS));
      return mount.map(point -> remedy(directory, point, unit));
    } catch (IOException e) {
      // What else is wrong with the directory is said without this.
      return Optional.empty();
    }
  }

  private static Path existing(Path directory) throws IOException {
    Path place = directory;
    while (!Files.exists(place) && place.getParent() != null) {
      place = place.getParent();
    }
    return place.toRealPath();
  }

  /**
   * The mount point that a path lies under, if it is read-only.
   *
   * @param lines of {@code /proc/self/mountinfo}; of mounts at one place the last one counts
   */
  static Optional<Path> mountOf(Path path, List<String> lines) {
    Path nearest = Path.of("/");
    boolean readOnly = false;
    for (String line : lines) {
      String[] fields = line.split(" ", -1);
      if (fields.length <= OPTIONS) {
        continue;
      }
      Path mount = Path.of(unescaped(fields[MOUNT_POINT]));
      if (path.startsWith(mount) && mount.getNameCount() >= nearest.getNameCount()) {
        nearest = mount;
        readOnly = isReadOnly(fields);
      }
    }
    return readOnly ? Optional.of(nearest) : Optional.empty();
  }

  /** A mount may be read-only by itself, or its file system for everyone (the last field). */
  private static boolean isReadOnly(String[] fields) {
    return hasReadOnly(fields[OPTIONS]) || hasReadOnly(fields[fields.length - 1]);
  }

  private static boolean hasReadOnly(String options) {
    return List.of(options.split(",", -1)).contains("ro");
  }

  private static String unescaped(String text) {
    return OCTAL
        .matcher(text)
        .replaceAll(
            octal ->
                Matcher.quoteReplacement(
                    String.valueOf((char) Integer.parseInt(octal.group(1), 8))));
  }

  /** The unit that systemd runs this process in, from {@code /proc/self/cgroup}. */
  static Optional<String> unit(String groups) {
    Matcher unit = UNIT.matcher(groups);
    return unit.find() ? Optional.of(unit.group(1)) : Optional.empty();
  }

  private static String remedy(Path directory, Path mount, Optional<String> unit) {
    String name = unit.orElseGet(ReadOnlyMounts::likelyUnit);
    return mount
        + " is read-only for this process. If systemd started it, let its unit write there: make"
        + " the directory, then 'sudo systemctl edit "
        + name
        + "', add the lines\n[Service]\nReadWritePaths="
        + directory
        + "\nand 'sudo systemctl restart "
        + name
        + "'. If the disk itself is mounted so: sudo mount -o remount,rw '"
        + mount
        + "'";
  }

  /** Debian names Tomcat's unit as its base directory. */
  private static String likelyUnit() {
    String base = System.getProperty("catalina.base");
    Path name = base == null ? null : Path.of(base).getFileName();
    return name == null ? "p2pd" : name.toString();
  }
}
