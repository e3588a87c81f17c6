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

  /** Lets the Tomcat, which is not started yet, see a file or a directory of ours. */
  void show(Path ours);

  /** The same, and lets it write there. */
  void open(Path directory);

  /** Under which name the Tomcat sees what it was shown, or what lies in it. */
  Path seen(Path ours);

  /** The command that becomes the Tomcat's process. */
  List<String> command();

  Map<String, String> environment();

  /** What goes before a program that is to see what the Tomcat sees. */
  List<String> beside(long pid);
}
