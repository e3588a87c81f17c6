package org.p2pd.spp.client;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.p2pd.spp.SppError;

/**
 * The session with one node, opened once for all who ask, and what answers within it are worth.
 * Thread-safe.
 */
final class PeerSession {

  private final SessionOpener opener;

  @GuardedBy("this")
  private @Nullable CompletableFuture<Opening> opening;

  PeerSession(SessionOpener opener) {
    this.opener = opener;
  }

  /** The session, if one stands now. */
  synchronized Optional<ClientSession> standing() {
    return opening != null && opening.isDone() && opening.join() instanceof Opening.Open open
        ? Optional.of(open.session())
        : Optional.empty();
  }

  /** The session, or the one opening that is under way for all who ask. */
  synchronized CompletableFuture<Opening> opened() {
    if (opening == null || (opening.isDone() && opening.join() instanceof Opening.Failed)) {
      opening =
          opener
              .open()
              .exceptionally(
                  failure -> new Opening.Failed(Trouble.UNREACHABLE, Peer.reasonOf(failure)));
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

  /** What an answer is worth, and whether it is worth asking once more. */
  record Judged(Reply reply, boolean again) {}

  Judged judge(ClientSession session, ClientSession.Signed request, RawAnswer answer) {
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
    if (error.isEmpty() && answer.status() == 401) {
      forget(session); // the answer to HEAD: it has no body to say more
      return new Judged(reply, true);
    }
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
}
