package org.p2pd.node.options;

/** The options are not usable; the message is one sentence or two that say what to do. */
public final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String command;

  UsageException(String message) {
    super(message);
    this.command = "p2pd";
  }

  UsageException(String message, Throwable cause) {
    this(message, "p2pd", cause);
  }

  UsageException(String message, String command, Throwable cause) {
    super(message, cause);
    this.command = command;
  }

  /** The command whose help says more, such as {@code p2pd status}. */
  public String command() {
    return command;
  }
}
