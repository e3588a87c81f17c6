package org.p2pd.node;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the process that listens on a port, as far as Linux shows it to this user: the socket's
 * inode from {@code /proc/net/tcp} (proc(5)), then the process that has it open.
 */
final class PortOwner {

  private static final Logger log = LoggerFactory.getLogger(PortOwner.class);

  /** The state LISTEN in /proc/net/tcp. */
  private static final String LISTEN = "0A";

  private final Path proc;

  PortOwner(Path proc) {
    this.proc = proc;
  }

  /** Who listens on the port, such as {@code process 123 (nginx)}; empty if it cannot be seen. */
  Optional<String> describe(int port) {
    try {
      Set<String> sockets = new HashSet<>();
      for (String table : List.of("net/tcp", "net/tcp6")) {
        sockets.addAll(listening(proc.resolve(table), port));
      }
      return sockets.isEmpty() ? Optional.empty() : Optional.of(owner(sockets));
    } catch (IOException e) {
      log.debug("cannot see who listens on port {}", port, e);
      return Optional.empty();
    }
  }

  private static Set<String> listening(Path table, int port) throws IOException {
    Set<String> sockets = new HashSet<>();
    if (!Files.isReadable(table)) {
      return sockets;
    }
    String suffix = String.format(Locale.ROOT, ":%04X", port);
    for (String line : Files.readAllLines(table)) {
      String[] columns = line.strip().split("\\s+", -1);
      if (columns.length > 9 && columns[1].endsWith(suffix) && columns[3].equals(LISTEN)) {
        sockets.add("socket:[" + columns[9] + "]");
      }
    }
    return sockets;
  }

  private String owner(Set<String> sockets) throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(proc, "[0-9]*")) {
      for (Path process : processes) {
        if (hasOpen(process.resolve("fd"), sockets)) {
          return "process " + process.getFileName() + name(process);
        }
      }
    }
    return "a process of another user";
  }

  private static boolean hasOpen(Path descriptors, Set<String> sockets) {
    if (!Files.isReadable(descriptors)) {
      return false;
    }
    try (DirectoryStream<Path> open = Files.newDirectoryStream(descriptors)) {
      for (Path descriptor : open) {
        if (sockets.contains(Files.readSymbolicLink(descriptor).toString())) {
          return true;
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // Processes and descriptors come and go while we look: the next one may be it.
      log.trace("{} cannot be read any more", descriptors, e);
    }
    return false;
  }

  private static String name(Path process) {
    try {
      return " (" + Files.readString(process.resolve("comm")).strip() + ")";
    } catch (IOException e) {
      log.trace("{} ended", process, e);
      return "";
    }
  }
}
