package org.p2pd.http;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.p2pd.http.RangeDecision.Several;
import org.p2pd.http.RangeDecision.Single;
import org.p2pd.http.RangeDecision.Unsatisfiable;
import org.p2pd.http.RangeDecision.Whole;
import org.p2pd.model.ByteRange;

/**
 * The Range field of a GET (RFC 9110 14.2). Where the RFC leaves a choice: malformed byte ranges
 * and more than {@link #MAX_RANGES} are unsatisfiable, another unit is ignored, positions beyond 64
 * bits are clamped.
 */
public final class RangeHeader {

  /** The most ranges in one request, counted before they are coalesced. */
  public static final int MAX_RANGES = 64;

  private static final Unsatisfiable MALFORMED = new Unsatisfiable("it is malformed");

  /** RFC 9110 14.1.2: {@code first-}, {@code first-last} or {@code -suffixLength}. */
  private static final Pattern SPEC = Pattern.compile("(\\d{1,4000})-(\\d{0,4000})|-(\\d{1,4000})");

  private RangeHeader() {}

  /** The bytes that the field's value asks for of a representation of that length. */
  public static RangeDecision decide(String value, long lengthBytes) {
    int equals = value.indexOf('=');
    if (equals < 0 || !value.substring(0, equals).strip().equalsIgnoreCase("bytes")) {
      return new Whole(); // 14.2: a range unit that is not understood is ignored
    }
    List<String> specs =
        Stream.of(value.substring(equals + 1).split(",", -1))
            .map(String::strip)
            .filter(spec -> !spec.isEmpty()) // 5.6.1.2: empty list elements do not count
            .toList();
    if (specs.size() > MAX_RANGES) {
      return new Unsatisfiable("it has more than " + MAX_RANGES + " ranges");
    }
    List<ByteRange> ranges = new ArrayList<>();
    for (String text : specs) {
      Matcher spec = SPEC.matcher(text);
      if (!spec.matches()) {
        return MALFORMED;
      }
      boolean suffix = spec.group(3) != null;
      long first = suffix ? lengthBytes - clamped(spec.group(3)) : clamped(spec.group(1));
      long last = suffix || spec.group(2).isEmpty() ? Long.MAX_VALUE : clamped(spec.group(2));
      if (last < first) {
        return MALFORMED; // 14.1.1
      }
      if (suffix && lengthBytes == 0 && first < 0) {
        return new Whole(); // the last bytes of nothing exist, but no Content-Range can say so
      }
      if (first < lengthBytes) {
        ranges.add(new ByteRange(Math.max(0, first), Math.min(last, lengthBytes - 1)));
      }
    }
    if (specs.isEmpty()) {
      return MALFORMED;
    }
    List<ByteRange> apart = coalesce(ranges);
    return switch (apart.size()) {
      case 0 -> new Unsatisfiable("it begins beyond the end");
      case 1 -> new Single(apart.get(0));
      default -> new Several(apart);
    };
  }

  /**
   * Joins what overlaps or touches (15.3.7.2); a joined range stands where its first part stood.
   */
  private static List<ByteRange> coalesce(List<ByteRange> ranges) {
    List<ByteRange> apart = new ArrayList<>();
    for (ByteRange range : ranges) {
      ByteRange joined = range;
      int place = apart.size();
      for (int i = apart.size() - 1; i >= 0; i--) {
        ByteRange other = apart.get(i);
        if (joined.first() <= other.last() + 1 && other.first() <= joined.last() + 1) {
          joined =
              new ByteRange(
                  Math.min(joined.first(), other.first()), Math.max(joined.last(), other.last()));
          apart.remove(i);
          place = Math.min(place, i);
          i = apart.size(); // what has grown may reach others
        }
      }
      apart.add(place, joined);
    }
    return apart;
  }

  private static long clamped(String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE; // digits only, so it is too large
    }
  }
}
