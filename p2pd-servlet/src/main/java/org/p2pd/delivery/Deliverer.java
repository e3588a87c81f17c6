package org.p2pd.delivery;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;
import org.p2pd.content.Content;
import org.p2pd.content.ContentStream;
import org.p2pd.content.FilePart;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.content.Urgency;
import org.p2pd.http.DeliveryPlan.Respond;
import org.p2pd.http.DeliveryPlan.Send;
import org.p2pd.http.DeliveryPlan.SendFile;
import org.p2pd.http.DeliveryPlan.SendMultipart;
import org.p2pd.http.DeliveryPlan.SendStream;
import org.p2pd.http.ServerTiming;
import org.p2pd.http.TimeLimits;

/**
 * Carries plans out on responses. Thread-safe.
 *
 * <p>Owns one timer thread and a few writer threads. The writers take over where bytes arrive from
 * another node, whose thread must not do a viewer's work; what is there already is written by the
 * container's own threads.
 */
public final class Deliverer implements AutoCloseable {

  private final Content content;
  private final Writers writers = new Writers();
  private final OpenBodies bodies = new OpenBodies();
  private final Deadlines deadlines = new Deadlines(System::nanoTime);
  private final Surroundings surroundings;

  /**
   * @param log hears of every response that was made here
   */
  public Deliverer(Content content, TimeLimits limits, DeliveryLog log) {
    this.content = content;
    this.surroundings = new Surroundings(deadlines, limits, writers, new LargeBuffers(), log);
  }

  /** How many asynchronous responses are under way. */
  public int streaming() {
    return deadlines.watchedCount();
  }

  /** Waits until no asynchronous response is under way, within the bound. */
  public void awaitResponses(Duration bound) {
    deadlines.awaitNone(bound);
  }

  /** The threads that may write responses. */
  public Executor writers() {
    return writers;
  }

  /** Answers with a few sentences. */
  public void respond(HttpServletRequest request, HttpServletResponse response, Respond answer)
      throws IOException {
    RequestSummary summary = RequestSummary.of(request);
    long bytes = Responses.send(response, answer);
    surroundings.log().ended(summary.ended(answer.status(), bytes, DeliveryLog.Way.TEXT));
  }

  /**
   * Sends bytes of an edition.
   *
   * @param instead makes the answer that this request gets, when not one byte can be had, out of
   *     one that says why
   */
  public void send(
      HttpServletRequest request,
      HttpServletResponse response,
      Send plan,
      UnaryOperator<Respond> instead) {
    RequestSummary summary = RequestSummary.of(request);
    if (plan instanceof SendFile file) {
      response.setHeader("Server-Timing", ServerTiming.of(plan.cacheStatus(), summary.untilNow()));
      sendFile(request, response, summary, file);
      return;
    }
    ContentStream source =
        plan instanceof SendStream stream
            ? content.open(stream.reading())
            : open((SendMultipart) plan);
    StreamDelivery.start(
        request,
        response,
        source,
        new StreamHead(
            summary,
            plan.status(),
            plan.fields(),
            plan.lengthBytes(),
            Optional.of(plan.cacheStatus()),
            Optional.of(instead)),
        surroundings);
  }

  private void sendFile(
      HttpServletRequest request,
      HttpServletResponse response,
      RequestSummary summary,
      SendFile plan) {
    Responses.head(response, plan.status(), plan.fields());
    ZeroCopy.begin(request, response, plan.part());
    surroundings
        .log()
        .ended(
            new DeliveryLog.Entry(
                summary,
                plan.status(),
                plan.lengthBytes(),
                DeliveryLog.Way.FILE,
                Outcome.COMPLETE,
                Optional.of(plan.cacheStatus()),
                summary.untilNow()));
  }

  private ContentStream open(SendMultipart plan) {
    return new MultipartStream(
        plan.body(),
        range ->
            content.open(
                new ReadRequest(
                    plan.edition(), range, Reader.VIEWER, Urgency.PLAY_HEAD, plan.fetching())));
  }

  /**
   * Sends a part of a file to another node: zero-copy if that can be, else by writes.
   *
   * @param whenSent told how many bytes were taken, when the send has ended, however it did
   */
  public void sendFile(
      HttpServletRequest request,
      HttpServletResponse response,
      int status,
      Map<String, String> fields,
      FilePart part,
      Optional<LongConsumer> whenSent) {
    if (!ZeroCopy.isPossible(request, response)
        || (whenSent.isPresent() && !ZeroCopy.tellsOfEnds(request))) {
      FileStream written = new FileStream(part, whenSent.orElse(bytes -> {}));
      stream(request, response, status, fields, written, part.lengthBytes());
      return;
    }
    whenSent.ifPresent(end -> ZeroCopy.tellOfEnd(request, end));
    RequestSummary summary = RequestSummary.of(request);
    Responses.head(response, status, fields);
    ZeroCopy.begin(request, response, part);
    surroundings.log().ended(summary.ended(status, part.lengthBytes(), DeliveryLog.Way.FILE));
  }

  /**
   * Reads a request's body without a thread that waits; the request is asynchronous afterwards. How
   * many are read at once is bounded.
   *
   * @param maxBytes what is longer is not read
   * @param tooLong what is answered then; it closes the connection
   * @param tooMany what is answered, with the body unread, when too many are being read
   * @param then called with the whole body
   */
  public void readBody(
      HttpServletRequest request,
      HttpServletResponse response,
      int maxBytes,
      Respond tooLong,
      Respond tooMany,
      Consumer<byte[]> then)
      throws IOException {
    Optional<OpenBodies.Place> place = bodies.enter(request.getRemoteAddr());
    if (place.isEmpty()) {
      respond(request, response, tooMany);
      return;
    }
    try {
      BodyReader.start(request, response, maxBytes, tooLong, then, place.get(), surroundings);
    } catch (IOException | RuntimeException e) {
      place.get().close();
      throw e;
    }
  }

  /** Sends a head without a body; ends the request if it is asynchronous. */
  public void sendHead(
      HttpServletRequest request,
      HttpServletResponse response,
      int status,
      Map<String, String> fields) {
    RequestSummary summary = RequestSummary.of(request);
    Responses.head(response, status, fields);
    surroundings.log().ended(summary.ended(status, 0, DeliveryLog.Way.TEXT));
    if (request.isAsyncStarted()) {
      request.getAsyncContext().complete();
    }
  }

  /**
   * Sends bytes that are all there, however slowly the other side takes them.
   *
   * @param whenSent called when the response has ended, however it did
   */
  public void sendBytes(
      HttpServletRequest request,
      HttpServletResponse response,
      int status,
      Map<String, String> fields,
      byte[] body,
      Runnable whenSent) {
    stream(request, response, status, fields, new ArrayStream(body, whenSent), body.length);
  }

  /** Sends a stream whose head goes out at once; if it fails the connection is closed. */
  public void stream(
      HttpServletRequest request,
      HttpServletResponse response,
      int status,
      Map<String, String> fields,
      ContentStream source,
      long lengthBytes) {
    StreamDelivery.start(
        request,
        response,
        source,
        new StreamHead(
            RequestSummary.of(request),
            status,
            fields,
            lengthBytes,
            Optional.empty(),
            Optional.empty()),
        surroundings);
  }

  /** Ends what is still under way, then the threads. */
  @Override
  public void close() {
    deadlines.endAll();
    writers.close();
    deadlines.close();
  }
}
