package org.p2pd.pages;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.p2pd.http.DeliveryPlan.Respond;

/**
 * An answer, complete but for what HEAD leaves out.
 *
 * @param body shared and never changed
 */
@SuppressWarnings("ArrayRecordComponent") // compared by no one
public record PageAnswer(int status, Map<String, String> fields, byte[] body) {

  public PageAnswer {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  static PageAnswer of(Respond respond) {
    return new PageAnswer(
        respond.status(), respond.fields(), respond.text().getBytes(StandardCharsets.UTF_8));
  }
}
