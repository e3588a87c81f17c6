package org.p2pd.spp.client;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpResponse;

/**
 * An answer as it came, of which nothing has been believed yet.
 *
 * @param headers by lower-case name, values in order
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not shared
record RawAnswer(int status, Map<String, List<String>> headers, byte[] body) {

  static Map<String, List<String>> headersOf(HttpResponse response) {
    Map<String, List<String>> headers = new TreeMap<>();
    for (Header header : response.getHeaders()) {
      String value = header.getValue() == null ? "" : header.getValue();
      headers.merge(
          header.getName().toLowerCase(Locale.ROOT),
          List.of(value),
          (first, second) ->
              java.util.stream.Stream.concat(first.stream(), second.stream()).toList());
    }
    return headers;
  }
}
