package org.p2pd.spp.server;

import java.util.HashMap;
import java.util.Map;
import org.p2pd.spp.MalformedException;

/** The members of a query such as {@code after=0&wait=5}; nothing in them is percent-encoded. */
final class Query {

  private static final int MAX_CHARS = 400;

  private final Map<String, String> members = new HashMap<>();

  private Query() {}

  static Query parse(String text) throws MalformedException {
    if (text.length() > MAX_CHARS) {
      throw new MalformedException("a query of " + text.length() + " characters");
    }
    Query query = new Query();
    for (String member : text.split("&", -1)) {
      int equals = member.indexOf('=');
      if (equals > 0
          && query.members.put(member.substring(0, equals), member.substring(equals + 1)) != null) {
        throw new MalformedException("the query says " + member.substring(0, equals) + " twice");
      }
    }
    return query;
  }

  String require(String name) throws MalformedException {
    String value = members.get(name);
    if (value == null) {
      throw new MalformedException("the query lacks " + name);
    }
    return value;
  }
}
