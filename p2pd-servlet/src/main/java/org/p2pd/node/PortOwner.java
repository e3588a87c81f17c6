package org.p2pd.node;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the process that listens on a port of an address, as far as Linux shows it to this user:
 * the socket's inode from {@code /proc/net/tcp} (proc(5)), then the process that has it open.
 */
final class PortOwner {

  private static final Logger log = LoggerFactory.getLogger(PortOwner.class);

  /** The state LISTEN in /proc/net/tcp. */
  private static final String LISTEN = "0A";

  private final Path proc;

  /**
   * A socket that listens.
   *
   * @param address an IPv4-mapped one as the IPv4 address that it is
   * @param inode as descriptors name it
   */
  private record Listener(InetAddress address, String inode) {

    /** Whether it holds every address that the wanted one is among. */
    boolean isWildcardFor(InetAddress wanted) {
      return address.isAnyLocalAddress()
          && (address instanceof Inet6Address || wanted instanceof Inet4Address);
    }
  }

  PortOwner(Path proc) {
    this.proc = proc;
  }

  /**
   * Who is in the way of who would listen there, such as {@code process 123 (nginx)}; empty if it
   * cannot be seen.
   *
   * @param address the only address wanted; empty: all
   */
  Optional<String> describe(Optional<InetAddress> address, int port) {
    try {
      List<Listener> listeners = new ArrayList<>(listening(proc.resolve("net/tcp"), port));
      listeners.addAll(listening(proc.resolve("net/tcp6"), port));
      Set<String> sockets = inTheWay(listeners, address);
      return sockets.isEmpty() ? Optional.empty() : Optional.of(owner(sockets));
    } catch (IOException e) {
      log.debug("cannot see who listens on port {}", port, e);
      return Optional.empty();
    }
  }

  /** Who has exactly that address, else who has all of its kind. */
  private static Set<String> inTheWay(List<Listener> listeners, Optional<InetAddress> address) {
    if (address.isEmpty() || address.get().isAnyLocalAddress()) {
      return inodes(listeners, listener -> true);
    }
    InetAddress wanted = address.get();
    Set<String> exact = inodes(listeners, listener -> listener.address().equals(wanted));
    return exact.isEmpty() ? inodes(listeners, listener -> listener.isWildcardFor(wanted)) : exact;
  }

  private static Set<String> inodes(List<Listener> listeners, Predicate<Listener> which) {
    return listeners.stream().filter(which).map(Listener::inode).collect(Collectors.toSet());
  }

  private static List<Listener> listening(Path table, int port) throws IOException {
    if (!Files.isReadable(table)) {
      return List.of();
    }
    List<Listener> listeners = new ArrayList<>();
    String suffix = String.format(Locale.ROOT, ":%04X", port);
    for (String line : Files.readAllLines(table)) {
      String[] columns = line.strip().split("\\s+", -1);
      if (columns.length > 9 && columns[1].endsWith(suffix) && columns[3].equals(LISTEN)) {
        String hex = columns[1].substring(0, columns[1].length() - suffix.length());
        address(hex)
            .ifPresent(at -> listeners.add(new Listener(at, "socket:[" + columns[9] + "]")));
      }
    }
    return listeners;
  }

  /** The kernel prints an address as words of 32 bits, each as a number of this machine. */
  private static Optional<InetAddress> address(String hex) {
    try {
      ByteBuffer bytes = ByteBuffer.allocate(hex.length() / 2).order(ByteOrder.nativeOrder());
      for (int at = 0; at < hex.length(); at += 8) {
        bytes.putInt(Integer.parseUnsignedInt(hex, at, at + 8, 16));
      }
      return Optional.of(InetAddress.getByAddress(bytes.array())); // unmaps an IPv4-mapped one
    } catch (UnknownHostException
        | NumberFormatException
        | IndexOutOfBoundsException
        | BufferOverflowException e) {
      log.debug("no address: {}", hex, e);
      return Optional.empty();
    }
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
