package org.p2pd.node.options;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Splits options written as text into arguments: by white space, with {@code '…'} and {@code "…"}
 * around what holds some, a backslash before a character that is meant literally, and {@code #} at
 * the start of a word for a comment up to the end of the line.
 */
final class OptionText {

  private final String text;
  private final String origin;
  private final List<String> arguments = new ArrayList<>();
  private @Nullable StringBuilder word;
  private int position;

  private OptionText(String text, String origin) {
    this.text = text;
    this.origin = origin;
  }

  /**
   * @param origin where the text comes from, for messages
   */
  static List<String> split(String text, String origin) throws UsageException {
    return new OptionText(text, origin).split();
  }

  private List<String> split() throws UsageException {
    while (position < text.length()) {
      char c = text.charAt(position++);
      if (Character.isWhitespace(c)) {
        endWord();
      } else if (c == '#' && word == null) {
        skipLine();
      } else if (c == '\'' || c == '"') {
        quoted(c);
      } else {
        word().append(c == '\\' ? escaped() : c);
      }
    }
    endWord();
    return List.copyOf(arguments);
  }

  private void quoted(char quote) throws UsageException {
    int start = position;
    StringBuilder inside = word();
    while (position < text.length()) {
      char c = text.charAt(position++);
      if (c == quote) {
        return;
      }
      inside.append(c == '\\' && quote == '"' ? escaped() : c);
    }
    throw new UsageException(
        origin + ": the quote before \"" + excerpt(start) + "\" is never closed; close it");
  }

  private char escaped() throws UsageException {
    if (position == text.length()) {
      throw new UsageException(origin + " ends with a backslash; take it away or write \\\\");
    }
    return text.charAt(position++);
  }

  private void skipLine() {
    while (position < text.length() && text.charAt(position) != '\n') {
      position++;
    }
  }

  private StringBuilder word() {
    if (word == null) {
      word = new StringBuilder();
    }
    return word;
  }

  private void endWord() {
    if (word != null) {
      arguments.add(word.toString());
      word = null;
    }
  }

  private String excerpt(int start) {
    return text.substring(start, Math.min(text.length(), start + 20))
        .lines()
        .findFirst()
        .orElse("");
  }
}
