package org.p2pd.node;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * The container's threads that are in this application, answering requests.
 *
 * <p>A container takes an application away without waiting for callbacks of asynchronous requests
 * that it has just begun. Such a thread would need classes that nobody gives any more, and Tomcat
 * logs that it may have leaked the application.
 */
final class RequestThreads {

  private static final long LOOK_NANOS = Duration.ofMillis(10).toNanos();

  private RequestThreads() {}

  /** Waits until all but the calling one have left, within the bound; then Tomcat tells of them. */
  static void awaitLeaving(Duration bound) {
    ClassLoader ours = RequestThreads.class.getClassLoader();
    long start = System.nanoTime();
    while (isAnyIn(ours) && System.nanoTime() - start < bound.toNanos()) {
      // A thread that leaves tells no one, so it has to be looked at.
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** Containers give a thread the loader of the application that it is in, and take it again. */
  private static boolean isAnyIn(ClassLoader application) {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(
            thread ->
                thread != Thread.currentThread() && thread.getContextClassLoader() == application);
  }
}
