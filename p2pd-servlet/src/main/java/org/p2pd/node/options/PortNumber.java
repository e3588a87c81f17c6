package org.p2pd.node.options;

import java.util.Optional;

/** Port numbers as text. */
final class PortNumber {

  private static final int MAX = 65_535;

  private PortNumber() {}

  /** The port, if the text is a number from {@code least} to 65535 in at most five digits. */
  static Optional<Integer> parse(String text, int least) {
    if (text.isEmpty() || text.length() > 5 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Optional.empty();
    }
    int port = Integer.parseInt(text);
    return port < least || port > MAX ? Optional.empty() : Optional.of(port);
  }
}
