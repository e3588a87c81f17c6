package org.p2pd.spp.server;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.p2pd.identity.NodeKey;
import org.p2pd.spp.CanonicalString;
import org.p2pd.spp.CoveredHeaders;
import org.p2pd.spp.Handshake;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.Octets;
import org.p2pd.spp.Secret;
import org.p2pd.spp.SessionKey;
import org.p2pd.spp.SessionMessages;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.server.SppService.Answer;
import org.p2pd.spp.server.SppService.Request;

/** Asks a service without a network, rightly unless a test spoils the request. */
final class Asker {

  final NodeKey key = NodeKey.generate();
  final Map<String, String> extra = new TreeMap<>();
  InetAddress from = address("127.0.0.1");
  Octets session = Octets.of(new byte[16]);
  SessionKey sessionKey;
  long counter;
  private final SppService service;

  Asker(SppService service) {
    this.service = service;
  }

  static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  Answer.Control open(Secret secret) throws Exception {
    Octets nonce = Octets.random(32, new SecureRandom());
    return open(secret, nonce);
  }

  private Answer.Control open(Secret secret, Octets nonce) throws Exception {
    byte[] body =
        new SessionMessages.Open(
                key.publicKey(), nonce, Handshake.tagOfA(secret, nonce, key.publicKey()))
            .toJson()
            .toBytes();
    Answer.Control answer = post("/session", body);
    if (answer.status() == 200) {
      SessionMessages.Opened opened = SessionMessages.Opened.parse(JsonBody.parse(answer.body()));
      terms =
          new Handshake.Terms(
              nonce, opened.nonce(), key.publicKey(), opened.key(), opened.session());
      session = opened.session();
      sessionKey = terms.sessionKey(secret);
      counter = 0;
    }
    return answer;
  }

  private Handshake.Terms terms;

  Answer confirm() throws Exception {
    return confirm(Octets.of(key.sign(terms.signedByA())));
  }

  Answer confirm(Octets signature) throws Exception {
    return ask(
        "POST",
        "/session/confirm",
        Map.of(),
        new SessionMessages.Confirm(signature, 8080, "", "x").toJson().toBytes());
  }

  Asker standing(Secret secret) throws Exception {
    open(secret);
    if (confirm().status() != 204) {
      throw new AssertionError("no session");
    }
    return this;
  }

  Answer.Control post(String path, byte[] body) throws Exception {
    Map<String, String> headers = new TreeMap<>(extra);
    headers.putIfAbsent(SppHeaders.CONTENT_TYPE, SppHeaders.JSON);
    return (Answer.Control) send("POST", path, headers, body);
  }

  /** A request of the session, whole and signed. */
  Request signed(String method, String target, Map<String, String> headers, byte[] body) {
    Map<String, String> whole = new LinkedHashMap<>(headers);
    whole.put(SppHeaders.SESSION, session.toString());
    whole.put(SppHeaders.COUNTER, Long.toString(++counter));
    byte[] canonical =
        CanonicalString.ofRequest(method, "/.spp/v1" + target, CoveredHeaders.ofOwn(whole), body);
    whole.put(SppHeaders.MAC, sessionKey.mac(canonical));
    if (body.length > 0) {
      whole.put(SppHeaders.CONTENT_TYPE, SppHeaders.JSON);
    }
    whole.putAll(extra);
    return request(method, target, whole, body);
  }

  Answer ask(String method, String target, Map<String, String> headers, byte[] body)
      throws Exception {
    return send(signed(method, target, headers, body));
  }

  Answer get(String target) throws Exception {
    return ask("GET", target, Map.of(), new byte[0]);
  }

  Answer send(Request request) throws Exception {
    return service.answer(request).toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private Answer send(String method, String target, Map<String, String> headers, byte[] body)
      throws Exception {
    return send(request(method, target, headers, body));
  }

  private Request request(String method, String target, Map<String, String> headers, byte[] body) {
    Map<String, List<String>> several = new TreeMap<>();
    headers.forEach((name, value) -> several.put(name.toLowerCase(Locale.ROOT), List.of(value)));
    int query = target.indexOf('?');
    return new Request(
        method,
        query < 0 ? target : target.substring(0, query),
        query < 0 ? "" : target.substring(query + 1),
        several,
        from,
        from,
        body);
  }

  /** The error code of an answer. */
  static String error(Answer answer) throws Exception {
    return answer.status()
        + " "
        + JsonBody.parse(((Answer.Control) answer).body()).text("error", 100);
  }
}
