package org.p2pd.launcher;

import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Sends the log to standard error, a line a record, unless the user configured it otherwise. */
final class Logging {

  private static final String MANAGER = "java.util.logging.manager";

  private Logging() {}

  /** Called once, before anything logs. */
  static void install() {
    if (System.getProperty(MANAGER) == null) {
      System.setProperty(MANAGER, PatientLogManager.class.getName());
    }
    if (System.getProperty("java.util.logging.config.file") != null
        || System.getProperty("java.util.logging.config.class") != null) {
      return;
    }
    // Otherwise Tomcat's log gives the console's handler the JDK's formatter of two lines.
    System.setProperty("org.apache.juli.formatter", LineFormatter.class.getName());
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    Handler stderr = new ConsoleHandler();
    stderr.setLevel(Level.ALL);
    stderr.setFormatter(new LineFormatter());
    root.addHandler(stderr);
  }
}
