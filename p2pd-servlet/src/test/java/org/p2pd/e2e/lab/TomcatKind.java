package org.p2pd.e2e.lab;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The Tomcats that the war is dropped into. */
public enum TomcatKind {
  DEBIAN("Debian's tomcat10"),
  TOMCAT_10("Tomcat 10.1"),
  TOMCAT_11("Tomcat 11");

  private static final Path UNPACKED = Path.of("target", "tomcats").toAbsolutePath();

  private final String title;

  TomcatKind(String title) {
    this.title = title;
  }

  /** Skips the test, saying why, where this machine cannot run it. */
  public void assumePresent() {
    if (this == DEBIAN) {
      assumeThat(DebianTomcat.HOME)
          .as("Debian's package tomcat10 is not installed: deploy/test installs it")
          .exists();
      assumeThat(Privileges.mayMount())
          .as("Debian's tomcat10 runs as its unit does only where mounts may be made: needs root")
          .isTrue();
    }
  }

  TomcatPlace place(Path directory, Javas.Java java) {
    return switch (this) {
      case DEBIAN -> new DebianTomcat(directory, java);
      case TOMCAT_10 -> new UnpackedTomcat(unpacked("apache-tomcat-10."), directory, java);
      case TOMCAT_11 -> new UnpackedTomcat(unpacked("apache-tomcat-11."), directory, java);
    };
  }

  /** Tomcat's own manager; Debian has it in another package, of the same sources. */
  Path manager() {
    String home = this == TOMCAT_11 ? "apache-tomcat-11." : "apache-tomcat-10.";
    return unpacked(home).resolve("webapps").resolve("manager");
  }

  private static Path unpacked(String prefix) {
    if (Files.isDirectory(UNPACKED)) {
      try (Stream<Path> homes = Files.list(UNPACKED)) {
        var home = homes.filter(p -> p.getFileName().toString().startsWith(prefix)).findFirst();
        if (home.isPresent()) {
          return home.get();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(UNPACKED.toString(), e);
      }
    }
    throw new IllegalStateException(
        "no " + prefix + "* in " + UNPACKED + ": mvn -Pe2e pre-integration-test unpacks it");
  }

  @Override
  public String toString() {
    return title;
  }
}
