package org.p2pd.node;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where names that an owner gave really lead. */
final class RealPath {

  private RealPath() {}

  /** Where it really lies or would lie. */
  static Path of(Path directory) {
    Path absolute = directory.toAbsolutePath().normalize();
    for (@Nullable Path there = absolute; there != null; there = there.getParent()) {
      try {
        return there.toRealPath().resolve(there.relativize(absolute));
      } catch (IOException e) {
        // Missing: where its parent lies is known.
      }
    }
    return absolute;
  }
}
