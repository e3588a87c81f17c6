package org.p2pd.delivery;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.p2pd.http.DeliveryPlan.Respond;

/** Writing heads and short answers. */
final class Responses {

  private Responses() {}

  static void head(HttpServletResponse response, int status, Map<String, String> fields) {
    response.setStatus(status);
    fields.forEach(response::setHeader);
  }

  /**
   * Writes the whole answer. One that closes the connection leaves the request's body unread.
   *
   * @return the length of its body
   */
  static long send(HttpServletResponse response, Respond answer) throws IOException {
    head(response, answer.status(), answer.fields());
    byte[] body = answer.text().getBytes(StandardCharsets.UTF_8);
    if (body.length > 0) {
      response.getOutputStream().write(body);
    }
    if ("close".equals(answer.fields().get("Connection"))) {
      response.flushBuffer();
      TomcatConnection.leaveRestUnread(response);
    }
    return body.length;
  }
}
