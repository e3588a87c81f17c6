import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A session in which this node asks its parent. */
final class Session {
  private final String parent;
  private final byte[] sessionKey;
  private final String id;
  final String ownId;
  private long counter;

  Session(String parent, NodeKey key, byte[] secret, int port) throws Exception {
    this.parent = parent;
    ownId = Wire.b64(Wire.sha256(key.raw));
    byte[] nonceA = Wire.random(32);
    byte[] tag =
        Wire.hmac(secret, Wire.ascii("p2pd-tag-1"), new byte[1], Wire.ascii("A"), nonceA, key.raw);
    HttpResponse<byte[]> answer =
        Wire.post(
            URI.create(parent + "/.spp/v1/session"),
            "{\"version\": 1, \"key\": \""
                + Wire.b64(key.raw)
                + "\", \"nonce\": \""
                + Wire.b64(nonceA)
                + "\", \"tag\": \""
                + Wire.b64(tag)
                + "\"}");
    Wire.require(answer.statusCode() == 200, "a session is opened: " + answer.statusCode());
    id = Wire.json(answer.body(), "session");
    byte[] keyB = Wire.unb64(Wire.json(answer.body(), "key"));
    byte[] nonceB = Wire.unb64(Wire.json(answer.body(), "nonce"));
    Wire.require(
        Arrays.equals(
            Wire.unb64(Wire.json(answer.body(), "tag")),
            Wire.hmac(
                secret,
                Wire.ascii("p2pd-tag-1"),
                new byte[1],
                Wire.ascii("B"),
                nonceA,
                nonceB,
                keyB)),
        "the parent has the secret");
    byte[] transcript =
        Wire.join(
            Wire.ascii("p2pd-session-1"),
            new byte[1],
            nonceA,
            nonceB,
            key.raw,
            keyB,
            Wire.unb64(id));
    Wire.require(
        NodeKey.verify(
            keyB, Wire.unb64(Wire.json(answer.body(), "signature")), transcript, Wire.ascii("B")),
        "the parent signed the session");
    sessionKey =
        hkdf(
            secret,
            Wire.join(nonceA, nonceB),
            Wire.join(
                Wire.ascii("p2pd-key-1"),
                new byte[1],
                Wire.sha256(key.raw),
                Wire.sha256(keyB),
                Wire.unb64(id)));
    Answer early = ask("GET", "/.spp/v1/node", Map.of(), "");
    Wire.require(
        early.status == 401 && early.error().equals("unconfirmed-session"),
        "nothing is answered before the session is confirmed");
    Answer confirmed =
        ask(
            "POST",
            "/.spp/v1/session/confirm",
            Map.of(),
            "{\"signature\": \""
                + Wire.b64(key.sign(transcript, Wire.ascii("A")))
                + "\", \"port\": "
                + port
                + ", \"path\": \"\", \"software\": \"independent/1\"}");
    Wire.require(confirmed.status == 204 && confirmed.proven, "the session is confirmed");
    Answer facts = ask("GET", "/.spp/v1/node", Map.of(), "");
    Wire.require(
        facts.status == 200
            && facts.proven
            && Wire.json(facts.body, "id").equals(Wire.b64(Wire.sha256(keyB))),
        "the parent's id is its key's fingerprint");
  }

  private static byte[] hkdf(byte[] input, byte[] salt, byte[] info) throws Exception {
    return Wire.hmac(Wire.hmac(salt, input), info, new byte[] {1});
  }

  /** An answer; proven if it carries a right MAC. */
  record Answer(int status, Map<String, String> headers, byte[] body, boolean proven) {
    String error() {
      return Wire.json(body, "error");
    }
  }

  Answer ask(String method, String target, Map<String, String> headers, String body)
      throws Exception {
    return ask(method, target, headers, body, ++counter, true);
  }

  private Answer ask(
      String method,
      String target,
      Map<String, String> headers,
      String body,
      long number,
      boolean rightMac)
      throws Exception {
    TreeMap<String, String> covered = new TreeMap<>();
    headers.forEach((name, value) -> covered.put(name.toLowerCase(Locale.ROOT), value));
    covered.put("spp-session", id);
    covered.put("spp-counter", Long.toString(number));
    String canonical =
        "p2pd-request-1\n"
            + method
            + "\n"
            + target
            + "\n"
            + lines(covered)
            + Wire.b64(Wire.sha256(Wire.ascii(body)))
            + "\n";
    byte[] mac = Wire.hmac(sessionKey, Wire.ascii(canonical));
    if (!rightMac) {
      mac[5] ^= 1;
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(parent + target))
            .timeout(Wire.LIMIT)
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .header("SPP-MAC", Wire.b64(mac));
    covered.forEach(request::header);
    if (!body.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    HttpResponse<byte[]> answer =
        Wire.HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    Map<String, String> answered = new HashMap<>();
    answer
        .headers()
        .map()
        .forEach((name, values) -> answered.put(name.toLowerCase(Locale.ROOT), values.get(0)));
    return new Answer(
        answer.statusCode(),
        answered,
        answer.body(),
        isProven(method, number, answer.statusCode(), answered, answer.body()));
  }

  private boolean isProven(
      String method, long number, int status, Map<String, String> headers, byte[] body)
      throws Exception {
    TreeMap<String, String> covered = new TreeMap<>();
    headers.forEach(
        (name, value) -> {
          boolean named =
              List.of("range", "content-range", "etag", "location", "retry-after").contains(name);
          if (named || (name.startsWith("spp-") && !name.equals("spp-mac"))) {
            covered.put(name, value);
          }
        });
    String bodyLine =
        status == 206
            ? "proven"
            : Wire.b64(Wire.sha256(method.equals("HEAD") ? new byte[0] : body));
    String canonical =
        "p2pd-answer-1\n"
            + id
            + "\n"
            + number
            + "\n"
            + status
            + "\n"
            + lines(covered)
            + bodyLine
            + "\n";
    return Wire.b64(Wire.hmac(sessionKey, Wire.ascii(canonical))).equals(headers.get("spp-mac"));
  }

  private static String lines(TreeMap<String, String> covered) {
    StringBuilder lines = new StringBuilder();
    covered.forEach((name, value) -> lines.append(name).append(':').append(value).append('\n'));
    return lines.toString();
  }

  void refusesWhatItMust() throws Exception {
    Answer replayed = ask("GET", "/.spp/v1/node", Map.of(), "", counter, true);
    Wire.require(
        replayed.status == 401 && replayed.error().equals("replay"), "a counter is taken once");
    Answer forged = ask("GET", "/.spp/v1/node", Map.of(), "", ++counter, false);
    Wire.require(
        forged.status == 401 && forged.error().equals("bad-mac"), "a wrong MAC is refused");
    Answer unknown = ask("GET", "/.spp/v1/no-such-thing", Map.of(), "");
    Wire.require(
        unknown.status == 404 && unknown.proven && unknown.error().equals("unknown-resource"),
        "an unknown resource is said to be unknown");
    Answer edition =
        ask(
            "GET",
            "/.spp/v1/editions/" + Wire.b64(new byte[32]),
            Fetch.headers(this, 0, Fetch.BLOCK - 1, "play-head"),
            "");
    Wire.require(
        edition.status == 404 && edition.proven && edition.error().equals("unknown-edition"),
        "an unknown edition is said to be unknown");
  }
}
