package org.p2pd.servlet;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** HTTP/1.1 over a plain socket: what is sent and what comes is seen byte for byte. */
final class RawHttp implements Closeable {

  private static final int PATIENCE_MILLIS = 60_000;

  private final Socket socket = new Socket();
  private final InputStream in;

  RawHttp(int port) throws IOException {
    socket.setReceiveBufferSize(32 * 1024);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    in = socket.getInputStream();
  }

  record Head(int status, Map<String, String> fields) {
    String field(String name) {
      return fields.get(name);
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // handed over, not shared
  record Answer(Head head, byte[] body) {
    int status() {
      return head.status();
    }

    String field(String name) {
      return head.field(name);
    }

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /** Sends a request; Host is added if the fields have none. */
  void send(String requestLine, String... fields) throws IOException {
    StringBuilder request = new StringBuilder(requestLine).append(" HTTP/1.1\r\n");
    boolean host = false;
    for (String field : fields) {
      request.append(field).append("\r\n");
      host |= field.startsWith("Host:");
    }
    if (!host) {
      request.append("Host: localhost\r\n");
    }
    sendRaw(request.append("\r\n").toString());
  }

  void sendRaw(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  Head head() throws IOException {
    String statusLine = line();
    Map<String, String> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      fields.merge(
          line.substring(0, colon), line.substring(colon + 1).strip(), (a, b) -> a + ", " + b);
    }
    return new Head(Integer.parseInt(statusLine.substring(9, 12)), fields);
  }

  Answer answer(boolean headOnly) throws IOException {
    Head head = head();
    boolean noBody = headOnly || head.status() == 204 || head.status() == 304;
    if (noBody) {
      return new Answer(head, new byte[0]);
    }
    return new Answer(head, exactly(Integer.parseInt(head.field("Content-Length"))));
  }

  byte[] exactly(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException(bytes.length + " of " + length + " bytes");
    }
    return bytes;
  }

  /** All that comes until the other side closes, however it does. */
  byte[] untilClosed() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] buffer = new byte[64 * 1024];
    try {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        all.write(buffer, 0, read);
      }
    } catch (java.net.SocketException e) {
      return all.toByteArray(); // reset
    }
    return all.toByteArray();
  }

  /** Whether something comes within that time. */
  boolean somethingComesWithin(int millis) throws IOException {
    socket.setSoTimeout(millis);
    try {
      return in.read() >= -1;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } finally {
      socket.setSoTimeout(PATIENCE_MILLIS);
    }
  }

  InputStream in() {
    return in;
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("in the head, after: " + line);
      }
      if (c != '\r') {
        line.write(c);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  /** Closes with a reset, as a player does that was quit. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
