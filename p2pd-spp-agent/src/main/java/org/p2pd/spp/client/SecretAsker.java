package org.p2pd.spp.client;

import static org.p2pd.spp.NodeAddress.SPP;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.p2pd.spp.Introductions;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.Octets;
import org.p2pd.spp.Secret;
import org.p2pd.spp.SecretMessages;
import org.p2pd.spp.SppLimits;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks a parent for the secret (docs/spp.md section 3.4), which dials back before it answers. Never
 * blocks.
 */
final class SecretAsker {

  private static final Logger LOG = LoggerFactory.getLogger(SecretAsker.class);

  /** The dial-back's time and that of both answers. */
  private static final Duration WITHIN = SppLimits.DIAL_BACK_WITHIN.plusSeconds(2);

  private final HttpLanes http;
  private final ClientIdentity self;
  private final NodeAddress node;

  SecretAsker(HttpLanes http, ClientIdentity self, NodeAddress node) {
    this.http = http;
    this.self = self;
    this.node = node;
  }

  /** What came of it. */
  sealed interface Outcome {
    record Given(Secret secret) implements Outcome {}

    record Refused(Trouble trouble, String detail) implements Outcome {}
  }

  CompletableFuture<Outcome> ask() {
    Octets nonce = Octets.random(SppLimits.NONCE_BYTES, self.random());
    Endpoint endpoint = self.endpoint();
    byte[] body =
        new SecretMessages.Ask(
                self.key().publicKey(), nonce, endpoint.port(), endpoint.contextPath())
            .toJson()
            .toBytes();
    Introductions.Wait wait = self.introductions().await(nonce);
    return http.ask(
            HttpLanes.Lane.URGENT,
            node,
            new HttpLanes.Call("POST", SPP + "/secret", Map.of(), body),
            WITHIN,
            SppLimits.MAX_JSON_BYTES)
        .handle(
            (answer, failure) -> {
              wait.close();
              return failure == null
                  ? check(wait, answer)
                  : new Outcome.Refused(Trouble.UNREACHABLE, Peer.reasonOf(failure));
            });
  }

  private Outcome check(Introductions.Wait wait, RawAnswer answer) {
    if (answer.status() != 200) {
      Opening.Failed refusal = SessionOpener.refusal(answer);
      return new Outcome.Refused(refusal.trouble(), refusal.detail());
    }
    try {
      SecretMessages.Handover handover =
          SecretMessages.Handover.parse(JsonBody.parse(answer.body()));
      if (!wait.accepts(handover)) {
        return new Outcome.Refused(
            Trouble.NOT_DIRECT, "the secret does not come from the node that dialled back");
      }
      LOG.warn(
          "{} handed over the secret of its network in the clear: this trusts every machine on the"
              + " way. To stop it: p2pd secret FILE, copy FILE to every node, start each with"
              + " --secret-file FILE",
          node);
      return new Outcome.Given(handover.secret());
    } catch (MalformedException e) {
      return new Outcome.Refused(Trouble.NOT_A_NODE, String.valueOf(e.getMessage()));
    }
  }
}
