package org.p2pd.e2e.lab;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Many viewers on one thread, each reading one title at the rate of its video and comparing every
 * byte with the original.
 */
public final class Crowd {

  private static final int HEAD_BYTES = 8 * 1024;
  private static final int CHUNK_BYTES = 16 * 1024;

  private final Node node;
  private final long bytesPerSecond;

  public Crowd(Node node, long bytesPerSecond) {
    this.node = node;
    this.bytesPerSecond = bytesPerSecond;
  }

  /**
   * What one viewer asks for.
   *
   * @param original the file whose bytes must come
   * @param first where in it the viewer begins
   */
  public record Seat(String title, Path original, long first) {}

  /**
   * What became of the crowd.
   *
   * @param receivedBytes of bodies, all compared
   * @param behind viewers that got less than three quarters of what they could have taken
   * @param slowestStart how long the last viewer waited for the first byte of a body
   * @param broken why viewers failed, one line each
   */
  public record Outcome(
      long receivedBytes, int behind, Duration slowestStart, List<String> broken) {
    public Outcome {
      broken = List.copyOf(broken);
    }
  }

  /** Lets all of them watch for that long. */
  public Outcome watch(List<Seat> seats, Duration time) throws IOException {
    List<Watching> viewers = new ArrayList<>();
    List<String> broken = new ArrayList<>();
    try (Selector selector = Selector.open()) {
      for (Seat seat : seats) {
        viewers.add(new Watching(seat, selector));
      }
      long start = System.nanoTime();
      while (System.nanoTime() - start < time.toNanos()) {
        selector.select(5);
        selector.selectedKeys().clear();
        long due = bytesPerSecond * (System.nanoTime() - start) / 1_000_000_000L;
        for (Watching viewer : viewers) {
          viewer.takeUpTo(due, broken);
        }
      }
      long wanted = bytesPerSecond * time.toSeconds();
      int behind = (int) viewers.stream().filter(v -> v.received < wanted * 3 / 4).count();
      long received = viewers.stream().mapToLong(v -> v.received).sum();
      long slowest = viewers.stream().mapToLong(v -> v.firstByteNanos - start).max().orElse(0);
      return new Outcome(received, behind, Duration.ofNanos(slowest), broken);
    } finally {
      for (Watching viewer : viewers) {
        viewer.close();
      }
    }
  }

  private final class Watching implements AutoCloseable {
    private final Seat seat;
    private final SocketChannel channel;
    private final FileChannel original;
    private final ByteBuffer request;
    private final ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    private final ByteBuffer expected = ByteBuffer.allocate(CHUNK_BYTES);
    private boolean inBody;
    private boolean failed;
    private long received;
    private long firstByteNanos;

    private Watching(Seat seat, Selector selector) throws IOException {
      this.seat = seat;
      original = FileChannel.open(seat.original());
      channel = SocketChannel.open();
      channel.connect(new InetSocketAddress(node.address(), node.port()));
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      String lines =
          "GET "
              + Urls.encode(seat.title())
              + " HTTP/1.1\r\nHost: "
              + node.authority()
              + "\r\nRange: bytes="
              + seat.first()
              + "-\r\n\r\n";
      request = ByteBuffer.wrap(lines.getBytes(StandardCharsets.US_ASCII));
    }

    /** Takes what is there, but not more in all than a player would have by now. */
    private void takeUpTo(long due, List<String> broken) {
      if (failed) {
        return;
      }
      try {
        if (request.hasRemaining()) {
          channel.write(request);
        }
        if (!inBody) {
          readHead();
        }
        while (inBody && received < due && readBody()) {
          // goes on until nothing is there or the viewer has enough for now
        }
      } catch (IOException e) {
        failed = true;
        broken.add(seat + " after " + received + " bytes: " + e);
      }
    }

    private void readHead() throws IOException {
      if (channel.read(head) < 0) {
        throw new IOException("closed before an answer");
      }
      String text = new String(head.array(), 0, head.position(), StandardCharsets.ISO_8859_1);
      int end = text.indexOf("\r\n\r\n");
      if (end < 0) {
        return;
      }
      if (!text.startsWith("HTTP/1.1 206 ")) {
        throw new IOException(text.substring(0, text.indexOf("\r\n")));
      }
      inBody = true;
      firstByteNanos = System.nanoTime();
      compare(ByteBuffer.wrap(head.array(), end + 4, head.position() - end - 4));
    }

    private boolean readBody() throws IOException {
      chunk.clear();
      int n = channel.read(chunk);
      if (n < 0) {
        if (seat.first() + received == original.size()) {
          return false;
        }
        throw new IOException("closed early");
      }
      compare(chunk.flip());
      return n > 0;
    }

    private void compare(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        expected.clear().limit(Math.min(expected.capacity(), bytes.remaining()));
        original.read(expected, seat.first() + received);
        expected.flip();
        ByteBuffer part = bytes.slice(bytes.position(), expected.remaining());
        if (expected.remaining() == 0 || !part.equals(expected)) {
          throw new IOException("wrong bytes at " + (seat.first() + received));
        }
        received += expected.limit();
        bytes.position(bytes.position() + expected.limit());
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
      original.close();
    }
  }
}
