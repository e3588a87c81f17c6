package org.p2pd.spp.client;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.NodeId;
import org.p2pd.spp.CanonicalString;
import org.p2pd.spp.CoveredHeaders;
import org.p2pd.spp.Handshake;
import org.p2pd.spp.JsonBody;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.Octets;
import org.p2pd.spp.Secret;
import org.p2pd.spp.SessionKey;
import org.p2pd.spp.SessionMessages;
import org.p2pd.spp.SppHeaders;

/**
 * An enemy: has the secret and opens sessions as it should, then answers as a script says, byte by
 * byte, over a raw socket.
 */
public final class ScriptedNode implements AutoCloseable {

  /** What the enemy does with a request within its session. */
  public interface Script {
    void answer(Exchange exchange) throws IOException;
  }

  public final Secret secret = Secret.random(new SecureRandom());
  public final AtomicInteger connections = new AtomicInteger();
  public final AtomicInteger questions = new AtomicInteger();
  private final NodeKey key = NodeKey.generate();
  private final ServerSocket listening;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Map<String, SessionKey> sessions = new ConcurrentHashMap<>();
  private volatile Script script;

  public ScriptedNode(Script script) throws IOException {
    this.script = script;
    this.listening = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.9"));
    start(this::accept);
  }

  public NodeAddress address() {
    return new NodeAddress("127.0.0.9", listening.getLocalPort(), "");
  }

  public NodeId id() {
    return key.id();
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "test-enemy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listening.accept();
        connections.incrementAndGet();
        open.add(socket);
        start(() -> serve(socket));
      }
    } catch (IOException e) {
      // closed: the test is over
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      while (true) {
        Exchange exchange = Exchange.read(in, socket);
        if (exchange == null) {
          return;
        }
        answer(exchange);
      }
    } catch (IOException e) {
      // the connection ends: the other side sees it
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void answer(Exchange exchange) throws Exception {
    if (exchange.target.equals("/.spp/v1/session")) {
      openSession(exchange);
      return;
    }
    exchange.key = sessions.get(exchange.headers.get(SppHeaders.SESSION));
    if (exchange.target.endsWith("/confirm")) {
      exchange.signed(204, new LinkedHashMap<>(), new byte[0]);
      return;
    }
    questions.incrementAndGet();
    script.answer(exchange);
  }

  private void openSession(Exchange exchange) throws Exception {
    SessionMessages.Open asked = SessionMessages.Open.parse(JsonBody.parse(exchange.body));
    SecureRandom random = new SecureRandom();
    Octets nonce = Octets.random(32, random);
    Octets session = Octets.random(16, random);
    Handshake.Terms terms =
        new Handshake.Terms(asked.nonce(), nonce, asked.key(), key.publicKey(), session);
    sessions.put(session.toString(), terms.sessionKey(secret));
    byte[] body =
        new SessionMessages.Opened(
                session,
                key.publicKey(),
                nonce,
                Handshake.tagOfB(secret, asked.nonce(), nonce, key.publicKey()),
                Octets.of(key.sign(terms.signedByB())),
                List.of(1))
            .toJson()
            .toBytes();
    exchange.send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n");
    exchange.send(body);
  }

  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : open) {
      socket.close();
    }
  }

  /** One request, and the socket to answer it on. */
  public static final class Exchange {
    public final String method;
    public final String target;
    public final Map<String, String> headers;
    public final byte[] body;
    private final Socket socket;
    private final OutputStream out;
    private SessionKey key;

    private Exchange(
        String method, String target, Map<String, String> headers, byte[] body, Socket socket)
        throws IOException {
      this.method = method;
      this.target = target;
      this.headers = headers;
      this.body = body;
      this.socket = socket;
      this.out = socket.getOutputStream();
    }

    static Exchange read(InputStream in, Socket socket) throws IOException {
      List<String> lines = new ArrayList<>();
      StringBuilder line = new StringBuilder();
      while (true) {
        int b = in.read();
        if (b < 0) {
          return null;
        }
        if (b == '\n') {
          if (line.isEmpty()) {
            break;
          }
          lines.add(line.toString());
          line.setLength(0);
        } else if (b != '\r') {
          line.append((char) b);
        }
      }
      Map<String, String> headers = new LinkedHashMap<>();
      for (String header : lines.subList(1, lines.size())) {
        int colon = header.indexOf(':');
        headers.put(
            header.substring(0, colon).toLowerCase(Locale.ROOT),
            header.substring(colon + 1).strip());
      }
      byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
      String[] words = lines.get(0).split(" ", -1);
      return new Exchange(words[0], words[1], headers, body, socket);
    }

    public void send(String text) throws IOException {
      send(text.getBytes(StandardCharsets.US_ASCII));
    }

    public void send(byte[] bytes) throws IOException {
      out.write(bytes);
      out.flush();
    }

    public void hangUp() throws IOException {
      socket.close();
    }

    /** The head of a 206 with a right MAC over whatever the headers say. */
    public void provenHead(Map<String, String> answer, long contentLength) throws IOException {
      Map<String, String> whole = new LinkedHashMap<>(answer);
      whole.put(
          SppHeaders.MAC,
          key.mac(
              CanonicalString.ofProvenAnswer(session(), counter(), CoveredHeaders.ofOwn(answer))));
      head(206, whole, contentLength);
    }

    public void signed(int status, Map<String, String> answer, byte[] content) throws IOException {
      Map<String, String> whole = new LinkedHashMap<>(answer);
      whole.put(
          SppHeaders.MAC,
          key.mac(
              CanonicalString.ofAnswer(
                  session(), counter(), status, CoveredHeaders.ofOwn(answer), content)));
      head(status, whole, status == 204 ? -1 : content.length);
      send(content);
    }

    public void head(int status, Map<String, String> answer, long contentLength)
        throws IOException {
      StringBuilder text = new StringBuilder("HTTP/1.1 " + status + " X\r\n");
      answer.forEach((name, value) -> text.append(name + ": " + value + "\r\n"));
      if (contentLength >= 0) {
        text.append("Content-Length: " + contentLength + "\r\n");
      }
      send(text.append("\r\n").toString());
    }

    private Octets session() {
      try {
        return Octets.parse(headers.get(SppHeaders.SESSION), 16);
      } catch (org.p2pd.spp.MalformedException e) {
        throw new UncheckedIOException(new IOException(e));
      }
    }

    private long counter() {
      return Long.parseLong(headers.get(SppHeaders.COUNTER));
    }
  }
}
