package org.p2pd.cluster.sockets;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * One group's share of the cluster port: a server socket that binds nothing and gives out the
 * connections of those who know the secret and asked for this group. Thread-safe.
 *
 * <p>{@code bind} opens it, under the name of any address; {@code close} closes it and what waits
 * in it.
 */
final class Door extends ServerSocket {

  /** The most connections that wait to be accepted. */
  static final int MAX_WAITING = 64;

  private final ClusterPort port;
  private final String protocol;
  private final byte[] lastWords;

  @GuardedBy("this")
  private final Deque<Link> waiting = new ArrayDeque<>();

  @GuardedBy("this")
  private @Nullable InetSocketAddress address;

  @GuardedBy("this")
  private boolean closed;

  Door(ClusterPort port, String protocol, byte[] lastWords) throws IOException {
    this.port = port;
    this.protocol = protocol;
    this.lastWords = lastWords.clone();
  }

  /** A link for a caller from there; {@link #offer} gives it out. */
  Link newLink(InetAddress with) throws SocketException {
    port.links().require(with);
    return port.newLink(protocol, lastWords);
  }

  /**
   * Gives a link to whoever accepts.
   *
   * @return false if it is closed, or too many wait
   */
  synchronized boolean offer(Link link) {
    if (closed || waiting.size() >= MAX_WAITING) {
      return false;
    }
    waiting.add(link);
    notifyAll();
    return true;
  }

  @Override
  public Socket accept() throws IOException {
    synchronized (this) {
      while (waiting.isEmpty() && !closed) {
        try {
          wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("accept at " + this);
        }
      }
      if (closed) {
        throw new SocketException("closed: " + this);
      }
      return new LinkSocket(waiting.remove(), port, port.address().getAddress());
    }
  }

  @Override
  public void bind(@Nullable SocketAddress name) throws IOException {
    bind(name, 0);
  }

  @Override
  public void bind(@Nullable SocketAddress name, int unusedBacklog) throws IOException {
    if (!(name instanceof InetSocketAddress internetName)) {
      throw new SocketException("not an internet address: " + name);
    }
    synchronized (this) {
      if (closed || address != null) {
        throw new SocketException("bound or closed already: " + this);
      }
      address = internetName;
    }
    port.opened(protocol, this);
  }

  @Override
  public void close() {
    Deque<Link> unwanted;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      unwanted = new ArrayDeque<>(waiting);
      waiting.clear();
      notifyAll();
    }
    port.closed(protocol, this);
    unwanted.forEach(Link::close);
  }

  @Override
  public synchronized boolean isBound() {
    return address != null;
  }

  @Override
  public synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public synchronized @Nullable InetSocketAddress getLocalSocketAddress() {
    return address;
  }

  @Override
  public synchronized @Nullable InetAddress getInetAddress() {
    return address == null ? null : address.getAddress();
  }

  @Override
  public synchronized int getLocalPort() {
    return address == null ? -1 : address.getPort();
  }

  /** There is no system's socket to be reused. */
  @Override
  public void setReuseAddress(boolean unused) {}

  @Override
  public String toString() {
    return "door " + protocol;
  }
}
