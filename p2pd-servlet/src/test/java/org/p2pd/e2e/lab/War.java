package org.p2pd.e2e.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The artefact under test. */
public final class War {

  /** The system property that names it; without it the place where Maven puts it. */
  public static final String PROPERTY = "p2pd.war";

  private static final List<String> USUAL_PLACES =
      List.of("target/p2pd.war", "p2pd-servlet/target/p2pd.war");

  private War() {}

  /** The war's absolute path. Fails if it was not built. */
  public static Path path() {
    String named = System.getProperty(PROPERTY, "");
    List<String> places = named.isEmpty() ? USUAL_PLACES : List.of(named);
    return places.stream()
        .map(Path::of)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "no war at " + places + ": build it with mvn package, or set -D" + PROPERTY))
        .toAbsolutePath();
  }
}
