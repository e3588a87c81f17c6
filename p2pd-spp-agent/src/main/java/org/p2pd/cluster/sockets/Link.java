package org.p2pd.cluster.sockets;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A connection as the engine sees it: connected as soon as it was told to, and written to without
 * waiting, while threads of the port dial and shake hands. Thread-safe.
 *
 * <pre>
 *   NEW ── connect ──→ DIALLING ── opened ──→ OPEN ── close, or its port's, or a write that hangs ──→ CLOSED
 *                          └────── failed ───────────────────────────────────────────────────────────↗
 * </pre>
 *
 * While it dials, what is written waits in memory, up to a bound, and whoever reads waits. When the
 * dial comes to nothing, or the link was closed on this side, the reader gets the last words that
 * the engine wanted for this case, then the end: it is not the other's doing. {@code close} never
 * waits: it closes the connection below TLS.
 *
 * <p>Lock order: {@link #writing}, {@link #state}'s lock. No lock is held while bytes go out, but
 * {@code writing}, which only writers take.
 */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // it has a lock of its own
final class Link extends Socket {

  /** The most bytes that wait for the handshake. */
  static final int MAX_UNSENT_BYTES = 256 * 1024;

  private enum State {
    NEW,
    DIALLING,
    OPEN,
    CLOSED
  }

  private final ClusterPort port;
  private final String protocol;
  private final byte[] lastWords;
  private final Object lock = new Object();
  private final Object writing = new Object();
  private final Reading reading = new Reading();
  private final Writing writingStream = new Writing();

  @GuardedBy("lock")
  private State state = State.NEW;

  @GuardedBy("lock")
  private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();

  @GuardedBy("lock")
  private @Nullable InetSocketAddress remote;

  /** The connection below TLS, as soon as there is one. */
  @GuardedBy("lock")
  private @Nullable Socket connection;

  /** Set when it opens. */
  @GuardedBy("lock")
  private @Nullable SSLSocket tls;

  /** What is left to read when it was closed on this side. */
  @GuardedBy("lock")
  private @Nullable InputStream epitaph;

  /** When the write that is under way began, by the port's ticker; 0 while none is. */
  private volatile long writingSinceNanos;

  private Link(ClusterPort port, String protocol, byte[] lastWords) throws SocketException {
    super((SocketImpl) null);
    this.port = port;
    this.protocol = protocol;
    this.lastWords = lastWords.clone();
  }

  /** One that is to be dialled. */
  static Link toDial(ClusterPort port, String protocol, byte[] lastWords) throws SocketException {
    return new Link(port, protocol, lastWords);
  }

  /** One that called, after its handshake. */
  static Link called(
      ClusterPort port, String protocol, byte[] lastWords, Socket connection, SSLSocket tls)
      throws SocketException {
    Link link = new Link(port, protocol, lastWords);
    synchronized (link.lock) {
      link.state = State.OPEN;
      link.remote = (InetSocketAddress) connection.getRemoteSocketAddress();
      link.connection = connection;
      link.tls = tls;
    }
    return link;
  }

  String protocol() {
    return protocol;
  }

  // What the threads of the port do.

  /** It has a connection now, which is closed with it. */
  void uses(Socket dialled) throws IOException {
    synchronized (lock) {
      if (state == State.CLOSED) {
        throw new SocketException("closed while it was dialled");
      }
      connection = dialled;
    }
  }

  /** The handshake is done: sends what waited, and lets readers and writers through. */
  void opened(SSLSocket after) throws IOException {
    for (byte[] next = unsentOrOpen(after); next.length > 0; next = unsentOrOpen(after)) {
      timed(after, next, 0, next.length);
    }
  }

  private byte[] unsentOrOpen(SSLSocket after) throws IOException {
    synchronized (lock) {
      if (state == State.CLOSED) {
        throw new SocketException("closed while it was dialled");
      }
      byte[] next = unsent.toByteArray();
      unsent.reset();
      if (next.length == 0) {
        tls = after;
        state = State.OPEN;
        lock.notifyAll();
      }
      return next;
    }
  }

  /** Whether a write has been under way for that long. */
  boolean hangs(long nowNanos, long forNanos) {
    long since = writingSinceNanos;
    return since != 0 && nowNanos - since > forNanos;
  }

  // What the engine does.

  @Override
  public void connect(SocketAddress address, int timeoutMillis) throws IOException {
    if (!(address instanceof InetSocketAddress internetAddress) || internetAddress.isUnresolved()) {
      throw new SocketException("not an internet address: " + address);
    }
    synchronized (lock) {
      if (state != State.NEW) {
        throw new SocketException("not new: " + this);
      }
      state = State.DIALLING;
      remote = internetAddress;
    }
    try {
      port.dial(this, internetAddress, timeoutMillis);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  @Override
  public void connect(SocketAddress address) throws IOException {
    connect(address, 0);
  }

  @Override
  public InputStream getInputStream() {
    return reading;
  }

  @Override
  public OutputStream getOutputStream() {
    return writingStream;
  }

  private InputStream awaitInput() throws IOException {
    synchronized (lock) {
      while (state == State.DIALLING) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("read from " + this);
        }
      }
      if (epitaph != null) {
        return epitaph;
      }
      if (state != State.OPEN || tls == null) {
        throw new SocketException("not connected: " + this);
      }
      return tls.getInputStream();
    }
  }

  /** What is read when reading from the other failed. */
  private InputStream afterFailure(IOException e) throws IOException {
    synchronized (lock) {
      if (epitaph == null) {
        throw e;
      }
      return epitaph;
    }
  }

  private void write(byte[] bytes, int offset, int length) throws IOException {
    synchronized (writing) {
      SSLSocket open;
      synchronized (lock) {
        if (state == State.DIALLING) {
          if (length > MAX_UNSENT_BYTES - unsent.size()) {
            throw new IOException("too much waits for the handshake with " + remote);
          }
          unsent.write(bytes, offset, length);
          return;
        }
        open = tls;
        if (state != State.OPEN || open == null) {
          throw new SocketException("Socket closed");
        }
      }
      timed(open, bytes, offset, length);
    }
  }

  private void timed(SSLSocket to, byte[] bytes, int offset, int length) throws IOException {
    writingSinceNanos = port.nanosNeverZero();
    try {
      to.getOutputStream().write(bytes, offset, length);
    } finally {
      writingSinceNanos = 0;
    }
  }

  @Override
  public void close() {
    Socket below;
    synchronized (lock) {
      if (state == State.CLOSED) {
        return;
      }
      state = State.CLOSED;
      epitaph = new ByteArrayInputStream(lastWords);
      below = connection;
      unsent.reset();
      lock.notifyAll();
    }
    port.forget(this);
    if (below != null) {
      ClusterPort.closeQuietly(below);
    }
  }

  @Override
  public boolean isConnected() {
    synchronized (lock) {
      return state == State.DIALLING || state == State.OPEN;
    }
  }

  @Override
  public boolean isClosed() {
    synchronized (lock) {
      return state == State.CLOSED;
    }
  }

  @Override
  public @Nullable InetSocketAddress getRemoteSocketAddress() {
    synchronized (lock) {
      return remote;
    }
  }

  @Override
  public @Nullable InetAddress getInetAddress() {
    InetSocketAddress address = getRemoteSocketAddress();
    return address == null ? null : address.getAddress();
  }

  @Override
  public int getPort() {
    InetSocketAddress address = getRemoteSocketAddress();
    return address == null ? 0 : address.getPort();
  }

  @Override
  public InetSocketAddress getLocalSocketAddress() {
    return port.address();
  }

  @Override
  public InetAddress getLocalAddress() {
    return port.address().getAddress();
  }

  @Override
  public int getLocalPort() {
    return port.address().getPort();
  }

  @Override
  public int getSoTimeout() throws SocketException {
    synchronized (lock) {
      return tls == null ? 0 : tls.getSoTimeout();
    }
  }

  /** For readers of a link that called; those of a dialled one have no use for it. */
  @Override
  public void setSoTimeout(int millis) throws SocketException {
    synchronized (lock) {
      if (tls != null) {
        tls.setSoTimeout(millis);
      }
    }
  }

  /** The port sets this on every connection. */
  @Override
  public void setTcpNoDelay(boolean unused) {}

  /** The port sets this on every connection. */
  @Override
  public void setKeepAlive(boolean unused) {}

  @Override
  public String toString() {
    return "link " + protocol + " with " + getRemoteSocketAddress();
  }

  private final class Reading extends InputStream {

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      InputStream in = awaitInput();
      try {
        return in.read(bytes, offset, length);
      } catch (IOException e) {
        return afterFailure(e).read(bytes, offset, length);
      }
    }

    @Override
    public void close() {
      Link.this.close();
    }
  }

  private final class Writing extends OutputStream {

    @Override
    public void write(int oneByte) throws IOException {
      Link.this.write(new byte[] {(byte) oneByte}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      Link.this.write(bytes, offset, length);
    }

    @Override
    public void close() {
      Link.this.close();
    }
  }
}
