package org.p2pd.http;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Which web pages of other origins may read titles.
 *
 * @param anyOrigin every page may
 * @param origins otherwise these, each such as {@code https://www.example.com}
 */
public record CorsPolicy(boolean anyOrigin, Set<String> origins) {

  /** Titles are public: pages of every origin may read them. */
  public static final CorsPolicy ANY = new CorsPolicy(true, Set.of());

  /** Only pages of the same origin. */
  public static final CorsPolicy NONE = new CorsPolicy(false, Set.of());

  private static final Pattern ORIGIN =
      Pattern.compile("[a-z][a-z0-9+.-]*://(\\[[0-9a-f:.]+\\]|[a-z0-9._-]+)(:[0-9]{1,5})?");

  public CorsPolicy {
    origins = Set.copyOf(origins);
    if (!origins.stream().allMatch(o -> ORIGIN.matcher(o).matches())) {
      throw new IllegalArgumentException("not origins: " + origins);
    }
  }

  /** The policy written as {@code *}, {@code none}, or origins separated by commas. */
  public static Optional<CorsPolicy> parse(String text) {
    return switch (text.strip()) {
      case "*" -> Optional.of(ANY);
      case "none" -> Optional.of(NONE);
      default -> {
        Set<String> origins =
            Arrays.stream(text.split(",", -1)).map(String::strip).collect(Collectors.toSet());
        yield origins.stream().allMatch(o -> ORIGIN.matcher(o).matches())
            ? Optional.of(new CorsPolicy(false, origins))
            : Optional.empty();
      }
    };
  }
}
