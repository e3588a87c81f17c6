package org.p2pd.cluster.sockets;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.SocketFactory;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects links to other members, in threads of its own, each within a time limit. Addresses that
 * have shown that they know the secret have threads that others cannot take, so nobody who was
 * merely named keeps them waiting. Thread-safe.
 */
final class Dialler {

  private static final Logger LOG = LoggerFactory.getLogger(Dialler.class);

  private final InetAddress from;
  private final ClusterTls tls;
  private final SocketFactory plainSockets;
  private final Deadlines deadlines;
  private final Unanswered unanswered;
  private final KnownHosts proven = new KnownHosts();
  private final NewHosts newHosts;
  private final Handshakes ofProven;
  private final Handshakes ofNamed;

  /** One for each of a node's groups: whoever never answers holds no more. */
  private static final int MOST_OF_ONE = 2;

  private static final int MOST_WAITING = 64;

  /**
   * @param from where connections come from; the wildcard address leaves it to the system
   */
  Dialler(
      InetAddress from,
      ClusterTls tls,
      SocketFactory plainSockets,
      Deadlines deadlines,
      Ticker ticker) {
    this.from = from;
    this.tls = tls;
    this.plainSockets = plainSockets;
    this.deadlines = deadlines;
    this.unanswered = new Unanswered(ticker);
    this.newHosts = new NewHosts(ticker);
    this.ofProven = new Handshakes("p2pd-cluster-dial", MOST_OF_ONE, MOST_WAITING, ticker);
    this.ofNamed = new Handshakes("p2pd-cluster-try", MOST_OF_ONE, MOST_WAITING, ticker);
  }

  /** All addresses are worth another try. */
  void forgetUnanswered() {
    unanswered.forget();
  }

  /** It called us and knew the secret: it is there. */
  void called(InetAddress by) {
    proven.add(by);
    unanswered.called(by);
  }

  /**
   * Begins to connect the link, and returns at once.
   *
   * @param connectMillis how long TCP may take; 0 for no limit but the whole's
   * @throws IOException if the address did not answer a moment ago, or too much is being dialled
   */
  void dial(Link link, InetSocketAddress address, int connectMillis) throws IOException {
    if (unanswered.contains(address)) {
      throw new ConnectException(address + " did not answer a moment ago");
    }
    boolean isProven = proven.contains(address.getAddress());
    if (!isProven && !newHosts.admits(address.getAddress())) {
      throw new ConnectException("too many new addresses, " + address + " is not dialled yet");
    }
    link.dialling(address);
    Runnable giveUp = () -> inVain(link, address);
    Runnable inTime = deadlines.within(ClusterPort.HANDSHAKE_WITHIN, giveUp);
    Handshakes handshakes = isProven ? ofProven : ofNamed;
    if (!handshakes.begin(address, () -> dialNow(link, address, connectMillis, inTime), giveUp)) {
      inTime.run();
      throw new ConnectException("too much is being dialled, " + address + " not");
    }
  }

  private void dialNow(Link link, InetSocketAddress address, int connectMillis, Runnable inTime) {
    try {
      Socket connection = connect(link, address, connectMillis);
      SSLSocket secured = tls.calling(connection, link.protocol());
      secured.startHandshake();
      if (!secured.getApplicationProtocol().equals(link.protocol())) {
        throw new ConnectException(address + " is not in the group");
      }
      proven.add(address.getAddress());
      unanswered.answered(address);
      link.opened(secured);
    } catch (IOException e) {
      LOG.debug("dialling {} for {} failed: {}", address, link.protocol(), e.toString());
      inVain(link, address);
    } finally {
      inTime.run();
    }
  }

  private Socket connect(Link link, InetSocketAddress address, int connectMillis)
      throws IOException {
    Socket connection = plainSockets.createSocket();
    try {
      link.uses(connection);
    } catch (IOException e) {
      ClusterPort.closeQuietly(connection);
      throw e;
    }
    if (!from.isAnyLocalAddress()) {
      connection.bind(new InetSocketAddress(from, 0));
    }
    connection.connect(address, connectMillis);
    ClusterPort.prepare(connection);
    return connection;
  }

  private void inVain(Link link, InetSocketAddress address) {
    if (!link.isClosed()) { // then it is given up here, and was not by the engine
      unanswered.add(address, !proven.contains(address.getAddress()));
      link.close();
    }
  }

  /** Whoever takes long is given up, if others wait; called several times a second. */
  void makeRoom() {
    ofProven.makeRoom();
    ofNamed.makeRoom();
  }

  void shutdown() {
    ofProven.shutdown();
    ofNamed.shutdown();
  }

  boolean awaitEnd(long seconds) throws InterruptedException {
    return ofProven.awaitEnd(seconds) && ofNamed.awaitEnd(seconds);
  }
}
