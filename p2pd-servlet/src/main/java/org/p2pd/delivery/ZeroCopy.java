package org.p2pd.delivery;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.function.LongConsumer;
import org.p2pd.content.FilePart;

/** The container's zero-copy send (Tomcat's {@code sendfile}). */
public final class ZeroCopy {

  private static final String SENDFILE = "org.apache.tomcat.sendfile.";

  /**
   * Of the application: true if the container tells of the ends of sends. Tomcat's own does not.
   */
  public static final String TELLS_OF_ENDS = "org.p2pd.sendfile.tells-of-ends";

  /** Of a request: who is told. The connection sees no attributes but those of this prefix. */
  public static final String WHEN_SENT = SENDFILE + "p2pd.when-sent";

  private ZeroCopy() {}

  /**
   * Whether the container can send a part of a file in answer to this request: cleartext HTTP/1.1
   * (TLS and HTTP/2 would do it in slow ways), a GET that is not asynchronous, and no one around
   * the response who wants to see its bytes.
   */
  public static boolean isPossible(HttpServletRequest request, HttpServletResponse response) {
    return Boolean.TRUE.equals(request.getAttribute(SENDFILE + "support"))
        && request.getMethod().equals("GET")
        && request.getProtocol().equals("HTTP/1.1")
        && !request.isSecure()
        && !request.isAsyncStarted()
        && request.getDispatcherType() == DispatcherType.REQUEST
        && TomcatConnection.isPlain(response);
  }

  /** Whether somebody can be told how far a send came. */
  static boolean tellsOfEnds(HttpServletRequest request) {
    return Boolean.TRUE.equals(request.getServletContext().getAttribute(TELLS_OF_ENDS));
  }

  /**
   * Before {@link #begin}.
   *
   * @param whenSent told how many bytes were taken, on a thread that must not wait
   */
  static void tellOfEnd(HttpServletRequest request, LongConsumer whenSent) {
    request.setAttribute(WHEN_SENT, whenSent);
  }

  /**
   * Makes the container send it once the filter has returned. Called last: from here on the
   * container sends the file, whatever else is said.
   */
  static void begin(HttpServletRequest request, HttpServletResponse response, FilePart part) {
    response.setContentLengthLong(part.lengthBytes());
    request.setAttribute(SENDFILE + "filename", part.file().toString());
    request.setAttribute(SENDFILE + "start", part.offset());
    request.setAttribute(SENDFILE + "end", part.offset() + part.lengthBytes()); // exclusive
  }
}
