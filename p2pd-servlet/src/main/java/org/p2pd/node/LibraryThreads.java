package org.p2pd.node;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what our libraries leave running when the node is closed: JNA's cleaner, which waits for
 * garbage that never comes as long as it keeps the application's class loader itself. It takes an
 * interrupt as its end. Of no concern to a process of its own.
 *
 * <p>What JNA does when its classes are collected needs a class that was not needed before; by then
 * the container gives no classes any more, and complains.
 */
final class LibraryThreads {

  private static final Logger log = LoggerFactory.getLogger(LibraryThreads.class);
  private static final String JNA = "com.sun.jna.";
  private static final String NEEDED_AT_THE_END = JNA + "Memory";
  private static final long END_MILLIS = 5_000;

  private LibraryThreads() {}

  /** Ends those that were started by this application, not those of another. */
  static void end() {
    loadWhatTheEndNeeds();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      Class<?> kind = thread.getClass();
      if (kind.getName().startsWith(JNA)
          && kind.getClassLoader() == LibraryThreads.class.getClassLoader()) {
        end(thread);
      }
    }
  }

  private static void loadWhatTheEndNeeds() {
    try {
      Class.forName(NEEDED_AT_THE_END, true, LibraryThreads.class.getClassLoader());
    } catch (ClassNotFoundException | LinkageError e) {
      log.debug("JNA is another one than expected, or cannot be used here", e);
    }
  }

  private static void end(Thread thread) {
    thread.interrupt();
    try {
      thread.join(END_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      log.warn("the thread {} does not end; the container cannot free this application", thread);
    }
  }
}
