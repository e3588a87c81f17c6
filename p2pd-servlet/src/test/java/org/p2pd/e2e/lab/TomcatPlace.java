package org.p2pd.e2e.lab;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Where one foreign Tomcat lives: its base directory as an administrator sees it, and how it is
 * started there.
 */
interface TomcatPlace {

  /** The directory with {@code server.xml}. */
  Path conf();

  /** Where applications' context descriptors are put. */
  default Path descriptors() {
    return conf().resolve("Catalina").resolve("localhost");
  }

  Path webapps();

  /** Under which name the Tomcat sees that file of ours. */
  Path seen(Path file);

  /** Lets the Tomcat write to a directory of ours. */
  void open(Path directory);

  /** The command that becomes the Tomcat's process. */
  List<String> command();

  Map<String, String> environment();

  /** What goes before a program that is to see what the Tomcat sees. */
  List<String> beside(long pid);
}
