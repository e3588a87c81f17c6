package org.p2pd.e2e.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The repository that is tested. Tests run in its directory, or in that of their module. */
public final class Repository {

  private Repository() {}

  /**
   * The absolute path of one of its files or directories.
   *
   * @param name from the repository's own directory, such as {@code deploy/demo}
   */
  public static Path file(String name) {
    return Stream.of(Path.of(name), Path.of("..", name))
        .filter(Files::exists)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no " + name + " here: run in the repository"))
        .toAbsolutePath()
        .normalize();
  }
}
