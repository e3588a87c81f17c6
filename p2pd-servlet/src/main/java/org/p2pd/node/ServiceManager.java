package org.p2pd.node;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd, if it started this process and waits for that (<code>Type=notify</code>), that the
 * node serves: {@code systemctl start} then returns when viewers can come, and fails when they
 * cannot.
 */
final class ServiceManager {

  private static final Logger log = LoggerFactory.getLogger(ServiceManager.class);

  /** Where systemd listens, in the environment; see sd_notify(3). */
  private static final String SOCKET = "NOTIFY_SOCKET";

  private static final long ANSWER_SECONDS = 30;

  private ServiceManager() {}

  static void tellReady(Map<String, String> environment) {
    if (!environment.containsKey(SOCKET)) {
      return;
    }
    try {
      // Java has no sockets of that kind; the program returns when systemd has heard it.
      Process notify = new ProcessBuilder("systemd-notify", "--ready").inheritIO().start();
      if (!notify.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS) || notify.exitValue() != 0) {
        log.warn("systemd could not be told that this node serves, and may end it");
      }
    } catch (IOException e) {
      log.warn("systemd cannot be told that this node serves, and may end it", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
