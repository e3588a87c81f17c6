package org.p2pd.cluster.jgroups;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;
import javax.net.SocketFactory;

/**
 * The wire between the nodes of one test. It can be cut between any two of them: connections break,
 * and new ones are refused.
 */
final class Wire {

  private final Set<CutSocket> sockets = ConcurrentHashMap.newKeySet();
  private volatile BiPredicate<String, String> cut = (one, other) -> false;

  /** What a node dials with. */
  SocketFactory from(String host) {
    return new SocketFactory() {
      @Override
      public Socket createSocket() {
        CutSocket socket = new CutSocket(host);
        sockets.add(socket);
        return socket;
      }

      @Override
      public Socket createSocket(String to, int port) {
        throw new UnsupportedOperationException();
      }

      @Override
      public Socket createSocket(String to, int port, InetAddress from, int fromPort) {
        throw new UnsupportedOperationException();
      }

      @Override
      public Socket createSocket(InetAddress to, int port) {
        throw new UnsupportedOperationException();
      }

      @Override
      public Socket createSocket(InetAddress to, int port, InetAddress from, int fromPort) {
        throw new UnsupportedOperationException();
      }
    };
  }

  /** Cuts it wherever one host is on this side and the other is not. */
  void cutAround(Set<String> side) throws IOException {
    cut = (one, other) -> side.contains(one) != side.contains(other);
    for (CutSocket socket : sockets) {
      if (socket.isCut()) {
        socket.close();
      }
    }
  }

  void mend() {
    cut = (one, other) -> false;
  }

  private final class CutSocket extends Socket {

    private final String from;
    private volatile String to = "";

    CutSocket(String from) {
      this.from = from;
    }

    boolean isCut() {
      return cut.test(from, to);
    }

    @Override
    public void connect(SocketAddress address, int timeout) throws IOException {
      to = ((InetSocketAddress) address).getAddress().getHostAddress();
      if (isCut()) {
        throw new ConnectException("cut");
      }
      super.connect(address, timeout);
      if (isCut()) {
        close();
      }
    }

    @Override
    public synchronized void close() throws IOException {
      sockets.remove(this);
      super.close();
    }
  }
}
