package org.p2pd.publish;

import java.nio.file.Path;

/** The names that Linux gives to this process's open files. */
final class Descriptors {

  static final Path DIRECTORY = Path.of("/proc/self/fd");

  private Descriptors() {}

  /** Leads to what is open, whatever became of the name by which it was opened. */
  static Path nameOf(int descriptor) {
    return DIRECTORY.resolve(Integer.toString(descriptor));
  }
}
