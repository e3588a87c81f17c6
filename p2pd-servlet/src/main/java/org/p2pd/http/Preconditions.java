package org.p2pd.http;

import java.time.Instant;
import java.util.Optional;

/** Conditional requests (RFC 9110 section 13), for resources that are only ever read. */
public final class Preconditions {

  /** What the conditions make of a request that would otherwise succeed. */
  public enum Outcome {
    PROCEED,
    NOT_MODIFIED,
    FAILED
  }

  private Preconditions() {}

  /**
   * Weighs the conditions of a GET or HEAD in the order of RFC 9110 13.2.2.
   *
   * @param lastModified empty if the resource shows none: then dates are no condition
   */
  public static Outcome evaluate(
      RequestFields fields, EntityTag current, Optional<Instant> lastModified, Instant now) {
    // Steps 1 and 2: If-Match decides; If-Unmodified-Since only where it is absent.
    Optional<String> ifMatch = fields.value("If-Match");
    if (ifMatch.isPresent()) {
      if (!matches(ifMatch.get(), tag -> tag.matchesStrongly(current))) {
        return Outcome.FAILED; // 13.1.1: strong comparison
      }
    } else if (isModifiedSince(fields, "If-Unmodified-Since", lastModified, now).orElse(false)) {
      return Outcome.FAILED; // 13.1.4
    }
    // Steps 3 and 4: If-None-Match decides; If-Modified-Since only where it is absent.
    Optional<String> ifNoneMatch = fields.value("If-None-Match");
    if (ifNoneMatch.isPresent()) {
      return matches(ifNoneMatch.get(), tag -> tag.matchesWeakly(current))
          ? Outcome.NOT_MODIFIED // 13.1.2: weak comparison
          : Outcome.PROCEED;
    }
    return isModifiedSince(fields, "If-Modified-Since", lastModified, now).orElse(true)
        ? Outcome.PROCEED
        : Outcome.NOT_MODIFIED; // 13.1.3
  }

  /**
   * RFC 9110 13.1.5: whether Range counts. A tag must match strongly, a date exactly; anything else
   * means that Range is ignored.
   */
  public static boolean rangeApplies(
      RequestFields fields, EntityTag current, Optional<Instant> lastModified, Instant now) {
    Optional<String> ifRange = fields.value("If-Range").map(String::strip);
    if (ifRange.isEmpty()) {
      return true;
    }
    String validator = ifRange.get();
    if (validator.contains("\"")) {
      return EntityTag.parse(validator).map(tag -> tag.matchesStrongly(current)).orElse(false);
    }
    // Our dates are strong validators (8.8.2.2): each edition of a title has a later one.
    Optional<Instant> date = HttpDate.parse(validator, now);
    return date.isPresent() && date.equals(lastModified);
  }

  private static boolean matches(String field, java.util.function.Predicate<EntityTag> isCurrent) {
    // "*" is any current representation, and there is one.
    return field.strip().equals("*") || EntityTag.parseList(field).stream().anyMatch(isCurrent);
  }

  /** Nothing if there is no such condition: absent, not a date, or nothing to compare it with. */
  private static Optional<Boolean> isModifiedSince(
      RequestFields fields, String name, Optional<Instant> lastModified, Instant now) {
    if (lastModified.isEmpty()) {
      return Optional.empty();
    }
    return fields
        .value(name)
        .flatMap(text -> HttpDate.parse(text.strip(), now))
        .map(date -> lastModified.get().isAfter(date));
  }
}
