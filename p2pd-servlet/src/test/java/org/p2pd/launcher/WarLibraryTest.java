package org.p2pd.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarLibraryTest {

  @TempDir Path directory;

  private Path war;
  private UnpackPlaces places;

  @BeforeEach
  void makeWar() throws IOException {
    war =
        zip(
            "p2pd.war",
            Map.of(
                "WEB-INF/lib/a.jar", jar("in-lib"),
                "WEB-INF/lib-provided/b.jar", jar("in-provided"),
                "WEB-INF/classes/in-classes", bytes("classes"),
                "WEB-INF/web.xml", bytes("<web-app/>"),
                "org/p2pd/launcher/Main.class", bytes("root")));
    places = new UnpackPlaces(List.of(directory.resolve("cache")));
  }

  private Path zip(String name, Map<String, byte[]> entries) throws IOException {
    return Files.write(directory.resolve(name), zip(entries));
  }

  private static byte[] jar(String entry) throws IOException {
    return zip(Map.of(entry, bytes(entry)));
  }

  private static byte[] zip(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private WarLibrary library() {
    return new WarLibrary(war, places);
  }

  private List<Path> unpacked() throws IOException {
    try (Stream<Path> all = Files.list(directory.resolve("cache"))) {
      return all.toList();
    }
  }

  @Test
  void oneLoaderSeesClassesAndBothKindsOfJars() throws IOException {
    try (URLClassLoader loader = library().classLoader()) {
      for (String name : List.of("in-lib", "in-provided", "in-classes")) {
        try (InputStream in = loader.getResourceAsStream(name)) {
          assertThat(in).as(name).isNotNull();
        }
      }
      assertThat(loader.getResource("WEB-INF/web.xml")).isNull();
    }
  }

  @Test
  void unpacksOnce() throws IOException {
    Path first = library().directory();
    Path marker = Files.createFile(first.resolve("marker"));

    assertThat(library().directory()).isEqualTo(first);
    assertThat(marker).exists();
    assertThat(unpacked()).containsExactly(first);
  }

  @Test
  void anotherWarGoesElsewhere() throws IOException {
    Path first = library().directory();
    war = zip("p2pd.war", Map.of("WEB-INF/lib/a.jar", jar("newer")));

    assertThat(library().directory()).isNotEqualTo(first);
    assertThat(first).exists();
  }

  @Test
  void aWarThatDiffersInOneByteGoesElsewhere() throws IOException {
    war = zip("p2pd.war", Map.of("WEB-INF/classes/a", bytes("one")));
    Path first = library().directory();
    war = zip("p2pd.war", Map.of("WEB-INF/classes/a", bytes("two")));

    assertThat(library().directory()).isNotEqualTo(first);
  }

  @Test
  void whatWasSweptAwayIsUnpackedBesideIt() throws IOException {
    Path first = library().directory();
    Files.delete(first.resolve("WEB-INF/lib/a.jar"));

    Path second = library().directory();

    assertThat(second).isNotEqualTo(first);
    assertThat(second.resolve("WEB-INF/lib/a.jar")).exists();
    assertThat(first.resolve("WEB-INF/lib-provided/b.jar")).as("may be in use").exists();
    assertThat(library().directory()).isEqualTo(second);
  }

  @Test
  void aTruncatedJarIsNotUsed() throws IOException {
    Path first = library().directory();
    Files.write(first.resolve("WEB-INF/lib/a.jar"), new byte[3]);

    assertThat(library().directory()).isNotEqualTo(first);
  }

  @Test
  void thoseWhoStartTogetherAgree() throws Exception {
    ExecutorService starters = Executors.newFixedThreadPool(8);
    try {
      Callable<Path> start = () -> library().directory();
      List<Future<Path>> starts = starters.invokeAll(java.util.Collections.nCopies(16, start));

      Path agreed = starts.get(0).get();
      for (Future<Path> one : starts) {
        assertThat(one.get()).isEqualTo(agreed);
      }
      assertThat(unpacked()).containsExactly(agreed);
    } finally {
      starters.shutdownNow();
    }
  }

  @Test
  void aHalfUnpackedDirectoryOfADeadProcessDoesNotMatter() throws IOException {
    Path place = Files.createDirectories(directory.resolve("cache"));
    Files.createDirectory(place.resolve("unpacking-123"));

    assertThat(library().directory().resolve("WEB-INF/lib/a.jar")).exists();
  }

  @Test
  void anEntryThatPointsOutsideIsRefused() throws IOException {
    war = zip("p2pd.war", Map.of("WEB-INF/classes/../../../evil", bytes("x")));

    assertThatIOException()
        .isThrownBy(() -> library().directory())
        .withMessageContaining("a file outside itself");
    assertThat(directory.resolve("evil")).doesNotExist();
    assertThat(unpacked()).isEmpty();
  }

  @Test
  void aWarWithoutLibrariesIsNotOurs() throws IOException {
    war = zip("p2pd.war", Map.of("index.html", bytes("hello")));

    assertThatIOException()
        .isThrownBy(() -> library().directory())
        .withMessageContaining("it is not the p2pd.war");
  }
}
