package org.p2pd.node.options;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What the options are read in: all that defaults depend on, so that tests can set it.
 *
 * @param environment the process's environment
 * @param home the user's home directory
 * @param catalinaBase a foreign Tomcat's base directory; empty when Tomcat is our own
 * @param directMemoryBytes what the Java runtime lets off-heap buffers have in all
 */
public record Surroundings(
    Map<String, String> environment,
    Path home,
    Optional<Path> catalinaBase,
    long directMemoryBytes) {

  public Surroundings {
    environment = Map.copyOf(environment);
  }

  /** Those of a process of its own. */
  public static Surroundings ofProcess() {
    return new Surroundings(
        System.getenv(),
        Path.of(System.getProperty("user.home")),
        Optional.empty(),
        DirectMemory.limitBytes());
  }

  /** Those of a servlet container; its environment's P2PD_OPTIONS is meant for others. */
  public static Surroundings ofContainer() {
    Optional<Path> base = Optional.ofNullable(System.getProperty("catalina.base")).map(Path::of);
    return new Surroundings(
        Map.of(), Path.of(System.getProperty("user.home")), base, DirectMemory.limitBytes());
  }

  /**
   * Where a server keeps its state unless told: {@code ${catalina.base}/p2pd}, or {@code
   * $XDG_STATE_HOME/p2pd}, or {@code ~/.local/state/p2pd}.
   */
  Path serverState() {
    if (catalinaBase.isPresent()) {
      return catalinaBase.get().resolve("p2pd");
    }
    String xdg = environment.getOrDefault("XDG_STATE_HOME", "");
    // XDG base directory specification: relative paths are ignored.
    Path stateHome = xdg.startsWith("/") ? Path.of(xdg) : home.resolve(".local").resolve("state");
    return stateHome.resolve("p2pd");
  }
}
