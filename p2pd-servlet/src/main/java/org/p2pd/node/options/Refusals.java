package org.p2pd.node.options;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** What is said of words that are no option: not yet, never, or did you mean. */
final class Refusals {

  /** Options of features that this version does not have. */
  private static final Pattern LATER = Pattern.compile("--tls.*");

  /** Options of the original p2pd's other scenarios. */
  private static final Pattern NEVER = Pattern.compile("-T.*|-Z.*");

  /** How far a word may be from an option to be taken for it, in edits. */
  private static final int MAX_EDITS = 3;

  private Refusals() {}

  static String of(String word, Collection<String> options, Collection<String> commands) {
    String name = word.replaceAll("=.*", "");
    if (LATER.matcher(word).matches()) {
      return name + " is not yet available in this version: leave it away";
    }
    if (NEVER.matcher(word).matches()) {
      return name.substring(0, 2)
          + " (playlists that point to SPP URLs, which HTTP viewers cannot open) belongs to the"
          + " original's other scenarios: leave it away";
    }
    if (word.startsWith("-")) {
      return "unknown option " + name + nearest(name, options);
    }
    if (commands.isEmpty()) {
      return "'" + word + "' belongs to no option";
    }
    String meant = nearest(word, commands);
    return "'"
        + word
        + "' is no option and no command"
        + (meant.isEmpty() ? "; a name with spaces needs quotes around it: '/my films'" : meant);
  }

  private static String nearest(String word, Collection<String> known) {
    Optional<String> nearest =
        known.stream()
            .filter(candidate -> isShort(candidate) == isShort(word))
            .min(Comparator.comparingInt(candidate -> edits(word, candidate)));
    return nearest
        .filter(candidate -> edits(word, candidate) <= Math.min(MAX_EDITS, (word.length() - 1) / 2))
        .map(candidate -> "; did you mean " + candidate + "?")
        .orElse("");
  }

  private static boolean isShort(String word) {
    return word.length() == 2;
  }

  /** Levenshtein's distance, without regard to case. */
  private static int edits(String a, String b) {
    String from = a.toLowerCase(Locale.ROOT);
    String to = b.toLowerCase(Locale.ROOT);
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int substituted = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
