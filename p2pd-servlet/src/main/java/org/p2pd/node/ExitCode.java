package org.p2pd.node;

/** How the process ends. */
public enum ExitCode {
  /** Done, or drained after SIGTERM. */
  OK(0),
  /** Something failed that has no code of its own. */
  FAILED(1),
  /** An option is unknown, malformed, contradictory or not yet available. */
  USAGE(2),
  /** A directory or file is missing, may not be used, or is another process's. */
  CANNOT_START(3),
  /** The port is taken, or may not be bound. */
  PORT(4),
  /** No running node answers there. */
  NOT_RUNNING(5);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
