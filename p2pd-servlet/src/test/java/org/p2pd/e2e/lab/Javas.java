package org.p2pd.e2e.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The Javas of this machine: the one that runs the tests, those in {@code /usr/lib/jvm}, and those
 * that the environment variable {@code TEST_JAVA_HOMES} names (separated by colons).
 */
public final class Javas {

  private static final Path USUAL_PLACE = Path.of("/usr/lib/jvm");
  private static final int OLDEST = 17;
  private static final int YEARS_APART = 4;
  private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"(\\d+)");

  private Javas() {}

  /**
   * One of them.
   *
   * @param feature its version, such as 17
   */
  public record Java(int feature, Path home) {

    public Path program(String name) {
      return home.resolve("bin").resolve(name);
    }

    @Override
    public String toString() {
      return "Java " + feature;
    }
  }

  /** The oldest that p2pd takes; where there is none, what the tests themselves run on. */
  public static Java oldest() {
    return find(OLDEST)
        .orElse(new Java(Runtime.version().feature(), Path.of(System.getProperty("java.home"))));
  }

  /** The newest with long-term support, where the machine has one newer than the oldest. */
  public static Optional<Java> newestLongTerm() {
    return all().stream()
        .filter(java -> java.feature > OLDEST && (java.feature - OLDEST) % YEARS_APART == 0)
        .max(Comparator.comparingInt(Java::feature));
  }

  private static Optional<Java> find(int feature) {
    return all().stream().filter(java -> java.feature == feature).findFirst();
  }

  private static List<Java> all() {
    List<Path> homes = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"))));
    for (String home : System.getenv().getOrDefault("TEST_JAVA_HOMES", "").split(":", -1)) {
      if (!home.isEmpty()) {
        homes.add(Path.of(home));
      }
    }
    if (Files.isDirectory(USUAL_PLACE)) {
      try (Stream<Path> installed = Files.list(USUAL_PLACE)) {
        installed.sorted().forEach(homes::add);
      } catch (IOException e) {
        throw new UncheckedIOException(USUAL_PLACE.toString(), e);
      }
    }
    List<Java> javas = new ArrayList<>();
    for (Path home : homes) {
      feature(home).ifPresent(feature -> javas.add(new Java(feature, home)));
    }
    return javas;
  }

  private static OptionalInt feature(Path home) {
    Path release = home.resolve("release");
    if (!Files.isExecutable(home.resolve("bin/jcmd")) || !Files.isReadable(release)) {
      return OptionalInt.empty();
    }
    try {
      Matcher version = VERSION.matcher(Files.readString(release));
      return version.find()
          ? OptionalInt.of(Integer.parseInt(version.group(1)))
          : OptionalInt.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(release.toString(), e);
    }
  }
}
