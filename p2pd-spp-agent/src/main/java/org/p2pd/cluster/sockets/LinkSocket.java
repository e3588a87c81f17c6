package org.p2pd.cluster.sockets;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import org.jspecify.annotations.Nullable;

/** A {@link Link} in the shape of a socket, as far as the engine uses one. */
@SuppressWarnings("UnsynchronizedOverridesSynchronized") // the link has its locks
final class LinkSocket extends Socket {

  private final Link link;
  private final ClusterPort port;
  private final InetAddress own;
  private final InputStream in = new Reading();
  private final OutputStream out = new Writing();
  private volatile int readTimeoutMillis;

  LinkSocket(Link link, ClusterPort port, InetAddress own) throws SocketException {
    super((SocketImpl) null);
    this.link = link;
    this.port = port;
    this.own = own;
  }

  @Override
  public void connect(SocketAddress address, int timeoutMillis) throws IOException {
    if (!(address instanceof InetSocketAddress internetAddress) || internetAddress.isUnresolved()) {
      throw new SocketException("not an internet address: " + address);
    }
    try {
      port.requireReachable(internetAddress.getAddress(), own);
      port.links().require(internetAddress.getAddress());
      port.dialler().dial(link, internetAddress, timeoutMillis);
    } catch (IOException e) {
      link.close();
      throw e;
    }
  }

  @Override
  public void connect(SocketAddress address) throws IOException {
    connect(address, 0);
  }

  @Override
  public InputStream getInputStream() {
    return in;
  }

  @Override
  public OutputStream getOutputStream() {
    return out;
  }

  @Override
  public void close() {
    link.close();
  }

  @Override
  public boolean isConnected() {
    return link.isConnected();
  }

  @Override
  public boolean isClosed() {
    return link.isClosed();
  }

  @Override
  public @Nullable InetSocketAddress getRemoteSocketAddress() {
    return link.remote();
  }

  @Override
  public @Nullable InetAddress getInetAddress() {
    InetSocketAddress address = link.remote();
    return address == null ? null : address.getAddress();
  }

  @Override
  public int getPort() {
    InetSocketAddress address = link.remote();
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
  public int getSoTimeout() {
    return readTimeoutMillis;
  }

  /** Has an effect on one that called; the engine has no use for it on one that is dialled. */
  @Override
  public void setSoTimeout(int millis) throws SocketException {
    link.readTimeout(millis);
    readTimeoutMillis = millis;
  }

  /** The port sets this on every connection. */
  @Override
  public void setTcpNoDelay(boolean unused) {}

  /** The port sets this on every connection. */
  @Override
  public void setKeepAlive(boolean unused) {}

  @Override
  public String toString() {
    return link.toString();
  }

  private final class Reading extends InputStream {

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      return link.read(bytes, offset, length);
    }

    @Override
    public void close() {
      link.close();
    }
  }

  private final class Writing extends OutputStream {

    @Override
    public void write(int oneByte) throws IOException {
      write(new byte[] {(byte) oneByte}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      link.write(bytes, offset, length);
    }

    @Override
    public void close() {
      link.close();
    }
  }
}
