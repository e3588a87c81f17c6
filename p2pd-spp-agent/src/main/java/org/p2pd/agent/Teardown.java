package org.p2pd.agent;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a node apart in the reverse order of its assembly, whatever goes wrong on the way. Confined
 * to the thread that assembles, then to the one that closes.
 */
final class Teardown implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Teardown.class);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  /** Remembers a part that is to be closed before all that were added earlier. */
  <T extends AutoCloseable> T add(T part) {
    parts.push(part);
    return part;
  }

  @Override
  public void close() {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Exception e) {
        // The others have to be closed all the same.
        log.warn("closing {} failed", part, e);
      }
    }
  }
}
