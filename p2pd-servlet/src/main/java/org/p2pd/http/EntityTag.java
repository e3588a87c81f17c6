package org.p2pd.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A validator for one representation (RFC 9110 8.8.3).
 *
 * @param weak whether it was written with {@code W/}
 * @param opaque what stands between the quotes
 */
public record EntityTag(boolean weak, String opaque) {

  /** The one tag that the whole field is, if it is one. */
  public static Optional<EntityTag> parse(String field) {
    List<EntityTag> tags = parseList(field);
    return tags.size() == 1 && !field.contains(",") ? Optional.of(tags.get(0)) : Optional.empty();
  }

  /**
   * The tags of a comma-separated list. What cannot be read ends the list: a tag behind it does not
   * match, which is the safe side for {@code If-Match} and costs a transfer for {@code
   * If-None-Match}.
   */
  public static List<EntityTag> parseList(String field) {
    List<EntityTag> tags = new ArrayList<>();
    int at = 0;
    while (true) {
      while (at < field.length() && " \t,".indexOf(field.charAt(at)) >= 0) {
        at++;
      }
      boolean weak = field.startsWith("W/", at);
      int open = weak ? at + 2 : at;
      int close = open < field.length() ? field.indexOf('"', open + 1) : -1;
      if (close < 0 || field.charAt(open) != '"') {
        return tags;
      }
      String opaque = field.substring(open + 1, close);
      if (opaque.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
        return tags;
      }
      tags.add(new EntityTag(weak, opaque));
      at = close + 1;
    }
  }

  /** RFC 9110 8.8.3.2: equal, and neither is weak. */
  public boolean matchesStrongly(EntityTag other) {
    return !weak && !other.weak && opaque.equals(other.opaque);
  }

  /** RFC 9110 8.8.3.2: equal, weak or not. */
  public boolean matchesWeakly(EntityTag other) {
    return opaque.equals(other.opaque);
  }

  @Override
  public String toString() {
    return (weak ? "W/" : "") + '"' + opaque + '"';
  }
}
