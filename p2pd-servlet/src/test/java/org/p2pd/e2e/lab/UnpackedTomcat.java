package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.commons.io.file.PathUtils;

/** A distribution from tomcat.apache.org, unpacked, with a base directory of its own. */
final class UnpackedTomcat implements TomcatPlace {

  private final Path home;
  private final Path base;
  private final Javas.Java java;

  UnpackedTomcat(Path home, Path base, Javas.Java java) {
    this.home = home;
    this.base = base;
    this.java = java;
    try {
      PathUtils.copyDirectory(home.resolve("conf"), base.resolve("conf"));
      for (String name : List.of("conf/Catalina/localhost", "logs", "temp", "webapps", "work")) {
        Files.createDirectories(base.resolve(name));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(base.toString(), e);
    }
  }

  @Override
  public Path conf() {
    return base.resolve("conf");
  }

  @Override
  public Path webapps() {
    return base.resolve("webapps");
  }

  @Override
  public void show(Path ours) {
    // It sees the files of this machine.
  }

  @Override
  public void open(Path directory) {
    // It runs as this user does.
  }

  @Override
  public Path seen(Path ours) {
    return ours;
  }

  @Override
  public List<String> command() {
    return List.of("sh", home.resolve("bin/catalina.sh").toString(), "run");
  }

  @Override
  public Map<String, String> environment() {
    return Map.of(
        "CATALINA_HOME", home.toString(),
        "CATALINA_BASE", base.toString(),
        "CATALINA_OPTS", ForeignTomcat.JAVA_OPTIONS,
        "JAVA_HOME", java.home().toString());
  }

  @Override
  public List<String> beside(long pid) {
    return List.of();
  }
}
