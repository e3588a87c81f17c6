package org.p2pd.spp.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.util.TimeValue;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.Urgency;
import org.p2pd.identity.PublicKey;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppLimits;

/**
 * Another node, as this one asks it: keeps a session open, and asks within it. Thread-safe and
 * never blocking; everything that comes back comes on the client's threads.
 *
 * <p>What fails because the session is not known any more is asked once more in a new one; what
 * fails because kept connections had died is asked again over others.
 */
public final class Peer {

  /** A question for blocks under way. */
  public interface Transfer {
    /** Gives up; the receiver hears Cancelled, unless it has heard an end. */
    void cancel();
  }

  private final NodeAddress address;
  private final HttpLanes http;
  private final ClientSettings settings;
  private final SessionOpener opener;
  private final LaneQueue urgent;
  private final LaneQueue bulk;
  private final AtomicInteger transfers = new AtomicInteger();

  @GuardedBy("this")
  private @Nullable CompletableFuture<Opening> opening;

  Peer(HttpLanes http, ClientIdentity self, NodeAddress address, SecretHolder secrets) {
    this.address = address;
    this.http = http;
    this.settings = self.settings();
    this.opener = new SessionOpener(http, self, address, secrets);
    this.urgent = new LaneQueue(settings.urgentConnections());
    this.bulk = new LaneQueue(settings.bulkConnections());
  }

  public NodeAddress address() {
    return address;
  }

  /** The key of the node with which a session stands. */
  public Optional<PublicKey> key() {
    return standing().map(ClientSession::peer);
  }

  /** How many questions for blocks have not ended. */
  public int transfersUnderWay() {
    return transfers.get();
  }

  private synchronized Optional<ClientSession> standing() {
    return opening != null && opening.isDone() && opening.join() instanceof Opening.Open open
        ? Optional.of(open.session())
        : Optional.empty();
  }

  /** Makes sure of a session; what hinders it, or nothing. */
  public CompletableFuture<Optional<Reply.Failed>> open() {
    return session()
        .thenApply(
            result ->
                result instanceof Opening.Failed failed
                    ? Optional.of(new Reply.Failed(failed.trouble(), failed.detail()))
                    : Optional.empty());
  }

  /** The session, or the one opening that is under way for all who ask. */
  private synchronized CompletableFuture<Opening> session() {
    if (opening == null || (opening.isDone() && opening.join() instanceof Opening.Failed)) {
      opening =
          opener
              .open()
              .exceptionally(failure -> new Opening.Failed(Trouble.UNREACHABLE, reasonOf(failure)));
    }
    return opening;
  }

  /** Forgets a session that the other node does not know. */
  private synchronized void forget(ClientSession session) {
    if (opening != null
        && opening.isDone()
        && opening.join() instanceof Opening.Open open
        && open.session() == session) {
      opening = null;
    }
  }

  /** Forgets the session, whatever it is: the next question opens a new one. */
  public synchronized void forget() {
    if (opening != null && opening.isDone()) {
      opening = null;
    }
  }

  /** Asks; never completes exceptionally. */
  public CompletableFuture<Reply> ask(ControlRequest request) {
    return ask(request, true).exceptionally(Peer::unreachable);
  }

  private CompletableFuture<Reply> ask(ControlRequest request, boolean mayAskAgain) {
    return session()
        .thenCompose(
            result -> {
              if (result instanceof Opening.Failed failed) {
                return CompletableFuture.completedFuture(
                    new Reply.Failed(failed.trouble(), failed.detail()));
              }
              return ask(((Opening.Open) result).session(), request, mayAskAgain);
            });
  }

  private CompletableFuture<Reply> ask(
      ClientSession session, ControlRequest request, boolean mayAskAgain) {
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    (request.bulk() ? bulk : urgent)
        .submit(
            ended -> {
              ClientSession.Signed signed =
                  session.sign(
                      request.method(), request.wholeTarget(), request.headers(), request.body());
              CompletableFuture<?> unused =
                  http.ask(
                          lane(request.bulk()),
                          address,
                          signed.call(),
                          settings.answerWithin().plus(request.waits()),
                          request.maxBytes())
                      .handle(
                          (answer, failure) -> {
                            ended.run();
                            return failure == null
                                ? judge(session, signed, answer)
                                : new Judged(unreachable(failure), false);
                          })
                      .thenCompose(
                          judged ->
                              judged.again() && mayAskAgain
                                  ? ask(request, false)
                                  : CompletableFuture.completedFuture(judged.reply()))
                      .exceptionally(Peer::unreachable)
                      .thenAccept(reply::complete);
            });
    return reply;
  }

  /** What an answer is worth, and whether it is worth asking once more. */
  private record Judged(Reply reply, boolean again) {}

  private Judged judge(ClientSession session, ClientSession.Signed request, RawAnswer answer) {
    Optional<Reply.Answer> checked = Checked.of(session, request, answer);
    if (checked.isPresent()) {
      return new Judged(checked.get(), false);
    }
    Opening.Failed refusal = SessionOpener.refusal(answer);
    Reply.Failed reply = new Reply.Failed(refusal.trouble(), refusal.detail());
    if (answer.status() < 400) {
      return new Judged(
          new Reply.Failed(
              Trouble.NOT_DIRECT, "it answers " + answer.status() + " without a right MAC"),
          false);
    }
    Optional<SppError> error = Reply.errorIn(answer.status(), answer.body());
    return new Judged(reply, error.isPresent() && worthAskingAgain(session, error.get()));
  }

  private boolean worthAskingAgain(ClientSession session, SppError error) {
    switch (error) {
      case UNKNOWN_SESSION, UNCONFIRMED_SESSION, BAD_MAC -> {
        forget(session);
        return true;
      }
      case REPLAY -> {
        return true;
      }
      default -> {
        return false;
      }
    }
  }

  private static Reply unreachable(Throwable failure) {
    return new Reply.Failed(Trouble.UNREACHABLE, reasonOf(failure));
  }

  /** Asks for a proof without bytes; never completes exceptionally. */
  public CompletableFuture<ProofReply> prove(BlockQuestion question) {
    ControlRequest head =
        new ControlRequest(
            "HEAD",
            question.resource(),
            question.headers(),
            new byte[0],
            settings.silentFor(),
            SppLimits.MAX_JSON_BYTES,
            question.urgency() != Urgency.PLAY_HEAD);
    return ask(head).thenApply(reply -> proven(question, reply));
  }

  private static ProofReply proven(BlockQuestion question, Reply reply) {
    if (reply instanceof Reply.Failed failed) {
      return new ProofReply.NotProven(0, failed.detail());
    }
    Reply.Answer answer = (Reply.Answer) reply;
    if (answer.status() != 200) {
      return new ProofReply.NotProven(answer.status(), "it answers " + answer.status());
    }
    try {
      ProvenHead head = ProvenHead.of(question, answer.headers());
      return new ProofReply.Proven(head.proof(), head.leaves());
    } catch (MalformedException | MismatchException e) {
      return new ProofReply.NotProven(0, String.valueOf(e.getMessage()));
    }
  }

  /** How often a question may still be asked. */
  private record Tries(int sessions, int connections) {
    static final Tries FIRST = new Tries(2, HttpLanes.MAX_TRIES);

    Tries inANewSession() {
      return new Tries(sessions - 1, connections);
    }

    Tries overANewConnection() {
      return new Tries(sessions, connections - 1);
    }
  }

  /** Asks for blocks. */
  public Transfer fetch(BlockQuestion question, BlockReceiver receiver) {
    transfers.incrementAndGet();
    BlockTransfer transfer = new BlockTransfer(question, new CountedReceiver(receiver, transfers));
    fetch(transfer, Tries.FIRST);
    return transfer;
  }

  private void fetch(BlockTransfer transfer, Tries tries) {
    CompletableFuture<?> unused =
        session()
            .thenAccept(
                result -> {
                  if (result instanceof Opening.Open open) {
                    fetch(transfer, open.session(), tries);
                  } else {
                    transfer.end(endOf((Opening.Failed) result));
                  }
                })
            .exceptionally(
                failure -> {
                  transfer.end(new BlockEnd.Lost(reasonOf(failure)));
                  return null;
                });
  }

  private static BlockEnd endOf(Opening.Failed failed) {
    String detail = failed.detail();
    return switch (failed.trouble()) {
      case UNREACHABLE, CLOSED -> new BlockEnd.Lost(detail);
      case NOT_NOW -> new BlockEnd.Busy(RefusalTable.LATER);
      default -> new BlockEnd.Refused(detail);
    };
  }

  private void fetch(BlockTransfer transfer, ClientSession session, Tries tries) {
    boolean isBulk = transfer.question().urgency() != Urgency.PLAY_HEAD;
    (isBulk ? bulk : urgent)
        .submit(
            ended -> {
              if (transfer.hasEnded()) {
                ended.run();
                return;
              }
              BlockQuestion question = transfer.question();
              ClientSession.Signed signed =
                  session.sign("GET", question.target(), question.headers(), new byte[0]);
              BlockConsumer consumer = new BlockConsumer(transfer, session, signed);
              transfer.carriedBy(
                  http.send(
                      lane(isBulk),
                      address,
                      signed.call(),
                      TimeValue.of(settings.silentFor()),
                      consumer,
                      new WhenEnded(transfer, session, signed, consumer, tries, ended)),
                  consumer);
            });
  }

  /** Hears the end of one try's HTTP exchange. */
  private final class WhenEnded implements FutureCallback<RawAnswer> {
    private final BlockTransfer transfer;
    private final ClientSession session;
    private final ClientSession.Signed signed;
    private final BlockConsumer consumer;
    private final Tries tries;
    private final Runnable ended;

    WhenEnded(
        BlockTransfer transfer,
        ClientSession session,
        ClientSession.Signed signed,
        BlockConsumer consumer,
        Tries tries,
        Runnable ended) {
      this.transfer = transfer;
      this.session = session;
      this.signed = signed;
      this.consumer = consumer;
      this.tries = tries;
      this.ended = ended;
    }

    @Override
    public void completed(RawAnswer answer) {
      ended.run();
      if (transfer.hasEnded()) {
        return; // a 206 to its end
      }
      Judged judged = judge(session, signed, answer);
      if (judged.again() && tries.sessions() > 1) {
        fetch(transfer, tries.inANewSession());
        return;
      }
      transfer.end(RefusalTable.endOf(judged.reply()));
    }

    @Override
    public void failed(Exception cause) {
      ended.run();
      if (!transfer.hasEnded()
          && !consumer.headSeen()
          && tries.connections() > 1
          && HttpLanes.connectionDied(cause)) {
        http.afterAMoment(() -> fetch(transfer, tries.overANewConnection()));
        return;
      }
      transfer.end(new BlockEnd.Lost(reasonOf(cause)));
    }

    @Override
    public void cancelled() {
      ended.run();
      transfer.end(new BlockEnd.Lost("given up"));
    }
  }

  private static HttpLanes.Lane lane(boolean isBulk) {
    return isBulk ? HttpLanes.Lane.BULK : HttpLanes.Lane.URGENT;
  }

  static String reasonOf(Throwable failure) {
    Throwable cause = unwrap(failure);
    if (cause instanceof SocketTimeoutException) {
      return "no answer in time";
    }
    return cause instanceof IOException || cause instanceof IllegalArgumentException
        ? String.valueOf(cause.getMessage())
        : cause.toString();
  }

  private static Throwable unwrap(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  @Override
  public String toString() {
    return address.toString();
  }
}
