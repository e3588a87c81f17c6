package org.p2pd.launcher;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The directories that libraries may be unpacked to, best first.
 *
 * <p>Code is loaded from there, so a place is only taken if it belongs to this user and no one else
 * can write to it: in a shared temporary directory a stranger may have made it before us.
 */
final class UnpackPlaces {

  private static final Set<PosixFilePermission> OTHERS_MAY_WRITE =
      Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

  private final List<Path> candidates;

  UnpackPlaces(List<Path> candidates) {
    this.candidates = List.copyOf(candidates);
  }

  /** {@code $XDG_CACHE_HOME/p2pd} or {@code ~/.cache/p2pd}, else below the temporary directory. */
  static UnpackPlaces ofThisUser() {
    return of(System.getenv(), System.getProperty("user.home"), System.getProperty("user.name"));
  }

  static UnpackPlaces of(Map<String, String> environment, String home, String user) {
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    Path cache = xdg.startsWith("/") ? Path.of(xdg) : Path.of(home, ".cache");
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"), "p2pd-" + user);
    return new UnpackPlaces(List.of(cache.resolve("p2pd"), temporary));
  }

  /** The first place that is safe; as a last resort a new temporary directory. */
  Path choose() throws IOException {
    for (Path candidate : candidates) {
      if (isMadeAndSafe(candidate)) {
        return candidate;
      }
    }
    return Files.createTempDirectory("p2pd-");
  }

  private static boolean isMadeAndSafe(Path directory) {
    try {
      Files.createDirectories(directory.getParent());
      createPrivately(directory);
      return Files.isWritable(directory) && isOurs(directory);
    } catch (IOException e) {
      return false; // Another place will do; the last one is always fresh.
    }
  }

  private static void createPrivately(Path directory) throws IOException {
    FileAttribute<?>[] ownerOnly =
        isPosix(directory)
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
            }
            : new FileAttribute<?>[0];
    try {
      Files.createDirectory(directory, ownerOnly);
    } catch (FileAlreadyExistsException e) {
      return; // Made before, or just now by another process: whose it is will be seen.
    }
  }

  private static boolean isOurs(Path directory) throws IOException {
    if (!isPosix(directory)) {
      return Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS);
    }
    PosixFileAttributes attributes =
        Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    return attributes.isDirectory()
        && attributes.permissions().stream().noneMatch(OTHERS_MAY_WRITE::contains)
        && attributes.owner().equals(ourselves());
  }

  /** The owner of a file that this process has just made: its effective user. */
  private static Object ourselves() throws IOException {
    Path probe = Files.createTempFile("p2pd-", ".probe");
    try {
      return Files.getOwner(probe);
    } finally {
      Files.delete(probe);
    }
  }

  private static boolean isPosix(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
