package org.p2pd.spp.server;

import java.net.InetAddress;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.p2pd.identity.NodeKey;
import org.p2pd.spp.Handshake;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.Octets;
import org.p2pd.spp.Secret;
import org.p2pd.spp.SecretMessages;
import org.p2pd.spp.SppError;
import org.p2pd.spp.SppLimits;
import org.p2pd.spp.server.SppService.Answer;
import org.p2pd.spp.server.SppService.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST secret} and {@code POST introduction} (docs/spp.md section 3.4): hands the secret to
 * nodes of private networks that answer when they are dialled back. Thread-safe.
 */
final class SecretResource {

  private static final Logger LOG = LoggerFactory.getLogger(SecretResource.class);

  private final NodeParts parts;
  private final Notices notices;
  private final Set<InetAddress> dialling = ConcurrentHashMap.newKeySet();

  SecretResource(NodeParts parts, Notices notices) {
    this.parts = parts;
    this.notices = notices;
  }

  CompletionStage<Answer> handOver(Request request) throws MalformedException {
    SecretMessages.Ask ask = SecretMessages.Ask.parse(JsonBody.parse(request.body()));
    InetAddress address = request.peer();
    if (!PrivateAddresses.contain(address)) {
      return refuse(address, "secrets are handed to private networks only");
    }
    if (parts.trust().secrets().given()) {
      return refuse(
          address, "this node was given its secret with --secret-file, and hands it to nobody");
    }
    Optional<Secret> secret = parts.trust().secrets().toHandOut();
    if (secret.isEmpty()) {
      return now(Answers.error(SppError.NOT_READY, "this node has no secret yet"));
    }
    if (dialling.size() >= SppLimits.MAX_DIAL_BACKS || !dialling.add(address)) {
      return now(Answers.error(SppError.TOO_MANY));
    }
    NodeKey key = parts.self().key();
    Octets challenge = Octets.random(SppLimits.NONCE_BYTES, parts.world().random());
    return parts
        .trust()
        .dialBack()
        .dial(
            address,
            ask.port(),
            ask.path(),
            new SecretMessages.Introduce(ask.nonce(), challenge, key.publicKey()))
        .handle(
            (introduced, failure) -> {
              dialling.remove(address);
              boolean proven =
                  failure == null
                      && introduced.isPresent()
                      && isSignedBy(ask, challenge, introduced.get());
              return proven
                  ? give(address, ask, challenge, secret.get())
                  : refused(address, "no node answered at its port " + ask.port());
            });
  }

  private boolean isSignedBy(
      SecretMessages.Ask ask, Octets challenge, SecretMessages.Introduced introduced) {
    byte[] signed =
        Handshake.introduction(ask.nonce(), challenge, ask.key(), parts.self().key().publicKey());
    return ask.key().verify(signed, introduced.signature().toBytes());
  }

  private Answer give(
      InetAddress address, SecretMessages.Ask ask, Octets challenge, Secret secret) {
    NodeKey key = parts.self().key();
    LOG.warn(
        "handed the secret of this network to node {} at {} in the clear: this trusts every machine"
            + " on the way. To stop it: p2pd secret FILE, copy FILE to every node, start each with"
            + " --secret-file FILE",
        ask.key().id(),
        address.getHostAddress());
    return Answers.json(
        new SecretMessages.Handover(
                secret,
                key.publicKey(),
                Octets.of(key.sign(Handshake.handover(ask.nonce(), challenge, secret))),
                challenge)
            .toJson());
  }

  private CompletionStage<Answer> refuse(InetAddress address, String why) {
    return now(refused(address, why));
  }

  private Answer refused(InetAddress address, String why) {
    if (notices.isDue("secret", address)) {
      LOG.warn(
          "{} asked for the secret of this network and did not get it: {}. If it belongs here: p2pd"
              + " secret FILE, copy FILE to every node, start each with --secret-file FILE",
          address.getHostAddress(),
          why);
    }
    return Answers.error(SppError.SECRET_NOT_GIVEN, why);
  }

  /** Answers a node that dials back, if this one waits for it. */
  Answer introduce(Request request) throws MalformedException {
    SecretMessages.Introduce introduction =
        SecretMessages.Introduce.parse(JsonBody.parse(request.body()));
    return parts
        .trust()
        .introductions()
        .answer(introduction)
        .map(introduced -> Answers.json(introduced.toJson()))
        .orElseGet(() -> Answers.error(SppError.UNKNOWN_RESOURCE));
  }

  private static CompletionStage<Answer> now(Answer answer) {
    return CompletableFuture.completedFuture(answer);
  }
}
