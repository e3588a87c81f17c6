package org.p2pd.pages;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.p2pd.http.RequestTarget;

/**
 * Which part of the list is asked for: {@code after=TEXT&max=NUMBER}, both optional.
 *
 * @param after only names behind this text
 * @param max 1 to {@link #MOST}
 */
record ListingQuery(String after, int max) {

  /** So many titles in one answer, at most: some 200 KiB. */
  static final int MOST = 1_000;

  static final int USUAL = 200;

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

  /** What cannot be read, and why. */
  static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException(String why) {
      super(why);
    }

    String why() {
      return String.valueOf(getMessage());
    }
  }

  /** Reads an undecoded query; other parameters are ignored. */
  static ListingQuery parse(String query) throws MalformedException {
    String after = "";
    int max = USUAL;
    for (String pair : query.split("&", -1)) {
      if (pair.startsWith("after=")) {
        after = decoded(pair.substring("after=".length()));
      } else if (pair.startsWith("max=")) {
        max = number(pair.substring("max=".length()));
      }
    }
    return new ListingQuery(after, max);
  }

  private static String decoded(String value) throws MalformedException {
    if (value.length() > RequestTarget.MAX_CHARACTERS) {
      throw new MalformedException("after is longer than any title");
    }
    try {
      return URLDecoder.decode(value, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new MalformedException("after has a percent sign without two hexadecimal digits");
    }
  }

  private static int number(String value) throws MalformedException {
    int max = NUMBER.matcher(value).matches() ? Integer.parseInt(value) : 0;
    if (max < 1) {
      throw new MalformedException("max is a number from 1 to " + MOST);
    }
    return Math.min(max, MOST);
  }
}
