package org.p2pd.delivery;

import jakarta.servlet.ServletResponse;
import jakarta.servlet.ServletResponseWrapper;
import java.io.IOException;
import java.lang.reflect.Field;
import org.apache.catalina.connector.Response;
import org.apache.catalina.connector.ResponseFacade;
import org.apache.coyote.ActionCode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes the connection below a response that cannot go on, from any thread.
 *
 * <p>Servlets know no such thing: a response that is completed early stays open under HTTP/1.1, and
 * the next one's bytes would be taken for the rest of it. Tomcat does it for itself when a write
 * fails off its own threads; this takes the same way (an HTTP/2 stream is reset). The response
 * behind the façade is reached by reflection; the façade is cut off when the request is over, so
 * that a late call hits nothing.
 */
final class TomcatConnection {

  private static final Logger log = LoggerFactory.getLogger(TomcatConnection.class);

  private TomcatConnection() {}

  /** In a class of its own: only loaded where Tomcat's classes can be seen. */
  private static final class Internals {
    private static final @Nullable Field RESPONSE = find();

    private static @Nullable Field find() {
      try {
        Field field = ResponseFacade.class.getDeclaredField("response");
        field.setAccessible(true);
        return field;
      } catch (ReflectiveOperationException | RuntimeException e) {
        log.warn(
            "This container's connections cannot be closed in mid-response: streamed responses"
                + " will not keep theirs alive",
            e);
        return null;
      }
    }

    static void act(ServletResponse facade, ActionCode action, @Nullable Object argument) {
      try {
        if (RESPONSE != null && RESPONSE.get(facade) instanceof Response response) {
          response.getCoyoteResponse().action(action, argument);
        }
      } catch (IllegalAccessException e) {
        throw new IllegalStateException(e); // it was made accessible
      }
    }
  }

  /** Whether {@link #closeNow} can work for this response. */
  static boolean canClose(ServletResponse response) {
    try {
      return Internals.RESPONSE != null && unwrapped(response) instanceof ResponseFacade;
    } catch (LinkageError e) {
      return false; // no Tomcat, or one that hides its classes
    }
  }

  /** Whether nothing was put around the container's own response. */
  static boolean isPlain(ServletResponse response) {
    return !(response instanceof ServletResponseWrapper);
  }

  /**
   * Closes the connection as it is: what was not sent yet is not sent. The container then reports
   * an error to the response's listeners, on one of its threads.
   */
  static void closeNow(ServletResponse response, IOException why) {
    Internals.act(unwrapped(response), ActionCode.CLOSE_NOW, why);
  }

  /**
   * Makes the container close the connection after this response instead of reading the rest of the
   * request, which would hold its thread for as long as the sender likes. On the request's thread.
   */
  static void leaveRestUnread(ServletResponse response) {
    if (canClose(response)) {
      Internals.act(unwrapped(response), ActionCode.DISABLE_SWALLOW_INPUT, null);
    }
  }

  private static ServletResponse unwrapped(ServletResponse response) {
    ServletResponse inner = response;
    while (inner instanceof ServletResponseWrapper wrapper) {
      inner = wrapper.getResponse();
    }
    return inner;
  }
}
