package org.p2pd.spp.client;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.p2pd.content.Urgency;
import org.p2pd.identity.PublicKey;
import org.p2pd.model.NodeId;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.NodeAddress;
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
  private final PeerSession session;
  private final BlockAsker blocks;
  private final LaneQueue urgent;
  private final LaneQueue bulk;

  /**
   * A node to which nothing was sent yet.
   *
   * @param expected its id, if no other node is to be talked to there
   */
  Peer(
      HttpLanes http,
      ClientIdentity self,
      NodeAddress address,
      SecretHolder secrets,
      Optional<NodeId> expected) {
    this.address = address;
    this.http = http;
    this.settings = self.settings();
    this.session = new PeerSession(new SessionOpener(http, self, address, secrets, expected));
    this.urgent = new LaneQueue(settings.urgentConnections());
    this.bulk = new LaneQueue(settings.bulkConnections());
    this.blocks = new BlockAsker(http, address, session, urgent, bulk, settings.silentFor());
  }

  public NodeAddress address() {
    return address;
  }

  /** The key of the node with which a session stands. */
  public Optional<PublicKey> key() {
    return session.standing().map(ClientSession::peer);
  }

  /** Makes sure of a session; what hinders it, or nothing. */
  public CompletableFuture<Optional<Reply.Failed>> open() {
    return session
        .opened()
        .thenApply(
            result ->
                result instanceof Opening.Failed failed
                    ? Optional.of(new Reply.Failed(failed.trouble(), failed.detail()))
                    : Optional.empty());
  }

  /** Asks; never completes exceptionally. */
  public CompletableFuture<Reply> ask(ControlRequest request) {
    return ask(request, true).exceptionally(Peer::unreachable);
  }

  private CompletableFuture<Reply> ask(ControlRequest request, boolean mayAskAgain) {
    return session
        .opened()
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
      ClientSession standing, ControlRequest request, boolean mayAskAgain) {
    CompletableFuture<Reply> reply = new CompletableFuture<>();
    (request.bulk() ? bulk : urgent)
        .submit(
            ended -> {
              ClientSession.Signed signed =
                  standing.sign(
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
                                ? session.judge(standing, signed, answer)
                                : new PeerSession.Judged(unreachable(failure), false);
                          })
                      .thenCompose(
                          judged ->
                              judged.again() && mayAskAgain
                                  ? ask(request, false)
                                  : CompletableFuture.completedFuture(judged.reply()))
                      .exceptionally(Peer::unreachable)
                      .thenAccept(reply::complete);
            },
            failure -> reply.complete(unreachable(failure)));
    return reply;
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

  /** Asks for blocks. */
  public Transfer fetch(BlockQuestion question, BlockReceiver receiver) {
    BlockTransfer transfer = new BlockTransfer(question, receiver);
    blocks.fetch(transfer);
    return transfer;
  }

  static HttpLanes.Lane lane(boolean isBulk) {
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
