package org.p2pd.http;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The header fields of a request. */
@FunctionalInterface
public interface RequestFields {

  /**
   * The value of a field, whose name is compared without regard to case; lines of the same name are
   * joined by commas (RFC 9110 5.2), so that a repeated single-valued field is malformed and not
   * silently one of the two.
   */
  Optional<String> value(String name);

  static RequestFields of(Map<String, String> fields) {
    Map<String, String> byName = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    byName.putAll(fields);
    return name -> Optional.ofNullable(byName.get(name));
  }
}
