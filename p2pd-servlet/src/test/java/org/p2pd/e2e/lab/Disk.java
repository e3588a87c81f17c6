package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What a cache's directory really takes: its files, and deleted ones that are still open. */
public final class Disk {

  private static final long BLOCK_BYTES = 512;

  private Disk() {}

  /** Allocated bytes, as {@code du} counts them, plus those of deleted files the node has open. */
  public static long usedBytes(Path directory, Node node) {
    Map<String, Long> blocksByInode = new HashMap<>();
    // Deleted files first: one that is deleted between the two looks would be missed otherwise.
    // One that is seen twice is counted once, by its inode.
    List<String> stat = new ArrayList<>(List.of("stat", "-L", "-c", "%i %b"));
    openDeleted(directory, node).forEach(descriptor -> stat.add(descriptor.toString()));
    if (stat.size() > 4) {
      count(Tool.run(stat.toArray(String[]::new)), blocksByInode);
    }
    count(
        Tool.run("find", directory.toString(), "-type", "f", "-printf", "%i %b\\n"), blocksByInode);
    return BLOCK_BYTES * blocksByInode.values().stream().mapToLong(Long::longValue).sum();
  }

  private static void count(Tool.Result result, Map<String, Long> blocksByInode) {
    // A file that vanishes meanwhile makes the program complain and takes nothing.
    result
        .output()
        .lines()
        .map(line -> line.split(" "))
        .forEach(columns -> blocksByInode.merge(columns[0], Long.valueOf(columns[1]), Math::max));
  }

  /** All files below a directory, in the order of their names. */
  public static List<Path> files(Path directory) {
    try (Stream<Path> entries = Files.walk(directory)) {
      return entries.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(directory.toString(), e);
    }
  }

  private static List<Path> openDeleted(Path directory, Node node) {
    List<Path> deleted = new ArrayList<>();
    try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(node.pid()), "fd"))) {
      for (Path descriptor : open.toList()) {
        if (isDeletedFileOf(directory, descriptor)) {
          deleted.add(descriptor);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(node + " /proc", e);
    }
    return deleted;
  }

  private static boolean isDeletedFileOf(Path directory, Path descriptor) throws IOException {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.startsWith(directory.toString()) && target.endsWith(" (deleted)");
    } catch (NoSuchFileException e) {
      return false; // closed in the meantime
    }
  }
}
