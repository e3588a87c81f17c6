package org.p2pd.model;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The name of a published file: its path below the public directory, such as {@code
 * /series/s1/e1.mp4}.
 *
 * <p>Valid UTF-8 of at most 2,000 bytes, taken as it is (no normalisation). It begins with a slash;
 * no segment is empty, {@code .}, {@code ..} or begins with a dot; there is no NUL. A title is
 * decoded: a percent sign in it is a percent sign.
 */
public record Title(String path) implements Comparable<Title> {

  /** The longest title in bytes of UTF-8. */
  public static final int MAX_BYTES = 2_000;

  private static final char REPLACEMENT = '\uFFFD';

  public Title {
    if (!isTitle(path)) {
      throw new IllegalArgumentException("not a title: " + path);
    }
  }

  /** The title of that decoded path, if it is a legal one. */
  public static Optional<Title> of(String path) {
    return isTitle(path) ? Optional.of(new Title(path)) : Optional.empty();
  }

  /** The title whose UTF-8 those bytes are, if they are valid and make a legal one. */
  public static Optional<Title> ofUtf8(byte[] utf8) {
    if (utf8.length > MAX_BYTES) {
      return Optional.empty();
    }
    String path = new String(utf8, StandardCharsets.UTF_8);
    boolean doubtful =
        path.indexOf(REPLACEMENT) >= 0; // stands for what is not valid, or for itself
    return doubtful && !isUtf8(utf8) ? Optional.empty() : of(path);
  }

  private static boolean isUtf8(byte[] bytes) {
    try {
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }

  public byte[] toUtf8() {
    return path.getBytes(StandardCharsets.UTF_8);
  }

  /** The last segment: {@code e1.mp4}. */
  public String fileName() {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static boolean isTitle(String path) {
    if (path.length() < 2 || path.length() > MAX_BYTES || path.charAt(0) != '/') {
      return false;
    }
    int segmentStart = 1;
    for (int i = 1; i <= path.length(); i++) {
      if (i < path.length() && path.charAt(i) != '/') {
        continue;
      }
      if (i == segmentStart || path.charAt(segmentStart) == '.') {
        return false;
      }
      segmentStart = i + 1;
    }
    return path.indexOf('\0') < 0 && isUtf8Within(path);
  }

  /** Whether its UTF-8 exists (a lone surrogate has none) and is short enough. */
  private static boolean isUtf8Within(String path) {
    int bytes = 0;
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < path.length()
          && Character.isLowSurrogate(path.charAt(i + 1))) {
        i++;
        bytes += 4;
      } else if (Character.isSurrogate(c)) {
        return false;
      } else {
        bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
      }
    }
    return bytes <= MAX_BYTES;
  }

  /** By the bytes of the UTF-8, unsigned. */
  @Override
  public int compareTo(Title other) {
    return comparePaths(path, other.path);
  }

  /**
   * The order of titles, for any texts: that of their code points, which is that of the bytes of
   * their UTF-8. It makes no copies.
   */
  public static int comparePaths(String one, String other) {
    int common = Math.min(one.length(), other.length());
    for (int i = 0; i < common; i++) {
      char a = one.charAt(i);
      char b = other.charAt(i);
      if (a != b) {
        return Integer.compare(rank(a), rank(b));
      }
    }
    return Integer.compare(one.length(), other.length());
  }

  /** Surrogates stand for code points beyond all other characters. */
  private static int rank(char c) {
    return Character.isSurrogate(c) ? c + Character.MAX_VALUE : c;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Title title && path.equals(title.path);
  }

  @Override
  public int hashCode() {
    return path.hashCode();
  }

  /** For logs: the path, with what would begin a line or move a terminal's cursor escaped. */
  @Override
  public String toString() {
    if (path.chars().noneMatch(Character::isISOControl)) {
      return path;
    }
    StringBuilder escaped = new StringBuilder();
    path.chars()
        .forEach(
            c ->
                escaped.append(
                    Character.isISOControl(c)
                        ? String.format("\\x%02x", c)
                        : String.valueOf((char) c)));
    return escaped.toString();
  }
}
