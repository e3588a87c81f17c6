package org.p2pd.delivery;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The three ways in which an asynchronous response ends: complete, with another answer than was
 * meant, or by closing the connection under it, so that nobody takes what follows for its rest.
 *
 * <p>How a connection is closed depends on whose thread it is: the container closes when its own
 * callback throws; from any other thread it is told to. Owned by whoever runs the delivery.
 */
final class ResponseEnd {

  private static final Logger log = LoggerFactory.getLogger(ResponseEnd.class);

  private final HttpServletResponse response;
  private final AsyncContext async;
  private boolean inCallback;
  private @Nullable IOException thrown;

  ResponseEnd(HttpServletResponse response, AsyncContext async) {
    this.response = response;
    this.async = async;
  }

  /**
   * Someone else runs the delivery.
   *
   * @param callback whether the container is calling, and closes the connection if it is thrown at
   */
  void runBy(boolean callback) {
    inCallback = callback;
  }

  /** What a callback of the container has to throw when it has run the delivery, if anything. */
  @Nullable IOException thrown() {
    return thrown;
  }

  /** Before the head goes out: sees to it that ending early can be closing. */
  void prepare() {
    if (!TomcatConnection.canClose(response)) {
      response.setHeader("Connection", "close");
    }
  }

  void complete() {
    try {
      async.complete();
    } catch (IllegalStateException e) {
      log.debug("The viewer left as the response was completed", e);
    }
  }

  /** A write failed: the container knows and closes. */
  void failed(IOException cause) {
    thrown = cause;
  }

  /** Closes the connection; of what was not sent yet nothing is. */
  void close(IOException cause) {
    if (inCallback) {
      thrown = cause;
    } else if (TomcatConnection.canClose(response)) {
      TomcatConnection.closeNow(response, cause);
    } else {
      complete(); // the head said that the connection will be closed
    }
  }

  /** The container wants an end at once, in mid-response too. */
  void stop() {
    if (response.isCommitted() && TomcatConnection.canClose(response)) {
      TomcatConnection.closeNow(response, new IOException("the application stops"));
    }
    complete();
  }
}
