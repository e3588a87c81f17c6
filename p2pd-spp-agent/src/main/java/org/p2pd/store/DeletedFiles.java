package org.p2pd.store;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which deleted files of a directory this process still has open, such as those that a container's
 * zero-copy send is under way with: {@code /proc/self/fd} tells.
 */
final class DeletedFiles {

  private static final Logger log = LoggerFactory.getLogger(DeletedFiles.class);
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
  private static final String MARK = " (deleted)";

  private DeletedFiles() {}

  /** The former names of such files below a directory, each with one descriptor that has it. */
  static Map<Path, Path> openBelow(Path directory) {
    Map<Path, Path> found = new HashMap<>();
    if (!Files.isDirectory(DESCRIPTORS)) {
      return found; // not Linux: nobody sends from these files by name either
    }
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
      for (Path descriptor : descriptors) {
        Path target = targetOf(descriptor);
        if (target.startsWith(directory) && target.toString().endsWith(MARK)) {
          String name = String.valueOf(target.getFileName());
          found.put(
              target.resolveSibling(name.substring(0, name.length() - MARK.length())), descriptor);
        }
      }
    } catch (IOException e) {
      log.warn("cannot list {}: deleted files still being sent go uncounted", DESCRIPTORS, e);
    }
    return found;
  }

  private static Path targetOf(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor);
    } catch (IOException e) {
      return descriptor; // closed since it was listed
    }
  }
}
