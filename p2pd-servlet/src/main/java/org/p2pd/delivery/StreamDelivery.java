package org.p2pd.delivery;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.content.ContentStream.Next;
import org.p2pd.http.DeliveryPlan.Respond;
import org.p2pd.http.Problems;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One asynchronous response: bytes of a {@link ContentStream} written as they become available and
 * as the viewer takes them. No thread waits for either.
 *
 * <pre>
 *              first byte                    last byte drained
 *   FIRST_BYTE ----------> SENDING ------------------------------> ENDED
 *       |                   |  stalled, starved, failed, left        ^
 *       |                   +----------------------------------------+
 *       +---- 504, 503, left ----------------------------------------+
 * </pre>
 *
 * <p>News comes from four sides: the container (it can be written; the viewer left), the stream (a
 * wake-up), the timer, and the node's end. Each side sets its flag, then calls {@link #run}:
 * whoever finds no one there becomes the runner and owns everything else until no news is left; the
 * others return at once. So all state but the flags is owned by one thread at a time without a
 * lock.
 *
 * <p>The right to touch the response wanders, too. {@code writable} says that it is ours: from
 * {@code onWritePossible} until {@code isReady()} says no. While the container has it, it may end
 * the request at any time, so nothing of the response is touched then, with one exception: closing
 * the connection of a viewer that stalls, which Tomcat allows from anywhere.
 */
final class StreamDelivery implements WriteListener, AsyncListener, Deadlines.Timed {

  private static final Logger log = LoggerFactory.getLogger(StreamDelivery.class);

  /** What the log shows when the viewer left before there was a status; never sent. */
  private static final int LEFT_BEFORE_ANSWER = 499;

  private enum Phase {
    FIRST_BYTE,
    SENDING,
    ENDED
  }

  private final HttpServletResponse response;
  private final ContentStream source;
  private final StreamHead head;
  private final Surroundings surroundings;
  private final Deadline deadline;
  private final ResponseEnd ending;

  // Flags: set by anyone, then run().
  private final AtomicInteger news = new AtomicInteger();
  private volatile boolean writable;
  private volatile boolean woken;
  private volatile boolean left;
  private volatile boolean stopping;

  // Owned by the runner.
  private Phase phase = Phase.FIRST_BYTE;
  private @Nullable Outlet outlet;
  private Next.@Nullable Bytes first;
  private boolean waiting;
  private boolean starving; // since the deadline was moved for it
  private int status = LEFT_BEFORE_ANSWER;
  private long refusalBytes;

  private StreamDelivery(
      HttpServletResponse response,
      AsyncContext async,
      ContentStream source,
      StreamHead head,
      Surroundings surroundings) {
    this.response = response;
    this.source = source;
    this.head = head;
    this.surroundings = surroundings;
    this.ending = new ResponseEnd(response, async);
    this.deadline = new Deadline(surroundings.deadlines(), surroundings.limits().firstByte());
  }

  /**
   * Begins, on the thread that serves the request, which is free afterwards. The source is closed
   * when the response has ended.
   *
   * @throws IllegalStateException if the request cannot be asynchronous
   */
  static void start(
      HttpServletRequest request,
      HttpServletResponse response,
      ContentStream source,
      StreamHead head,
      Surroundings surroundings) {
    AsyncContext async;
    try {
      async =
          request.isAsyncStarted()
              ? request.getAsyncContext()
              : request.startAsync(request, response);
    } catch (IllegalStateException e) {
      source.close();
      throw e;
    }
    StreamDelivery delivery = new StreamDelivery(response, async, source, head, surroundings);
    async.setTimeout(0); // the deadlines here are finer
    async.addListener(delivery);
    surroundings.deadlines().watch(delivery);
    delivery.run();
  }

  @Override
  public void end() {
    stopping = true;
    surroundings.writers().execute(this::run);
  }

  private void run() {
    var unused = run(false);
  }

  /**
   * Looks at the news, unless someone else is at it.
   *
   * @param callback whether the container is calling, and closes the connection if it is thrown at
   * @return what to throw at it
   */
  private @Nullable IOException run(boolean callback) {
    if (news.getAndIncrement() != 0) {
      return null; // the runner sees it
    }
    ending.runBy(callback);
    int seen = 1;
    do {
      try {
        step();
      } catch (IOException e) {
        ended(Outcome.LEFT);
        ending.failed(e);
      } catch (RuntimeException e) {
        unexpected(e);
      }
      seen = news.addAndGet(-seen);
    } while (seen != 0);
    return callback ? ending.thrown() : null;
  }

  private void step() throws IOException {
    if (phase == Phase.ENDED) {
      return;
    }
    if (left) {
      ended(Outcome.LEFT);
    } else if (stopping) {
      cutOff(Outcome.STOPPED, Problems.unreadable(ContentFailure.CLOSING));
    } else if (phase == Phase.FIRST_BYTE) {
      firstByte();
    } else {
      send();
    }
  }

  private void firstByte() throws IOException {
    if (head.instead().isEmpty()) {
      begin();
      return;
    }
    if (waiting && !woken) {
      if (deadline.hasPassed()) {
        cutOff(Outcome.STARVED, Problems.noByteInTime());
      }
      return;
    }
    Next next = next(WriteSize.START_BYTES);
    if (next instanceof Next.Available available) {
      first = available.bytes();
      begin();
    } else if (next instanceof Next.Pending) {
      await();
    } else if (next instanceof Next.Failed failed) {
      log.info("A title cannot be read: {} ({})", failed.detail(), failed.failure());
      cutOff(Outcome.FAILED, Problems.unreadable(failed.failure()));
    } else {
      throw new IllegalStateException("an empty reading");
    }
  }

  /** The container answers with {@link #onWritePossible}, perhaps before this returns. */
  private void begin() throws IOException {
    status = head.status();
    head.write(response);
    ending.prepare();
    Outlet opened = new Outlet(response, head.bodyBytes(), surroundings);
    outlet = opened;
    phase = Phase.SENDING;
    deadline.move(surroundings.limits().stall());
    opened.open(this);
  }

  private void send() throws IOException {
    Outlet to = outlet();
    while (writable) {
      to.drained();
      if (first == null && waiting && !woken) {
        if (deadline.hasPassed()) {
          closeConnection(Outcome.STARVED, "no byte became available in time");
        }
        return;
      }
      Next next = first == null ? next(to.roomBytes()) : new Next.Available(first);
      first = null;
      if (next instanceof Next.Available available) {
        write(to, available.bytes());
      } else if (next instanceof Next.Failed failed) {
        closeConnection(Outcome.FAILED, failed.detail());
        return;
      } else if (to.isUnflushed()) {
        flush(to);
      } else if (next instanceof Next.Pending) {
        if (!starving) {
          starving = true; // a wake-up that brings nothing gives no more time
          deadline.move(surroundings.limits().midResponse());
        } else if (deadline.hasPassed()) {
          closeConnection(Outcome.STARVED, "no byte became available in time");
          return;
        }
        await();
        return;
      } else {
        finish();
        return;
      }
    }
    if (deadline.hasPassed()) {
      closeConnection(Outcome.STALLED, "the viewer stopped reading");
    }
  }

  private Next next(int maxBytes) {
    waiting = false;
    woken = false;
    return source.next(maxBytes);
  }

  private void await() {
    waiting = true;
    source.whenReady(this::wake);
  }

  private void wake() {
    woken = true;
    surroundings.writers().execute(this::run);
  }

  private void write(Outlet to, Next.Bytes bytes) throws IOException {
    starving = false;
    try (bytes) {
      to.write(bytes.data());
    }
    askWhetherWritable(to);
    if (writable && to.isBuffered()) {
      flush(to);
    }
  }

  private void flush(Outlet to) throws IOException {
    to.flush();
    askWhetherWritable(to);
  }

  /** No before the question: after a no, the container may call back before it returns. */
  private void askWhetherWritable(Outlet to) {
    writable = false;
    deadline.move(surroundings.limits().stall());
    if (to.isReady()) {
      writable = true;
    }
  }

  private void finish() {
    if (sentBytes() != head.bodyBytes()) {
      closeConnection(
          Outcome.FAILED, "the reading ended after " + sentBytes() + " of " + head.bodyBytes());
      return;
    }
    ended(Outcome.COMPLETE);
    ending.complete();
  }

  /** Ends before anything was sent with an answer, afterwards by closing the connection. */
  private void cutOff(Outcome outcome, Respond problem) throws IOException {
    if (phase != Phase.FIRST_BYTE || head.instead().isEmpty()) {
      closeConnection(outcome, problem.text().strip());
      return;
    }
    Respond answer = head.instead().get().apply(problem);
    status = answer.status();
    refusalBytes = Responses.send(response, answer);
    ended(outcome);
    ending.complete();
  }

  private void closeConnection(Outcome outcome, String why) {
    log.debug("Closing a connection after {} bytes: {}", sentBytes(), why);
    ended(outcome);
    ending.close(new IOException(why));
  }

  private void unexpected(RuntimeException e) {
    if (left) {
      ended(Outcome.LEFT); // the container took the response away while we wrote
      return;
    }
    log.warn("A response failed after {} bytes; its connection is closed", sentBytes(), e);
    closeConnection(Outcome.FAILED, e.toString());
  }

  /** Gives everything back. Nothing of the response is touched afterwards but to end it. */
  private void ended(Outcome outcome) {
    if (phase == Phase.ENDED) {
      return;
    }
    phase = Phase.ENDED;
    surroundings.deadlines().forget(this);
    if (first != null) {
      first.release();
      first = null;
    }
    source.close();
    if (outlet != null) {
      outlet.close();
    }
    surroundings.log().ended(head.ended(status, sentBytes(), outcome));
  }

  private Outlet outlet() {
    if (outlet == null) {
      throw new IllegalStateException("written before the head");
    }
    return outlet;
  }

  private long sentBytes() {
    return outlet == null ? refusalBytes : outlet.sentBytes();
  }

  @Override
  public long deadlineNanos() {
    return deadline.atNanos();
  }

  @Override
  public void deadlinePassed() {
    surroundings.writers().execute(this::run);
  }

  @Override
  public void onWritePossible() throws IOException {
    writable = true;
    IOException close = run(true);
    if (close != null) {
      throw close;
    }
  }

  @Override
  public void onError(Throwable cause) {
    left = true;
    run();
  }

  @Override
  public void onError(AsyncEvent event) {
    left = true;
    run();
    ending.complete();
  }

  @Override
  public void onTimeout(AsyncEvent event) {
    left = true; // there is no time limit here: the application is being stopped
    run();
    ending.stop();
  }

  @Override
  public void onComplete(AsyncEvent event) {
    left = true;
    run();
  }

  @Override
  public void onStartAsync(AsyncEvent event) {
    // Nobody restarts it.
  }
}
