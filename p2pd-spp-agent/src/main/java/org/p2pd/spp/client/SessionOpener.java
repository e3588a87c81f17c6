package org.p2pd.spp.client;

import static org.p2pd.spp.NodeAddress.SPP;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;
import org.p2pd.spp.Handshake;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.Octets;
import org.p2pd.spp.Secret;
import org.p2pd.spp.SessionKey;
import org.p2pd.spp.SessionMessages;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppLimits;

/**
 * Opens sessions with one node (docs/spp.md section 3.1): looks its name up, gets the secret if
 * there is none, proves and checks, confirms, unless another node answers than the one that is
 * expected. Never blocks.
 */
final class SessionOpener {

  private final HttpLanes http;
  private final ClientIdentity self;
  private final NodeAddress node;
  private final SecretHolder secrets;
  private final Optional<NodeId> expected;
  private final SecretAsker asker;

  SessionOpener(
      HttpLanes http,
      ClientIdentity self,
      NodeAddress node,
      SecretHolder secrets,
      Optional<NodeId> expected) {
    this.expected = expected;
    this.http = http;
    this.self = self;
    this.node = node;
    this.secrets = secrets;
    this.asker = new SecretAsker(http, self, node);
  }

  CompletableFuture<Opening> open() {
    return http.resolve(node)
        .handle(
            (resolved, failure) -> failure == null ? null : failed(Trouble.UNREACHABLE, failure))
        .thenCompose(
            trouble ->
                trouble == null ? openResolved() : CompletableFuture.completedFuture(trouble));
  }

  private CompletableFuture<Opening> openResolved() {
    Optional<Secret> secret = secrets.spoken();
    if (secret.isEmpty()) {
      return askForSecret();
    }
    return shake(secret.get())
        .thenCompose(
            opening ->
                opening instanceof Opening.Failed failed
                        && failed.trouble() == Trouble.WRONG_SECRET
                        && secrets.mayAsk()
                    ? askForSecret()
                    : CompletableFuture.completedFuture(opening));
  }

  private CompletableFuture<Opening> askForSecret() {
    if (!secrets.mayAsk()) {
      return CompletableFuture.completedFuture(
          new Opening.Failed(Trouble.NO_SECRET, "this node has no secret"));
    }
    return asker
        .ask()
        .thenCompose(
            outcome -> {
              if (outcome instanceof SecretAsker.Outcome.Refused refused) {
                return CompletableFuture.completedFuture(
                    new Opening.Failed(refused.trouble(), refused.detail()));
              }
              Secret secret = ((SecretAsker.Outcome.Given) outcome).secret();
              secrets.take(secret);
              return shake(secret);
            });
  }

  private CompletableFuture<Opening> shake(Secret secret) {
    NodeKey key = self.key();
    Octets nonce = Octets.random(SppLimits.NONCE_BYTES, self.random());
    Octets tag = Handshake.tagOfA(secret, nonce, key.publicKey());
    byte[] body = new SessionMessages.Open(key.publicKey(), nonce, tag).toJson().toBytes();
    return post(SPP + "/session", body)
        .thenCompose(answer -> check(secret, nonce, answer))
        .exceptionally(failure -> failed(Trouble.UNREACHABLE, failure));
  }

  private CompletableFuture<RawAnswer> post(String target, byte[] body) {
    return http.ask(
        HttpLanes.Lane.URGENT,
        node,
        new HttpLanes.Call("POST", target, Map.of(), body),
        self.settings().answerWithin(),
        SppLimits.MAX_JSON_BYTES);
  }

  private CompletableFuture<Opening> check(Secret secret, Octets nonce, RawAnswer answer) {
    if (answer.status() != 200) {
      return CompletableFuture.completedFuture(refusal(answer));
    }
    SessionMessages.Opened opened;
    try {
      opened = SessionMessages.Opened.parse(JsonBody.parse(answer.body()));
    } catch (MalformedException e) {
      return CompletableFuture.completedFuture(
          new Opening.Failed(Trouble.NOT_A_NODE, String.valueOf(e.getMessage())));
    }
    if (opened.key().equals(self.key().publicKey())) {
      return CompletableFuture.completedFuture(
          new Opening.Failed(Trouble.ONESELF, "the node's key is this node's own"));
    }
    Handshake.Terms terms =
        new Handshake.Terms(
            nonce, opened.nonce(), self.key().publicKey(), opened.key(), opened.session());
    Octets tag = Handshake.tagOfB(secret, nonce, opened.nonce(), opened.key());
    if (!tag.equals(opened.tag())) {
      return CompletableFuture.completedFuture(
          new Opening.Failed(Trouble.WRONG_SECRET, "the node does not know this node's secret"));
    }
    if (!opened.key().verify(terms.signedByB(), opened.signature().toBytes())) {
      return CompletableFuture.completedFuture(
          new Opening.Failed(Trouble.NOT_DIRECT, "the node does not hold the key that it showed"));
    }
    if (!expected.map(opened.key().id()::equals).orElse(true)) {
      return CompletableFuture.completedFuture(
          new Opening.Failed(Trouble.NOT_A_NODE, "another node answers there"));
    }
    SessionKey key = terms.sessionKey(secret);
    return confirm(new ClientSession(opened.session(), key, opened.key()), terms);
  }

  private CompletableFuture<Opening> confirm(ClientSession session, Handshake.Terms terms) {
    Endpoint endpoint = self.endpoint();
    byte[] body =
        new SessionMessages.Confirm(
                Octets.of(self.key().sign(terms.signedByA())),
                endpoint.port(),
                endpoint.contextPath(),
                self.settings().software())
            .toJson()
            .toBytes();
    ClientSession.Signed request = session.sign("POST", SPP + "/session/confirm", Map.of(), body);
    return http.ask(
            HttpLanes.Lane.URGENT,
            node,
            request.call(),
            self.settings().answerWithin(),
            SppLimits.MAX_JSON_BYTES)
        .handle(
            (answer, failure) ->
                failure == null
                    ? confirmed(session, request, answer)
                    : failed(Trouble.UNREACHABLE, failure));
  }

  private static Opening confirmed(
      ClientSession session, ClientSession.Signed request, RawAnswer answer) {
    if (answer.status() != 204) {
      return refusal(answer);
    }
    return Checked.of(session, request, answer).isPresent()
        ? new Opening.Open(session)
        : new Opening.Failed(Trouble.NOT_DIRECT, "the confirmation's answer was changed");
  }

  /** What an answer means that carries no MAC: never more than a reason to try again later. */
  static Opening.Failed refusal(RawAnswer answer) {
    Optional<SppError> error = Reply.errorIn(answer.status(), answer.body());
    if (error.isEmpty()) {
      return new Opening.Failed(
          answer.status() == 429 || answer.status() == 503 ? Trouble.NOT_NOW : Trouble.NOT_A_NODE,
          "it answers " + answer.status());
    }
    Trouble trouble =
        switch (error.get()) {
          case WRONG_SECRET -> Trouble.WRONG_SECRET;
          case THROUGH_A_PROXY -> Trouble.NOT_DIRECT;
          case SECRET_NOT_GIVEN -> Trouble.NO_SECRET;
          case UNKNOWN_RESOURCE -> Trouble.NOT_A_NODE;
          default -> Trouble.NOT_NOW;
        };
    return new Opening.Failed(trouble, "it answers " + error.get());
  }

  private static Opening failed(Trouble trouble, Throwable failure) {
    return new Opening.Failed(trouble, Peer.reasonOf(failure));
  }
}
