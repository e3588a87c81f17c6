package org.p2pd.spp;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The headers of one request or answer that its MAC covers (docs/spp.md section 3.2): every {@code
 * SPP-} header, known or not, except the MAC itself, and the few of HTTP that SPP gives a meaning.
 */
public final class CoveredHeaders {

  private static final String PREFIX = "spp-";
  private static final Set<String> OF_HTTP =
      Set.of(
          SppHeaders.RANGE,
          SppHeaders.CONTENT_RANGE,
          SppHeaders.ETAG,
          SppHeaders.LOCATION,
          SppHeaders.RETRY_AFTER);

  private final SortedMap<String, String> byName = new TreeMap<>();

  private CoveredHeaders() {}

  /**
   * Picks them from all headers, whose names may have any case.
   *
   * @throws MalformedException if one comes twice or is not printable ASCII
   */
  public static CoveredHeaders of(Map<String, List<String>> headers) throws MalformedException {
    CoveredHeaders covered = new CoveredHeaders();
    for (Map.Entry<String, List<String>> header : headers.entrySet()) {
      for (String value : header.getValue()) {
        covered.add(header.getKey(), value);
      }
    }
    return covered;
  }

  /** Picks them from the headers that this node is about to send, which are in order. */
  public static CoveredHeaders ofOwn(Map<String, String> headers) {
    CoveredHeaders covered = new CoveredHeaders();
    try {
      for (Map.Entry<String, String> header : headers.entrySet()) {
        covered.add(header.getKey(), header.getValue());
      }
    } catch (MalformedException e) {
      throw new IllegalArgumentException("this node's own headers: " + headers.keySet(), e);
    }
    return covered;
  }

  private void add(String name, String value) throws MalformedException {
    String lower = name.toLowerCase(Locale.ROOT);
    if (!isCovered(lower)) {
      return;
    }
    String stripped = stripBlanks(value);
    if (!isPrintable(stripped) || !isPrintable(lower)) {
      throw new MalformedException("header " + lower + " is not printable ASCII");
    }
    if (byName.put(lower, stripped) != null) {
      throw new MalformedException("header " + lower + " comes twice");
    }
  }

  private static boolean isCovered(String lowerName) {
    return OF_HTTP.contains(lowerName)
        || (lowerName.startsWith(PREFIX) && !lowerName.equals(SppHeaders.MAC));
  }

  /** Without the blanks and tabs that RFC 9110 5.5 does not count as part of a value. */
  private static String stripBlanks(String value) {
    int from = 0;
    int to = value.length();
    while (from < to && isBlank(value.charAt(from))) {
      from++;
    }
    while (to > from && isBlank(value.charAt(to - 1))) {
      to--;
    }
    return value.substring(from, to);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  private static boolean isPrintable(String value) {
    return value.chars().allMatch(c -> c >= ' ' && c <= '~');
  }

  /** The value of a header, or null if it was not sent. */
  public @Nullable String get(String lowerName) {
    return byName.get(lowerName);
  }

  /** The value of a header that has to be there. */
  public String require(String lowerName) throws MalformedException {
    String value = byName.get(lowerName);
    if (value == null) {
      throw new MalformedException("header " + lowerName + " is missing");
    }
    return value;
  }

  /** Appends {@code name:value} and a line feed for each, by name. */
  void appendLines(StringBuilder to) {
    byName.forEach((name, value) -> to.append(name).append(':').append(value).append('\n'));
  }
}
