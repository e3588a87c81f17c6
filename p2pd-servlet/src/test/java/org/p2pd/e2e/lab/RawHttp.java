package org.p2pd.e2e.lab;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * One connection on which a test writes what it likes and reads as slowly as it likes: for
 * malformed requests, for foreign Host headers, and for viewers that pause.
 */
public final class RawHttp implements AutoCloseable {

  private static final int SMALL_BUFFER_BYTES = 64 * 1024;
  private static final int TIMEOUT_MILLIS = 90_000;
  private static final int MAX_HEAD_BYTES = 256 * 1024;

  private final Socket socket;
  private final InputStream in;
  private final String authority;

  public RawHttp(Node node) throws IOException {
    this(new Socket(), node.address(), node.port(), node.authority());
  }

  public RawHttp(ForeignTomcat tomcat) throws IOException {
    this(new Socket(), tomcat.address(), ForeignTomcat.PORT, tomcat.authority());
  }

  /**
   * @param socket not connected yet; one of TLS, perhaps
   * @param host what stands in Host
   */
  public RawHttp(Socket socket, String address, int port, String host) throws IOException {
    authority = host;
    this.socket = socket;
    socket.setReceiveBufferSize(SMALL_BUFFER_BYTES);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.connect(new InetSocketAddress(address, port), TIMEOUT_MILLIS);
    in = socket.getInputStream();
  }

  /** A status line with its headers, by lower-case name. */
  public record Head(int status, Map<String, String> headers) {
    public String header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }

    public long contentLength() {
      return Long.parseLong(header("Content-Length"));
    }
  }

  /** One exchange on a connection of its own: the head and the text of the body. */
  public record Answer(Head head, String body) {
    public int status() {
      return head.status();
    }
  }

  /** Sends a request of these lines on a connection of its own and reads the answer to it. */
  public static Answer ask(Node node, String... lines) throws IOException {
    try (RawHttp connection = new RawHttp(node)) {
      connection.send(lines);
      Head head = connection.head();
      boolean bodiless =
          lines[0].startsWith("HEAD") || head.status() == 204 || head.status() == 304;
      byte[] body = bodiless ? new byte[0] : connection.body(head);
      return new Answer(head, new String(body, StandardCharsets.UTF_8));
    }
  }

  /** Writes these lines and the empty one that ends a head; adds Host unless a line has it. */
  public void send(String... lines) throws IOException {
    StringBuilder head = new StringBuilder();
    boolean hasHost = false;
    for (String line : lines) {
      head.append(line).append("\r\n");
      hasHost |= line.toLowerCase(Locale.ROOT).startsWith("host:");
    }
    if (!hasHost) {
      head.append("Host: ").append(authority).append("\r\n");
    }
    write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
  }

  public void write(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  public Head head() throws IOException {
    String status = line();
    if (!status.startsWith("HTTP/1.1 ")) {
      throw new IOException("not a status line: " + status);
    }
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    return new Head(Integer.parseInt(status.substring(9, 12)), headers);
  }

  /** The body, by its Content-Length, its chunks, or the end of the connection. */
  public byte[] body(Head head) throws IOException {
    if (head.header("Transfer-Encoding").equals("chunked")) {
      var all = new java.io.ByteArrayOutputStream();
      for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
        all.write(exactly(size));
        line();
      }
      line();
      return all.toByteArray();
    }
    if (head.header("Content-Length").isEmpty()) {
      return in.readAllBytes();
    }
    return exactly((int) head.contentLength());
  }

  /** Exactly that many bytes of the body; fails if the connection ends before. */
  public byte[] exactly(int lengthBytes) throws IOException {
    byte[] bytes = in.readNBytes(lengthBytes);
    if (bytes.length < lengthBytes) {
      throw new EOFException("closed after " + bytes.length + " of " + lengthBytes + " bytes");
    }
    return bytes;
  }

  /** Reads on to the end of that file, of which {@code position} bytes have come, comparing all. */
  public void expectRestOf(Path file, long position) throws IOException {
    try (InputStream original = Files.newInputStream(file)) {
      original.skipNBytes(position);
      byte[] expected = new byte[SMALL_BUFFER_BYTES];
      for (int n = original.readNBytes(expected, 0, expected.length);
          n > 0;
          n = original.readNBytes(expected, 0, expected.length)) {
        if (!Arrays.equals(exactly(n), 0, n, expected, 0, n)) {
          throw new AssertionError("wrong bytes in " + file);
        }
      }
    }
  }

  /** What still comes until the other side closes, at most {@code maxBytes}. */
  public byte[] untilClosed(int maxBytes) throws IOException {
    return in.readNBytes(maxBytes);
  }

  public InputStream in() {
    return in;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new EOFException("closed within a line: " + line);
      }
      if (line.length() > MAX_HEAD_BYTES) {
        throw new IOException("a line without an end");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
