package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The Debian package under test, and others made from it. */
public final class Deb {

  private static final List<String> PLACES = List.of("target", "p2pd-servlet/target");

  private Deb() {}

  /** The package that Maven built. */
  public static Path path() {
    return PLACES.stream()
        .map(Path::of)
        .filter(Files::isDirectory)
        .flatMap(Deb::packages)
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException("no p2pd_*.deb in " + PLACES + ": mvn package"))
        .toAbsolutePath();
  }

  private static Stream<Path> packages(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().matches("p2pd_.*_all\\.deb"))
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(directory.toString(), e);
    }
  }

  /** A field of its control file. */
  public static String field(String name) {
    return Tool.run("dpkg-deb", "-f", path().toString(), name).expectSuccess().output().strip();
  }

  /** The same package as a later version, whose options of a cache come with one more comment. */
  public static Path newer(Path directory, String version) {
    Path tree = directory.resolve("tree");
    Path newer = directory.resolve("newer.deb");
    Tool.run("dpkg-deb", "-R", path().toString(), tree.toString()).expectSuccess();
    try {
      Path control = tree.resolve("DEBIAN/control");
      Files.writeString(
          control, Files.readString(control).replaceFirst("Version: .*", "Version: " + version));
      Path options = tree.resolve("etc/p2pd/cache.conf");
      Files.writeString(options, Files.readString(options) + "# Said by " + version + ".\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Tool.run("dpkg-deb", "--root-owner-group", "-Znone", "-b", tree.toString(), newer.toString())
        .expectSuccess();
    return newer;
  }
}
