package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A systemd unit's settings, in the order in which they stand there. */
public final class UnitFile {

  private final List<Map.Entry<String, String>> settings;

  private UnitFile(List<Map.Entry<String, String>> settings) {
    this.settings = settings;
  }

  /** One of those in {@code deploy/systemd}. */
  public static UnitFile of(String name) {
    try {
      return new UnitFile(
          Files.readAllLines(Repository.file("deploy/systemd/" + name)).stream()
              .filter(line -> line.contains("=") && !line.startsWith("#"))
              .map(line -> line.split("=", 2))
              .map(parts -> Map.entry(parts[0], parts[1]))
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }

  public List<String> all(String setting) {
    return settings.stream()
        .filter(entry -> entry.getKey().equals(setting))
        .map(Map.Entry::getValue)
        .toList();
  }

  public String one(String setting) {
    return all(setting).stream().collect(Collectors.joining(" "));
  }

  /** What starts the unit's own command line as its user, with its environment and no other. */
  public List<String> command() {
    List<String> command =
        new ArrayList<>(List.of("runuser", "-u", one("User"), "--", "env", "-i"));
    command.add("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
    command.addAll(all("Environment"));
    command.addAll(List.of(one("ExecStart").split(" ")));
    return command;
  }
}
