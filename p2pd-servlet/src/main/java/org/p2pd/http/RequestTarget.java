package org.p2pd.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Optional;
import org.p2pd.model.Title;

/**
 * What the path of a request names. It is read from the undecoded path, without the context path,
 * and decoded exactly once, here: the container's own idea of the path (parameters cut off, dot
 * segments resolved, slashes merged) never takes part in the choice of a title.
 *
 * <p>A semicolon and what follows it is part of the name, a plus sign is a plus sign, and so is a
 * backslash that is written as {@code %5C}.
 */
public sealed interface RequestTarget {

  /** The path is the name of a title, published or not. */
  record Named(Title title) implements RequestTarget {}

  /**
   * The path of a directory, {@code /} included: no title can have this name.
   *
   * @param index the title that is served there if it is published
   */
  record Directory(Title index) implements RequestTarget {}

  /** A resource of p2pd itself, below one of {@link #OWN}. */
  record Own() implements RequestTarget {}

  /** No title can have this name: it is the business of whoever comes next in the chain. */
  record Foreign() implements RequestTarget {}

  /** No well-behaved client asks for this, and it must not reach another path. */
  record Malformed(String why) implements RequestTarget {}

  /** Where SPP lives. */
  String SPP = "/.spp/";

  /** Where health, status and metrics live. */
  String ADMIN = "/.p2pd/";

  /** Where the player pages live; {@code /.play/movie.mp4} is the page of {@code /movie.mp4}. */
  String PLAY = "/.play/";

  /** Written so by hand: leads to {@link #PLAY}. */
  String PLAY_WITHOUT_SLASH = "/.play";

  /** Where the pages' parts live, and the list of titles. */
  String WEB = "/.web/";

  /** The directories of p2pd itself. */
  List<String> OWN = List.of(SPP, ADMIN, PLAY, WEB);

  /** The name of the page that stands for its directory. */
  String INDEX = "index.html";

  /** The longest path looked at: every byte of the longest title written as three characters. */
  int MAX_CHARACTERS = 3 * Title.MAX_BYTES;

  /** Reads the undecoded path of a request. */
  static RequestTarget parse(String rawPath) {
    if (isOwn(rawPath) || rawPath.equals(PLAY_WITHOUT_SLASH)) {
      return hasDotSegment(rawPath) ? new Malformed("dot segment") : new Own();
    }
    if (isOwn(rawPath + "/")) {
      return new Malformed("a directory of p2pd's own, whose name ends with a slash");
    }
    if (rawPath.length() > MAX_CHARACTERS) {
      return new Foreign();
    }
    ByteArrayOutputStream utf8 = new ByteArrayOutputStream(rawPath.length());
    for (int i = 0; i < rawPath.length(); i++) {
      char c = rawPath.charAt(i);
      if (c <= ' ' || c >= 0x7f) {
        return new Malformed("a character that is not written as %XX"); // RFC 3986 2
      }
      if (c == '\\') {
        return new Malformed("a backslash that is not written as %5C"); // browsers take it for /
      }
      if (c != '%') {
        utf8.write(c);
        continue;
      }
      int high = i + 2 < rawPath.length() ? Character.digit(rawPath.charAt(i + 1), 16) : -1;
      int low = i + 2 < rawPath.length() ? Character.digit(rawPath.charAt(i + 2), 16) : -1;
      if (high < 0 || low < 0) {
        return new Malformed("a % without two hexadecimal digits"); // RFC 3986 2.1
      }
      int decoded = 16 * high + low;
      if (decoded == 0 || decoded == '/') {
        return new Malformed("an encoded NUL or slash");
      }
      utf8.write(decoded);
      i += 2;
    }
    return ofDecoded(utf8.toByteArray());
  }

  private static RequestTarget ofDecoded(byte[] utf8) {
    Optional<Title> title = Title.ofUtf8(utf8);
    if (title.isPresent()) {
      return new Named(title.get());
    }
    // Every byte becomes one character: enough to look at slashes and dots.
    String path = new String(utf8, ISO_8859_1);
    if (hasDotSegment(path)) {
      return new Malformed("dot segment");
    }
    if (isOwn(path + "/")) {
      return new Malformed("a name of p2pd's own that is not written as it is");
    }
    if (!isUtf8(utf8)) {
      return new Malformed("not UTF-8");
    }
    return path.endsWith("/")
        ? Title.of(new String(utf8, UTF_8) + INDEX)
            .<RequestTarget>map(Directory::new)
            .orElseGet(Foreign::new)
        : new Foreign();
  }

  private static boolean isOwn(String path) {
    return OWN.stream().anyMatch(path::startsWith);
  }

  private static boolean hasDotSegment(String path) {
    String delimited = path + "/";
    return delimited.contains("/./") || delimited.contains("/../");
  }

  private static boolean isUtf8(byte[] bytes) {
    return com.google.common.base.Utf8.isWellFormed(bytes);
  }
}
