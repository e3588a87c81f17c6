package org.p2pd.cluster.sockets;

import com.google.common.base.Ticker;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.function.Consumer;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A connection between two members, from being dialled or having called to its end. It can be
 * written to, without waiting, before there is a connection. Thread-safe.
 *
 * <pre>
 *   NEW ── dialling ──→ DIALLING ── opened ──→ OPEN
 *    │                      │                    │
 *    └───── close, of the engine, of the port, after a time limit ─────→ CLOSED
 * </pre>
 *
 * While it is being dialled, what is written waits in memory, up to a bound, and whoever reads
 * waits. After {@code close} the reader gets the last words that the engine wanted for this case,
 * then the end: it was not the other's doing. {@code close} never waits: it closes the connection
 * below TLS.
 *
 * <p>Lock order: {@code writing}, then {@code lock}. While bytes go out, only {@code writing} is
 * held, which only writers take.
 */
final class Link {

  /** The most bytes that wait for the handshake. */
  static final int MAX_UNSENT_BYTES = 256 * 1024;

  private enum State {
    NEW,
    DIALLING,
    OPEN,
    CLOSED
  }

  private final String protocol;
  private final byte[] lastWords;
  private final Ticker ticker;
  private final Consumer<Link> whenClosed;
  private final Object lock = new Object();
  private final Object writing = new Object();

  @GuardedBy("lock")
  private State state = State.NEW;

  @GuardedBy("lock")
  private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();

  @GuardedBy("lock")
  private @Nullable InetSocketAddress remote;

  /** The connection below TLS, as soon as there is one. */
  @GuardedBy("lock")
  private @Nullable Socket connection;

  /** Set when it opens; after it is closed, what is left to read. */
  @GuardedBy("lock")
  private @Nullable InputStream input;

  /** Set when it opens. */
  @GuardedBy("lock")
  private @Nullable OutputStream output;

  /** When the write that is under way began, an odd number; 0 while none is. */
  private volatile long writingSinceNanos;

  /**
   * One that is to be dialled.
   *
   * @param whenClosed is told once, when it is closed
   */
  Link(String protocol, byte[] lastWords, Ticker ticker, Consumer<Link> whenClosed) {
    this.protocol = protocol;
    this.lastWords = lastWords.clone();
    this.ticker = ticker;
    this.whenClosed = whenClosed;
  }

  String protocol() {
    return protocol;
  }

  /** The other's address, as soon as it is known. */
  @Nullable InetSocketAddress remote() {
    synchronized (lock) {
      return remote;
    }
  }

  // What the port does.

  /** From now on it is being dialled. */
  void dialling(InetSocketAddress address) throws IOException {
    synchronized (lock) {
      if (state != State.NEW) {
        throw new SocketException("not new: " + this);
      }
      state = State.DIALLING;
      remote = address;
    }
  }

  /** It has a connection now, which is closed with it. */
  void uses(Socket dialled) throws IOException {
    synchronized (lock) {
      requireNotClosed();
      connection = dialled;
    }
  }

  /** Its handshake is done: sends what waited, and lets readers and writers through. */
  void opened(SSLSocket tls) throws IOException {
    OutputStream out = tls.getOutputStream();
    for (byte[] next = unsentOrOpen(tls); next.length > 0; next = unsentOrOpen(tls)) {
      timed(out, next, 0, next.length);
    }
  }

  private byte[] unsentOrOpen(SSLSocket tls) throws IOException {
    synchronized (lock) {
      requireNotClosed();
      byte[] next = unsent.toByteArray();
      unsent.reset();
      if (next.length == 0) {
        input = tls.getInputStream();
        output = tls.getOutputStream();
        state = State.OPEN;
        lock.notifyAll();
      }
      return next;
    }
  }

  /** It called, and its handshake is done. */
  void called(Socket caller, SSLSocket tls) throws IOException {
    dialling((InetSocketAddress) caller.getRemoteSocketAddress());
    uses(caller);
    opened(tls);
  }

  @GuardedBy("lock")
  private void requireNotClosed() throws IOException {
    if (state == State.CLOSED) {
      throw new SocketException("closed: " + protocol + " with " + remote);
    }
  }

  /** Whether a write has been under way for that long. */
  boolean hangs(long nowNanos, long forNanos) {
    long since = writingSinceNanos;
    return since != 0 && nowNanos - since > forNanos;
  }

  // What the engine does.

  /** Reads as {@link InputStream#read(byte[], int, int)} does. */
  int read(byte[] bytes, int offset, int length) throws IOException {
    InputStream in = awaitInput();
    try {
      return in.read(bytes, offset, length);
    } catch (IOException e) {
      synchronized (lock) {
        if (state != State.CLOSED) {
          throw asOfSocket(e);
        }
      }
      return awaitInput().read(bytes, offset, length); // the last words
    }
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
      if (input == null) {
        throw new SocketException("not connected: " + this);
      }
      return input;
    }
  }

  /** Writes as {@link OutputStream#write(byte[], int, int)} does. */
  void write(byte[] bytes, int offset, int length) throws IOException {
    synchronized (writing) {
      OutputStream out;
      synchronized (lock) {
        requireNotClosed();
        if (state == State.DIALLING) {
          if (length > MAX_UNSENT_BYTES - unsent.size()) {
            throw new IOException("too much waits for the handshake with " + remote);
          }
          unsent.write(bytes, offset, length);
          return;
        }
        out = output;
      }
      if (out == null) {
        throw new SocketException("not connected: " + this);
      }
      timed(out, bytes, offset, length);
    }
  }

  private void timed(OutputStream out, byte[] bytes, int offset, int length) throws IOException {
    writingSinceNanos = ticker.read() | 1;
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      throw asOfSocket(e);
    } finally {
      writingSinceNanos = 0;
    }
  }

  /** In the form that the engine expects of sockets; TLS has others, some without a message. */
  private static IOException asOfSocket(IOException e) {
    if (e instanceof EOFException
        || e instanceof SocketException
        || e instanceof InterruptedIOException) {
      return e;
    }
    SocketException broken = new SocketException("broken: " + e);
    broken.initCause(e);
    return broken;
  }

  void close() {
    Socket below;
    synchronized (lock) {
      if (state == State.CLOSED) {
        return;
      }
      state = State.CLOSED;
      input = new ByteArrayInputStream(lastWords);
      unsent.reset();
      below = connection;
      lock.notifyAll();
    }
    whenClosed.accept(this);
    if (below != null) {
      ClusterPort.closeQuietly(below::shutdownOutput); // the other reads what is left, and the end
      ClusterPort.closeQuietly(below);
    }
  }

  boolean isConnected() {
    synchronized (lock) {
      return state == State.DIALLING || state == State.OPEN;
    }
  }

  boolean isClosed() {
    synchronized (lock) {
      return state == State.CLOSED;
    }
  }

  /** How long a read may wait, in milliseconds, once there is a connection; 0 for ever. */
  void readTimeout(int millis) throws SocketException {
    synchronized (lock) {
      if (state == State.OPEN && connection != null) {
        connection.setSoTimeout(millis);
      }
    }
  }

  @Override
  public String toString() {
    return "link " + protocol + " with " + remote();
  }
}
