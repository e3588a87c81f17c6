import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Where this node answers: only to the introduction that comes while it asks for the secret. */
final class Door implements AutoCloseable {
  private final NodeKey key;
  private final byte[] nonce = Wire.random(32);
  private final HttpServer server = HttpServer.create(new InetSocketAddress("0.0.0.0", 0), 0);
  private volatile byte[] challenge = {};
  private volatile byte[] introducedKey = {};

  Door(NodeKey key) throws IOException {
    this.key = key;
    server.createContext(
        "/.spp/v1/introduction",
        exchange -> {
          byte[] answer = introduce(exchange.getRequestBody().readAllBytes());
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(
              answer.length == 0 ? 404 : 200, answer.length == 0 ? -1 : answer.length);
          try (OutputStream body = exchange.getResponseBody()) {
            body.write(answer);
          }
        });
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  private byte[] introduce(byte[] question) throws IOException {
    if (!Wire.json(question, "nonce").equals(Wire.b64(nonce))) {
      return new byte[0];
    }
    challenge = Wire.unb64(Wire.json(question, "challenge"));
    introducedKey = Wire.unb64(Wire.json(question, "key"));
    try {
      byte[] signature =
          key.sign(
              Wire.ascii("p2pd-introduction-1"),
              new byte[1],
              nonce,
              challenge,
              key.raw,
              introducedKey);
      return Wire.ascii("{\"signature\": \"" + Wire.b64(signature) + "\"}");
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  byte[] askForSecret(String parent) throws Exception {
    HttpResponse<byte[]> answer =
        Wire.post(
            URI.create(parent + "/.spp/v1/secret"),
            "{\"version\": 1, \"key\": \""
                + Wire.b64(key.raw)
                + "\", \"nonce\": \""
                + Wire.b64(nonce)
                + "\", \"port\": "
                + port()
                + ", \"path\": \"\"}");
    Wire.require(
        answer.statusCode() == 200,
        "the parent hands out its secret: "
            + answer.statusCode()
            + " "
            + new String(answer.body(), StandardCharsets.UTF_8)
                .replaceAll("\"secret\":\"[^\"]*\"", "\"secret\":…"));
    byte[] secret = Wire.unb64(Wire.json(answer.body(), "secret"));
    byte[] parentKey = Wire.unb64(Wire.json(answer.body(), "key"));
    Wire.require(
        Arrays.equals(parentKey, introducedKey)
            && Arrays.equals(Wire.unb64(Wire.json(answer.body(), "challenge")), challenge),
        "key and challenge are those of the introduction");
    Wire.require(
        NodeKey.verify(
            parentKey,
            Wire.unb64(Wire.json(answer.body(), "signature")),
            Wire.ascii("p2pd-secret-1"),
            new byte[1],
            nonce,
            challenge,
            Wire.sha256(secret)),
        "the secret is signed by the node that introduced itself");
    Wire.require(secret.length >= 16 && secret.length <= 64, "a secret has 16 to 64 bytes");
    return secret;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
