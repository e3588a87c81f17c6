package org.p2pd.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What systemd forbids this process beyond permissions: most of the file system is read-only for
 * the services of Debian's packages, ours and Tomcat's. Where a directory cannot be written for
 * that reason, it knows the words that help.
 */
final class Sandbox {

  private final Optional<SystemdUnit> unit;
  private final MountTable mounts;

  Sandbox(Optional<SystemdUnit> unit, MountTable mounts) {
    this.unit = unit;
    this.mounts = mounts;
  }

  /** That of this process; where there is no systemd it has nothing to say. */
  static Sandbox ofProcess() {
    return of(Optional.empty());
  }

  /** That of a foreign Tomcat, whose unit Debian names as its base directory. */
  static Sandbox ofContainer() {
    return of(
        Optional.ofNullable(System.getProperty("catalina.base"))
            .map(base -> Path.of(base).getFileName())
            .map(name -> new SystemdUnit(name + ".service", false)));
  }

  /**
   * @param likely where this process does not know its unit
   */
  private static Sandbox of(Optional<SystemdUnit> likely) {
    try {
      Optional<SystemdUnit> unit =
          SystemdUnit.of(System.getenv(), Files.readString(Path.of("/proc/self/cgroup")))
              .or(() -> likely);
      return new Sandbox(unit, new MountTable(Files.readString(Path.of("/proc/self/mountinfo"))));
    } catch (IOException e) {
      // Another system than Linux, or no /proc: then there is no systemd either.
      return new Sandbox(Optional.empty(), new MountTable(""));
    }
  }

  /**
   * What to do about a directory that cannot be written, if it is the sandbox that forbids it.
   *
   * @param directory may be missing
   */
  Optional<String> remedy(Path directory) {
    return unit.filter(u -> mounts.isReadOnlyOnlyHere(RealPath.of(directory)))
        .map(u -> u.letWrite(directory.toAbsolutePath()));
  }
}
