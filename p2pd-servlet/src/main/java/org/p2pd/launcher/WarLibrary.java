package org.p2pd.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The war's classes and libraries, unpacked to a directory named by a digest over their names,
 * lengths and checksums. (One over all of the war's bytes took a quarter of a node's start: so
 * early in its life the JVM has not compiled SHA-256 yet.)
 *
 * <p>Unpacking goes to a directory of its own that is renamed when it is complete: processes that
 * start at the same time, or die half-way, never see part of it. What is there is compared with the
 * war by name and size at each start (temporary directories are swept by age), and unpacked anew if
 * anything is missing.
 */
final class WarLibrary {

  private static final String CLASSES = "WEB-INF/classes/";
  private static final List<String> JAR_DIRECTORIES =
      List.of("WEB-INF/lib/", "WEB-INF/lib-provided/");

  private final Path war;
  private final UnpackPlaces places;

  WarLibrary(Path war, UnpackPlaces places) {
    this.war = war;
    this.places = places;
  }

  /** One class loader over everything; its parent sees only the JDK and the launcher. */
  URLClassLoader classLoader() throws IOException {
    return new URLClassLoader("p2pd", urls(directory()), WarLibrary.class.getClassLoader());
  }

  /** The complete, unpacked directory. */
  Path directory() throws IOException {
    try (ZipFile zip = new ZipFile(war.toFile())) {
      List<ZipEntry> wanted = wantedEntries(zip);
      Path place = places.choose();
      String digest = digest(wanted);
      Path first = firstUsable(place, digest, wanted);
      if (Files.exists(first)) {
        return first;
      }
      Path fresh = Files.createTempDirectory(place, "unpacking-");
      try {
        for (ZipEntry entry : wanted) {
          unpack(zip, entry, fresh);
        }
        return install(fresh, place, digest, wanted);
      } finally {
        deleteTree(fresh);
      }
    }
  }

  /**
   * The first directory of that digest that is complete, or does not exist yet. A damaged one is
   * passed over and never mended: another process may run from what is left of it.
   */
  private static Path firstUsable(Path place, String digest, List<ZipEntry> wanted)
      throws IOException {
    Path directory = place.resolve(digest);
    for (int i = 1; Files.exists(directory) && !isComplete(directory, wanted); i++) {
      directory = place.resolve(digest + "-" + i);
    }
    return directory;
  }

  private static List<ZipEntry> wantedEntries(ZipFile zip) throws IOException {
    List<ZipEntry> wanted = new ArrayList<>();
    for (ZipEntry entry : zip.stream().map(ZipEntry.class::cast).toList()) {
      if (!entry.isDirectory() && isWanted(entry.getName())) {
        wanted.add(entry);
      }
    }
    if (wanted.isEmpty()) {
      throw new IOException(zip.getName() + " has no WEB-INF/lib: it is not the p2pd.war");
    }
    return wanted;
  }

  private static boolean isWanted(String name) {
    return name.startsWith(CLASSES)
        || JAR_DIRECTORIES.stream().anyMatch(d -> name.startsWith(d) && name.endsWith(".jar"));
  }

  private static boolean isComplete(Path directory, List<ZipEntry> wanted) throws IOException {
    for (ZipEntry entry : wanted) {
      Path file = directory.resolve(entry.getName());
      if (!Files.isRegularFile(file) || Files.size(file) != entry.getSize()) {
        return false;
      }
    }
    return true;
  }

  private static void unpack(ZipFile zip, ZipEntry entry, Path root) throws IOException {
    Path file = root.resolve(entry.getName()).normalize();
    if (!file.startsWith(root)) {
      throw new IOException(zip.getName() + " holds a file outside itself: " + entry.getName());
    }
    Files.createDirectories(file.getParent());
    try (InputStream in = zip.getInputStream(entry)) {
      Files.copy(in, file);
    }
  }

  /** Puts the fresh directory in place; if another process was faster, its one is as good. */
  private static Path install(Path fresh, Path place, String digest, List<ZipEntry> wanted)
      throws IOException {
    Path directory = firstUsable(place, digest, wanted);
    if (Files.exists(directory)) {
      return directory;
    }
    try {
      return Files.move(fresh, directory, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      if (isComplete(directory, wanted)) {
        return directory;
      }
      throw e;
    }
  }

  private static URL[] urls(Path directory) throws IOException {
    List<URL> urls = new ArrayList<>();
    urls.add(url(directory.resolve(CLASSES)));
    for (String jars : JAR_DIRECTORIES) {
      if (!Files.isDirectory(directory.resolve(jars))) {
        continue;
      }
      try (Stream<Path> files = Files.list(directory.resolve(jars))) {
        for (Path jar : files.sorted().toList()) {
          urls.add(url(jar));
        }
      }
    }
    return urls.toArray(URL[]::new);
  }

  private static URL url(Path path) throws MalformedURLException {
    return path.toUri().toURL();
  }

  private static String digest(List<ZipEntry> wanted) {
    StringBuilder contents = new StringBuilder();
    for (ZipEntry entry : wanted) {
      contents.append(entry.getName()).append('\0');
      contents.append(entry.getSize()).append(' ').append(entry.getCrc()).append('\n');
    }
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha256.digest(contents.toString().getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime lacks SHA-256", e);
    }
  }

  private static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
