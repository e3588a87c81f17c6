package org.p2pd.launcher;

import java.util.logging.LogManager;

/**
 * A log manager that goes on logging while the process shuts down.
 *
 * <p>The JDK's own closes all handlers from a shutdown hook, at the same time as ours drains the
 * node: what a stopping node says would be lost. Standard error needs no closing.
 */
public final class PatientLogManager extends LogManager {

  private static final String CLEANER = "java.util.logging.LogManager$Cleaner";

  /** Made by the JDK, by name. */
  public PatientLogManager() {}

  @Override
  public void reset() {
    if (!Thread.currentThread().getClass().getName().equals(CLEANER)) {
      super.reset();
    }
  }
}
