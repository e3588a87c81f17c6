package org.p2pd.node.options.manual;

import java.util.Locale;

/** Words of a manual page in roff, with the man macros; what is given as text shows as it is. */
final class Roff {

  private Roff() {}

  /** Text that shows as it is, on one line of roff. */
  static String text(String plain) {
    StringBuilder roff = new StringBuilder(plain.length() + 16);
    plain.strip().replaceAll("\\s+", " ").codePoints().forEach(c -> append(roff, c));
    // A dot or an apostrophe at a line's beginning would be a request.
    return roff.length() > 0 && (roff.charAt(0) == '.' || roff.charAt(0) == '\'')
        ? "\\&" + roff
        : roff.toString();
  }

  private static void append(StringBuilder roff, int c) {
    switch (c) {
      case '\\' -> roff.append("\\e");
      // The plain ones are hyphen, quotes and accents to a typesetter; options are to be copied.
      case '-' -> roff.append("\\-");
      case '`' -> roff.append("\\(ga");
      case '^' -> roff.append("\\(ha");
      case '~' -> roff.append("\\(ti");
      case '\'' -> roff.append("\\(aq");
      case '"' -> roff.append("\\(dq");
      default -> {
        if (c < 0x80) {
          roff.appendCodePoint(c);
        } else {
          roff.append(String.format(Locale.ROOT, "\\[u%04X]", c));
        }
      }
    }
  }

  static String bold(String plain) {
    return "\\fB" + text(plain) + "\\fR";
  }

  static String italic(String plain) {
    return "\\fI" + text(plain) + "\\fR";
  }

  static String subsection(String heading) {
    return ".SS \"" + text(heading) + "\"\n";
  }

  /**
   * A tagged paragraph.
   *
   * @param tag roff
   */
  static String tagged(String tag, String plain) {
    return ".TP\n" + tag + "\n" + text(plain) + "\n";
  }

  static String paragraph(String plain) {
    return ".PP\n" + text(plain) + "\n";
  }
}
