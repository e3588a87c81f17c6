package org.p2pd.delivery;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.p2pd.http.DeliveryPlan.Respond;

/**
 * Reads a request's body as it comes, up to a limit and within a time, and hands it on. No thread
 * waits for it.
 */
final class BodyReader implements ReadListener, Deadlines.Timed {

  private final RequestSummary summary;
  private final HttpServletResponse response;
  private final ServletInputStream in;
  private final AsyncContext async;
  private final int maxBytes;
  private final Respond tooLong;
  private final Consumer<byte[]> then;
  private final OpenBodies.Place place;
  private final Surroundings surroundings;
  private final Deadline deadline;

  /** Confined to the container's callbacks, which it does not let overlap. */
  private final ByteArrayOutputStream body = new ByteArrayOutputStream();

  /** Who sets it decides what becomes of the request. */
  private final AtomicBoolean ended = new AtomicBoolean();

  private BodyReader(
      HttpServletRequest request,
      HttpServletResponse response,
      int maxBytes,
      Respond tooLong,
      Consumer<byte[]> then,
      OpenBodies.Place place,
      Surroundings surroundings)
      throws IOException {
    this.summary = RequestSummary.of(request);
    this.response = response;
    this.in = request.getInputStream();
    this.async = request.getAsyncContext();
    this.maxBytes = maxBytes;
    this.tooLong = tooLong;
    this.then = then;
    this.place = place;
    this.surroundings = surroundings;
    this.deadline = new Deadline(surroundings.deadlines(), surroundings.limits().firstByte());
  }

  /**
   * Begins.
   *
   * @param tooLong answers a longer body, unread
   * @param then called with the whole body on one of the container's threads
   * @param place left when the body is no longer waited for
   */
  static void start(
      HttpServletRequest request,
      HttpServletResponse response,
      int maxBytes,
      Respond tooLong,
      Consumer<byte[]> then,
      OpenBodies.Place place,
      Surroundings surroundings)
      throws IOException {
    AsyncContext async = request.startAsync(request, response);
    async.setTimeout(0); // the deadline here is finer
    BodyReader reader =
        new BodyReader(request, response, maxBytes, tooLong, then, place, surroundings);
    surroundings.deadlines().watch(reader);
    reader.in.setReadListener(reader);
  }

  @Override
  public void onDataAvailable() throws IOException {
    byte[] buffer = new byte[8 * 1024];
    while (in.isReady() && !in.isFinished()) {
      int read = in.read(buffer);
      if (read > 0) {
        body.write(buffer, 0, read);
      }
      if (body.size() > maxBytes) {
        if (claim()) {
          long bytes = Responses.send(response, tooLong);
          surroundings.log().ended(summary.ended(tooLong.status(), bytes, DeliveryLog.Way.TEXT));
          async.complete();
        }
        return;
      }
    }
  }

  @Override
  public void onAllDataRead() {
    if (claim()) {
      then.accept(body.toByteArray());
    }
  }

  @Override
  public void onError(Throwable cause) {
    if (claim()) {
      async.complete();
    }
  }

  private boolean claim() {
    surroundings.deadlines().forget(this);
    place.close();
    return ended.compareAndSet(false, true);
  }

  @Override
  public long deadlineNanos() {
    return deadline.atNanos();
  }

  /** A sender this slow gets no answer: finishing the response would mean to read on. */
  @Override
  public void deadlinePassed() {
    end();
  }

  @Override
  public void end() {
    if (claim()) {
      TomcatConnection.closeNow(response, new IOException("the request's body did not come"));
    }
  }
}
