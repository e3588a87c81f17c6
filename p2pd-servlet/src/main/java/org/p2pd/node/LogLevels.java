package org.p2pd.node;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/** What is logged, unless a logging.properties says it. */
final class LogLevels {

  // Held here: the JDK forgets the level of a logger that no one holds.
  private static final Logger OWN = Logger.getLogger("org.p2pd");
  private static final List<Logger> LIBRARIES =
      Stream.of("org.apache", "com.github", "io.micrometer").map(Logger::getLogger).toList();

  private LogLevels() {}

  static void set(boolean debug) {
    if (System.getProperty("java.util.logging.config.file") != null) {
      return;
    }
    OWN.setLevel(debug ? Level.FINE : Level.INFO);
    LIBRARIES.forEach(library -> library.setLevel(debug ? Level.INFO : Level.WARNING));
  }
}
