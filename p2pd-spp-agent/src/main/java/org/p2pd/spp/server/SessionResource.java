package org.p2pd.spp.server;

import java.util.List;
import java.util.Optional;
import org.p2pd.identity.NodeKey;
import org.p2pd.spp.Handshake;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.Octets;
import org.p2pd.spp.Secret;
import org.p2pd.spp.SessionMessages;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.server.SppService.Answer;
import org.p2pd.spp.server.SppService.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST session} and {@code POST session/confirm} (docs/spp.md section 3.1). */
final class SessionResource {

  private static final Logger LOG = LoggerFactory.getLogger(SessionResource.class);

  private final NodeParts parts;
  private final SessionTable sessions;
  private final Notices notices;

  SessionResource(NodeParts parts, SessionTable sessions, Notices notices) {
    this.parts = parts;
    this.sessions = sessions;
    this.notices = notices;
  }

  Answer open(Request request) throws MalformedException {
    SessionMessages.Open open = SessionMessages.Open.parse(JsonBody.parse(request.body()));
    Optional<Secret> secret =
        parts.trust().secrets().accepted().stream()
            .filter(s -> Handshake.tagOfA(s, open.nonce(), open.key()).equals(open.tag()))
            .findFirst();
    if (secret.isEmpty()) {
      if (notices.isDue("wrong secret", request.peer())) {
        LOG.warn(
            "a node at {} ({}) has another secret than this one and was refused. If it belongs"
                + " here: p2pd secret FILE, copy FILE to every node, start each with --secret-file"
                + " FILE",
            request.peer().getHostAddress(),
            open.key().id());
      }
      return Answers.error(SppError.WRONG_SECRET);
    }
    NodeKey key = parts.self().key();
    Octets nonce = Octets.random(SppLimits.NONCE_BYTES, parts.world().random());
    Handshake.Terms terms =
        new Handshake.Terms(
            open.nonce(),
            nonce,
            open.key(),
            key.publicKey(),
            Octets.random(SppLimits.SESSION_BYTES, parts.world().random()));
    ServerSession session =
        new ServerSession(terms, terms.sessionKey(secret.get()), request.peer());
    if (!sessions.add(session)) {
      return Answers.error(SppError.TOO_MANY);
    }
    return Answers.json(
        new SessionMessages.Opened(
                terms.session(),
                key.publicKey(),
                nonce,
                Handshake.tagOfB(secret.get(), open.nonce(), nonce, key.publicKey()),
                Octets.of(key.sign(terms.signedByB())),
                List.of(SessionMessages.VERSION))
            .toJson());
  }

  /** The session's first request, whose MAC was right. */
  Answer confirm(Request request, ServerSession session) throws MalformedException {
    SessionMessages.Confirm confirm = SessionMessages.Confirm.parse(JsonBody.parse(request.body()));
    if (!session.confirmedBy(confirm.signature())) {
      sessions.remove(session);
      return Answers.error(SppError.BAD_SIGNATURE);
    }
    sessions.confirm(session);
    LOG.debug(
        "session with {} at {}:{}{}, {}",
        session.peer(),
        request.peer().getHostAddress(),
        confirm.port(),
        confirm.path(),
        confirm.software());
    return Answers.noContent();
  }
}
