package org.p2pd.e2e.lab;

import java.util.concurrent.Callable;

/** Processes that run beside a test, none of which is left behind. */
final class Processes {

  private Processes() {}

  /** What the rest of a start makes of a process; when that fails, the process is ended. */
  static <T> T orEnd(Process started, Callable<T> rest) throws Exception {
    try {
      return rest.call();
    } catch (Throwable e) {
      try {
        end(started);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt(); // it was told to end all the same
      }
      throw e;
    }
  }

  /** Ends it at once, and all that it started. */
  static void end(Process process) throws InterruptedException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().waitFor();
  }
}
