package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Debian's package {@code tomcat10} as its unit runs it: by the package's own start script and
 * configuration, under its user, where only the unit's writable paths may be written.
 *
 * <p>Without systemd, the unit's view of the machine is made by hand: in mounts of its own, copies
 * of the package's directories lie over them, {@code /tmp} is private, {@code /srv} holds what is
 * ours, and the rest is read-only ({@code ProtectSystem=strict}). Nothing of the machine's own
 * Tomcat is touched.
 */
final class DebianTomcat implements TomcatPlace {

  static final Path HOME = Path.of("/usr/share/tomcat10");
  private static final Path SCRIPTS = Path.of("/usr/libexec/tomcat10");
  private static final Path BASE = Path.of("/var/lib/tomcat10");
  private static final Path OURS = Path.of("/srv");

  private final Path directory;
  private final Javas.Java java;

  /** Ours, by the name that they have for the Tomcat. */
  private final Map<Path, Path> shown = new LinkedHashMap<>();

  private final List<Path> writable = new ArrayList<>();

  DebianTomcat(Path directory, Javas.Java java) {
    this.directory = directory;
    this.java = java;
    copy("/etc/tomcat10", "etc");
    copy(BASE.toString(), "base");
    make("log");
    make("work");
    give(directory.resolve("log"));
    give(directory.resolve("work"));
    try {
      // As Tomcat itself would, at its first start: the unit lets it.
      give(Files.createDirectories(descriptors()));
    } catch (IOException e) {
      throw new UncheckedIOException(descriptors().toString(), e);
    }
  }

  private void copy(String from, String name) {
    Tool.run("cp", "-a", from, directory.resolve(name).toString()).expectSuccess();
  }

  private void make(String name) {
    try {
      Files.createDirectories(directory.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }

  private static void give(Path path) {
    Tool.run("chown", "-R", "tomcat:tomcat", path.toString()).expectSuccess();
  }

  @Override
  public Path conf() {
    return directory.resolve("etc");
  }

  @Override
  public Path webapps() {
    return directory.resolve("base/webapps");
  }

  @Override
  public void show(Path ours) {
    shown.putIfAbsent(ours, OURS.resolve(shown.size() + "-" + ours.getFileName()));
  }

  @Override
  public void open(Path path) {
    give(path);
    show(path);
    writable.add(path);
  }

  @Override
  public Path seen(Path ours) {
    return shown.entrySet().stream()
        .filter(entry -> ours.startsWith(entry.getKey()))
        .map(entry -> entry.getValue().resolve(entry.getKey().relativize(ours)))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(ours + " was not shown to " + directory));
  }

  @Override
  public List<String> command() {
    List<String> script = new ArrayList<>(List.of("set -e"));
    script.add(bind(directory.resolve("etc"), Path.of("/etc/tomcat10")));
    script.add(bind(directory.resolve("base"), BASE));
    script.add(bind(directory.resolve("log"), Path.of("/var/log/tomcat10")));
    script.add(bind(directory.resolve("work"), Path.of("/var/cache/tomcat10")));
    script.add("mount -t tmpfs -o mode=755 tmpfs " + OURS);
    shown.forEach(
        (file, name) -> {
          script.add((Files.isDirectory(file) ? "mkdir " : "touch ") + quoted(name));
          script.add(bind(file, name));
        });
    // The unit's ExecStartPre=+, before all becomes read-only.
    script.add("CATALINA_BASE=" + BASE + " sh " + SCRIPTS + "/tomcat-update-policy.sh");
    // ReadWritePaths= of the unit, then ProtectSystem=strict, then PrivateTmp=.
    script.add(bind(Path.of("/etc/tomcat10/Catalina"), Path.of("/etc/tomcat10/Catalina")));
    script.add(bind(BASE.resolve("webapps"), BASE.resolve("webapps")));
    for (String place : List.of("/etc/tomcat10", BASE.toString(), "/")) {
      script.add("mount -o remount,bind,ro " + place);
    }
    shown.forEach(
        (file, name) -> {
          if (!writable.contains(file)) {
            script.add("mount -o remount,bind,ro " + quoted(name));
          }
        });
    script.add("mount -o remount,ro " + OURS);
    script.add("mount -t tmpfs -o mode=1777 tmpfs /tmp");
    script.add("cd " + BASE);
    List<String> command =
        new ArrayList<>(List.of(Privileges.inOwnMounts(String.join("\n", script) + "\ntrue")));
    command.addAll(
        List.of("setpriv", "--reuid=tomcat", "--regid=tomcat", "--clear-groups", "--no-new-privs"));
    command.addAll(List.of("sh", SCRIPTS.resolve("tomcat-start.sh").toString()));
    return command;
  }

  private static String bind(Path from, Path to) {
    return "mount --bind " + quoted(from) + " " + quoted(to);
  }

  private static String quoted(Path path) {
    return "'" + path + "'";
  }

  /** As the unit sets it; /etc/default/tomcat10 sets JAVA_OPTS. */
  @Override
  public Map<String, String> environment() {
    return Map.of(
        "CATALINA_HOME", HOME.toString(),
        "CATALINA_BASE", BASE.toString(),
        "CATALINA_TMPDIR", "/tmp",
        "CATALINA_OPTS", ForeignTomcat.JAVA_OPTIONS,
        "JAVA_HOME", java.home().toString());
  }

  @Override
  public List<String> beside(long pid) {
    return List.of("nsenter", "-t", Long.toString(pid), "-m");
  }
}
