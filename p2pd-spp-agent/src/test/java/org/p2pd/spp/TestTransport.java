package org.p2pd.spp;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.p2pd.content.ContentStream;
import org.p2pd.spp.server.SppService;
import org.p2pd.spp.server.SppService.Answer;
import org.p2pd.spp.server.SppService.Request;

/** A minimal HTTP/1.1 server in front of an {@link SppService}: a thread a connection. */
public final class TestTransport implements AutoCloseable {

  private final ServerSocketChannel listening;
  private final String contextPath;
  private final SppService service;
  private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();

  private volatile boolean closed;

  /** Method and target of every request. */
  public final ConcurrentLinkedQueue<String> requests = new ConcurrentLinkedQueue<>();

  /** The Host of every request. */
  public final ConcurrentLinkedQueue<String> hosts = new ConcurrentLinkedQueue<>();

  public final AtomicLong bodyBytes = new AtomicLong();
  public final AtomicLong accepted = new AtomicLong();

  public TestTransport(InetAddress address, int port, String contextPath, SppService service) {
    this.contextPath = contextPath;
    this.service = service;
    try {
      listening = ServerSocketChannel.open();
      listening.bind(new InetSocketAddress(address, port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(this::accept);
  }

  public static TestTransport on(String address, SppService service) throws IOException {
    return new TestTransport(InetAddress.getByName(address), 0, "", service);
  }

  public int port() {
    return listening.socket().getLocalPort();
  }

  public NodeAddress address() {
    return new NodeAddress(
        listening.socket().getInetAddress().getHostAddress(), port(), contextPath);
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "test-http");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel connection = listening.accept();
        accepted.incrementAndGet();
        connections.add(connection);
        if (closed) {
          cutConnections();
          return;
        }
        start(() -> serve(connection));
      }
    } catch (IOException e) {
      // closed: the test is over
    }
  }

  private void serve(SocketChannel connection) {
    try (connection) {
      InputStream in = new BufferedInputStream(Channels.newInputStream(connection));
      connection.socket().setTcpNoDelay(true);
      while (answerOne(in, connection)) {}
    } catch (IOException | InterruptedException | ExecutionException e) {
      // the connection ends: the other side sees it
    } finally {
      connections.remove(connection);
    }
  }

  private boolean answerOne(InputStream in, SocketChannel out)
      throws IOException, InterruptedException, ExecutionException {
    String head = readHead(in);
    if (head == null) {
      return false;
    }
    String[] lines = head.split("\r\n", -1);
    String[] words = lines[0].split(" ", -1);
    requests.add(words[0] + " " + words[1]);
    Map<String, List<String>> headers = new HashMap<>();
    for (int i = 1; i < lines.length - 1; i++) {
      int colon = lines[i].indexOf(':');
      headers
          .computeIfAbsent(
              lines[i].substring(0, colon).toLowerCase(Locale.ROOT), n -> new ArrayList<>())
          .add(lines[i].substring(colon + 1).strip());
    }
    hosts.addAll(headers.getOrDefault("host", List.of()));
    int length = Integer.parseInt(headers.getOrDefault("content-length", List.of("0")).get(0));
    byte[] body = in.readNBytes(length);
    String prefix = contextPath + NodeAddress.SPP;
    if (!words[1].startsWith(prefix)) {
      write(out, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
      return true;
    }
    String[] target = words[1].substring(prefix.length()).split("\\?", 2);
    InetAddress peer = ((InetSocketAddress) out.getRemoteAddress()).getAddress();
    Answer answer =
        service
            .answer(
                new Request(
                    words[0],
                    target[0],
                    target.length > 1 ? target[1] : "",
                    headers,
                    peer,
                    listening.socket().getInetAddress(),
                    body))
            .toCompletableFuture()
            .get();
    send(out, words[0].equals("HEAD"), answer);
    return true;
  }

  private static String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
      int b = in.read();
      if (b < 0 || head.length() > 16_384) {
        return null;
      }
      head.append((char) b);
    }
    return head.substring(0, head.length() - 2);
  }

  private void send(SocketChannel out, boolean head, Answer answer)
      throws IOException, InterruptedException {
    StringBuilder text = new StringBuilder("HTTP/1.1 " + answer.status() + " X\r\n");
    answer.headers().forEach((name, value) -> text.append(name + ": " + value + "\r\n"));
    long length = lengthOf(answer);
    if (!head && answer.status() != 204) {
      text.append("Content-Length: " + length + "\r\n");
    }
    write(out, text.append("\r\n").toString());
    if (head) {
      return;
    }
    if (answer instanceof Answer.Control control) {
      writeAll(out, ByteBuffer.wrap(control.body()));
      control.whenSent().run();
    } else if (answer instanceof Answer.File file) {
      try (FileChannel from = FileChannel.open(file.part().file())) {
        for (long done = 0; done < length; ) {
          done += from.transferTo(file.part().offset() + done, length - done, out);
        }
      }
    } else {
      sendStream(out, ((Answer.Stream) answer).body());
    }
    bodyBytes.addAndGet(length);
  }

  private static long lengthOf(Answer answer) {
    if (answer instanceof Answer.Control control) {
      return control.body().length;
    }
    return answer instanceof Answer.File file
        ? file.part().lengthBytes()
        : ((Answer.Stream) answer).lengthBytes();
  }

  private static void sendStream(WritableByteChannel out, ContentStream stream)
      throws IOException, InterruptedException {
    try (stream) {
      while (true) {
        ContentStream.Next next = stream.next(10_000);
        if (next instanceof ContentStream.Next.Available available) {
          writeAll(out, available.bytes().data().duplicate());
          available.bytes().release();
        } else if (next instanceof ContentStream.Next.Pending) {
          CountDownLatch ready = new CountDownLatch(1);
          stream.whenReady(ready::countDown);
          ready.await();
        } else if (next instanceof ContentStream.Next.End) {
          return;
        } else {
          throw new IOException("the stream failed: " + next);
        }
      }
    }
  }

  private static void write(WritableByteChannel out, String text) throws IOException {
    writeAll(out, ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
  }

  private static void writeAll(WritableByteChannel out, ByteBuffer data) throws IOException {
    while (data.hasRemaining()) {
      out.write(data);
    }
  }

  /** Cuts all connections; new ones are accepted. */
  public void cutConnections() {
    connections.forEach(TestTransport::closeQuietly);
  }

  private static void closeQuietly(SocketChannel connection) {
    try {
      connection.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cutConnections();
  }
}
