package org.p2pd.publish;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.p2pd.model.Title;

/** Names of files as they can be pasted into a shell and printed in a log without harm. */
final class ShellText {

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_/.,:+=@%-]+");

  private ShellText() {}

  /** A path by its bytes, quoted: {@code '/a/b c.mp4'} or, with odd bytes, {@code $'/a/\xff'}. */
  static String quote(byte[] path) {
    String text = new String(path, StandardCharsets.UTF_8);
    boolean printable =
        text.indexOf('\uFFFD') < 0 && text.codePoints().noneMatch(Character::isISOControl);
    if (printable) {
      return "'" + text.replace("'", "'\\''") + "'";
    }
    StringBuilder quoted = new StringBuilder("$'");
    for (byte b : path) {
      if (b >= ' ' && b < 127 && b != '\'' && b != '\\') {
        quoted.append((char) b);
      } else {
        quoted.append(String.format("\\x%02x", b & 0xFF));
      }
    }
    return quoted.append("'").toString();
  }

  /** A path as it is where a shell takes it for one word, else quoted. */
  static String word(Path path) {
    String text = path.toString();
    return PLAIN.matcher(text).matches() ? text : quote(PublicTree.bytes(path));
  }

  /** The file of a title below that directory, quoted. */
  static String quote(Path directory, Title title) {
    return quote((directory + title.path()).getBytes(StandardCharsets.UTF_8));
  }
}
