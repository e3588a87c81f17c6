package org.p2pd.node;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is mounted where in this process's view of the file system, as Linux tells it. */
final class MountTable {

  private static final int MOUNT_POINT = 4;
  private static final int OPTIONS = 5;
  private static final Pattern ESCAPED = Pattern.compile("\\\\([0-7]{3})");

  private final List<String> lines;

  /**
   * @param mountinfo {@code /proc/self/mountinfo}, proc(5); later lines lie over earlier ones
   */
  MountTable(String mountinfo) {
    this.lines = mountinfo.lines().toList();
  }

  /**
   * Whether that place is read-only in this process's view alone: the file system itself can be
   * written.
   *
   * @param path absolute, without symbolic links
   */
  boolean isReadOnlyOnlyHere(Path path) {
    boolean only = false;
    int longest = -1;
    for (String line : lines) {
      String[] fields = line.split(" ", -1);
      int dash = Arrays.asList(fields).indexOf("-");
      if (dash <= OPTIONS || dash + 3 >= fields.length) {
        continue;
      }
      String point = unescaped(fields[MOUNT_POINT]);
      if (isAtOrBelow(path.toString(), point) && point.length() >= longest) {
        longest = point.length();
        only = has(fields[OPTIONS], "ro") && !has(fields[dash + 3], "ro");
      }
    }
    return only;
  }

  /** By their text: under the C locale Java has no paths for other mounts' names. */
  private static boolean isAtOrBelow(String path, String point) {
    return point.equals("/") || path.equals(point) || path.startsWith(point + "/");
  }

  private static boolean has(String options, String option) {
    return Arrays.asList(options.split(",", -1)).contains(option);
  }

  private static String unescaped(String field) {
    Matcher escaped = ESCAPED.matcher(field);
    return escaped.replaceAll(
        m -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(m.group(1), 8))));
  }
}
