package org.p2pd.cluster.sockets;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * A connection that somebody made, until its first TLS record has come, the one with the
 * ClientHello (RFC 8446 section 5.1). Confined to the thread that accepts, then to that of its
 * handshake; hung up on from any.
 */
final class Caller {

  /** A ClientHello of ours has about 500 bytes, with a ticket up to 3,000. */
  static final int MAX_HELLO_BYTES = 8_192;

  private static final int HEADER_BYTES = 5;
  private static final int HANDSHAKE = 22;
  private static final int MAJOR_VERSION = 3;

  private final SocketChannel channel;
  private final InetAddress address;
  private final boolean known;
  private final long sinceNanos;
  private ByteBuffer record = ByteBuffer.allocate(HEADER_BYTES);

  /**
   * One that has said nothing yet.
   *
   * @param channel does not block
   * @param known whether its address is that of a member, as far as this node knows
   */
  Caller(SocketChannel channel, InetAddress address, boolean known, long sinceNanos) {
    this.channel = channel;
    this.address = address;
    this.known = known;
    this.sinceNanos = sinceNanos;
  }

  InetAddress address() {
    return address;
  }

  boolean isKnown() {
    return known;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  /** With whom it shares its places: only itself if it is known, else its network. */
  InetAddress countedAs() {
    return known ? address : Networks.of(address);
  }

  /**
   * Reads what has come, and nothing behind the record.
   *
   * @return whether the record is complete
   * @throws IOException if it is none, or the connection has ended
   */
  boolean hasSaidHello() throws IOException {
    while (record.hasRemaining()) {
      int read = channel.read(record);
      if (read < 0) {
        throw new EOFException("hung up before it said hello");
      }
      if (read == 0) {
        return false;
      }
      if (record.position() == HEADER_BYTES && !record.hasRemaining()) {
        record = withRoomForTheRest(record.flip());
      }
    }
    return true;
  }

  private static ByteBuffer withRoomForTheRest(ByteBuffer header) throws IOException {
    int length = Short.toUnsignedInt(header.getShort(HEADER_BYTES - Short.BYTES));
    if (header.get(0) != HANDSHAKE
        || header.get(1) != MAJOR_VERSION
        || length == 0
        || length > MAX_HELLO_BYTES) {
      throw new ProtocolException("not a ClientHello");
    }
    return ByteBuffer.allocate(HEADER_BYTES + length).put(header);
  }

  /** Whether it was seen that the record is complete. */
  boolean isReady() {
    return !record.hasRemaining() && record.capacity() > HEADER_BYTES;
  }

  /** What was read. */
  InputStream hello() {
    return new ByteArrayInputStream(record.array(), 0, record.position());
  }

  /** The connection, which blocks from now on. Its channel belongs to no selector any more. */
  Socket connection() throws IOException {
    channel.configureBlocking(true);
    return channel.socket();
  }

  void hangUp() {
    ClusterPort.closeQuietly(channel);
  }
}
