package org.p2pd.node;

import org.jspecify.annotations.Nullable;

/** The node or command ends here; the message says why and what to do. */
final class NodeFailure extends Exception {

  private static final long serialVersionUID = 1L;

  private final ExitCode exitCode;

  NodeFailure(ExitCode exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  NodeFailure(ExitCode exitCode, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  ExitCode exitCode() {
    return exitCode;
  }
}
