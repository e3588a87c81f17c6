package org.p2pd.node;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The systemd service that this process runs in, and how its owner changes it.
 *
 * @param name such as {@code p2pd-cache.service}
 * @param ofUser a service of a user's own systemd
 */
record SystemdUnit(String name, boolean ofUser) {

  private static final String SERVICE = ".service";

  /**
   * @param environment systemd gives every service an {@code INVOCATION_ID}
   * @param cgroups {@code /proc/self/cgroup}: systemd names a service's group after it
   */
  static Optional<SystemdUnit> of(Map<String, String> environment, String cgroups) {
    if (!environment.containsKey("INVOCATION_ID")) {
      return Optional.empty();
    }
    return cgroups
        .lines()
        .filter(line -> line.startsWith("0::") || line.contains(":name=systemd:"))
        .flatMap(line -> ofPath(line.substring(line.lastIndexOf(':') + 1)).stream())
        .findFirst();
  }

  private static Optional<SystemdUnit> ofPath(String path) {
    String name = "";
    for (String part : path.split("/", -1)) {
      if (part.endsWith(SERVICE)) {
        name = part;
      } else if (part.endsWith(".scope")) {
        name = ""; // started by hand from a login: the variable was inherited
      }
    }
    return name.isEmpty()
        ? Optional.empty()
        : Optional.of(new SystemdUnit(name, path.contains("/user@") && !name.startsWith("user@")));
  }

  /** What its owner does so that it may write there. */
  String letWrite(Path directory) {
    String systemctl = ofUser ? "systemctl --user" : "sudo systemctl";
    String unit = name.substring(0, name.length() - SERVICE.length());
    return "the sandbox of "
        + name
        + " keeps it read-only. Let it write there: "
        + systemctl
        + " edit "
        + unit
        + ", with these two lines\n[Service]\nReadWritePaths="
        + quoted(directory)
        + "\nthen "
        + systemctl
        + " restart "
        + unit;
  }

  /** systemd.syntax(7): % begins a specifier, quotes hold words together. */
  private static String quoted(Path directory) {
    String plain = directory.toString().replace("%", "%%");
    boolean bare = plain.chars().noneMatch(c -> c <= ' ' || c == '"' || c == '\'' || c == '\\');
    return bare ? plain : '"' + plain.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
