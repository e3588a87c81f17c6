package org.p2pd.spp.client;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.p2pd.identity.PublicKey;
import org.p2pd.spp.CanonicalString;
import org.p2pd.spp.CoveredHeaders;
import org.p2pd.spp.Octets;
import org.p2pd.spp.SessionKey;
import org.p2pd.spp.SppHeaders;

/** One session in which this node asks another: numbers and signs requests, checks answers. */
final class ClientSession {

  private final Octets id;
  private final SessionKey key;
  private final PublicKey peer;
  private final AtomicLong counter = new AtomicLong();

  ClientSession(Octets id, SessionKey key, PublicKey peer) {
    this.id = id;
    this.key = key;
    this.peer = peer;
  }

  /** The key of the node that is asked. */
  PublicKey peer() {
    return peer;
  }

  /** A request that was numbered and signed, to be sent at once. */
  record Signed(HttpLanes.Call call, long counter) {}

  Signed sign(String method, String target, Map<String, String> headers, byte[] body) {
    long number = counter.incrementAndGet();
    Map<String, String> signed = new LinkedHashMap<>(headers);
    signed.put(SppHeaders.SESSION, id.toString());
    signed.put(SppHeaders.COUNTER, Long.toString(number));
    byte[] canonical =
        CanonicalString.ofRequest(method, target, CoveredHeaders.ofOwn(signed), body);
    signed.put(SppHeaders.MAC, key.mac(canonical));
    return new Signed(new HttpLanes.Call(method, target, signed, body), number);
  }

  /** Whether an answer whose body is all there comes from the node that was asked. */
  boolean verifies(Signed request, int status, CoveredHeaders headers, byte[] body, String mac) {
    return key.verifies(
        CanonicalString.ofAnswer(id, request.counter(), status, headers, body), mac);
  }

  /** The same of the head of a 206. */
  boolean verifiesProven(Signed request, CoveredHeaders headers, String mac) {
    return key.verifies(CanonicalString.ofProvenAnswer(id, request.counter(), headers), mac);
  }
}
