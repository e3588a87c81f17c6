package org.p2pd.cluster.sockets;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.SocketFactory;
import org.p2pd.cluster.Reach;
import org.p2pd.model.NodeId;
import org.p2pd.spp.Secret;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one port on which the members of all of a node's groups reach it, and from which it reaches
 * them. What it lets through has shown, over TLS 1.3, that it knows the secret; which group it
 * wants it says in the handshake (ALPN {@code p2pd/<group>}). Thread-safe.
 *
 * <p>To the engine it looks like ordinary sockets: {@link #newServerSocket} and {@link #newSocket}.
 * No thread of the engine ever waits for a stranger: dialling and handshakes have threads and time
 * limits of their own.
 *
 * <p>Threads: one accepts and waits until callers have said hello ({@link Callers}); up to 16
 * answer handshakes and 16 others dial ({@link Dialler}), half of them for those who are known,
 * ending when they are idle; one keeps time ({@link Deadlines}). {@link #close} ends them all.
 */
public final class ClusterPort implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ClusterPort.class);

  /** From being accepted to the hello, and from there or being dialled to the handshake's end. */
  static final Duration HANDSHAKE_WITHIN = Duration.ofMillis(2_500);

  /** A write that takes longer ends its connection: the engine has one thread that sends. */
  static final Duration WRITE_WITHIN = Duration.ofMillis(2_500);

  private static final Duration LOOK = Duration.ofMillis(250);
  private static final int BACKLOG = 128;
  private static final long END_SECONDS = 5;

  private final InetSocketAddress address;
  private final Ticker ticker;
  private final Deadlines deadlines = new Deadlines();
  private final Map<String, Door> doors = new ConcurrentHashMap<>();
  private final Links links = new Links();
  private final KnownHosts expected = new KnownHosts();
  private final Dialler dialler;
  private final Callers callers;
  private volatile boolean closed;

  private ClusterPort(
      ServerSocketChannel listening, ClusterTls tls, SocketFactory plainSockets, Ticker ticker)
      throws IOException {
    this.address = (InetSocketAddress) listening.getLocalAddress();
    this.ticker = ticker;
    this.dialler = new Dialler(address.getAddress(), tls, plainSockets, deadlines, ticker);
    this.callers =
        new Callers(listening, tls, deadlines, doors, expected::contains, this::called, ticker);
  }

  private void called(InetAddress by) {
    expected.add(by);
    dialler.called(by);
  }

  /**
   * Opens the port.
   *
   * @param bind where to listen, and, unless it is the wildcard address, from where to dial; port 0
   *     for any free port
   * @param secrets at least one; the first is spoken, all are accepted
   * @throws IOException if the port is taken, or the address is not this machine's
   */
  public static ClusterPort open(InetSocketAddress bind, List<Secret> secrets) throws IOException {
    return open(bind, secrets, SocketFactory.getDefault(), Ticker.systemTicker());
  }

  /**
   * As {@link #open(InetSocketAddress, List)}, with sockets and a clock of the caller's.
   *
   * @param plainSockets makes the unconnected sockets with which it dials
   */
  public static ClusterPort open(
      InetSocketAddress bind, List<Secret> secrets, SocketFactory plainSockets, Ticker ticker)
      throws IOException {
    ClusterTls tls = ClusterTls.of(secrets);
    ServerSocketChannel listening = ServerSocketChannel.open();
    try {
      listening.bind(bind, BACKLOG);
    } catch (IOException e) {
      closeQuietly(listening);
      throw new IOException("listen for the cluster at " + bind + ": " + e.getMessage(), e);
    }
    ClusterPort port = new ClusterPort(listening, tls, plainSockets, ticker);
    port.callers.begin();
    port.deadlines.every(LOOK, port::look);
    return port;
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return address;
  }

  /**
   * A server socket that accepts, once it is bound to whatever address, those who want this group.
   * It binds no port of the machine. A group has one at a time.
   *
   * @param lastWords see {@link #newSocket}
   */
  public ServerSocket newServerSocket(NodeId group, byte[] lastWords) throws IOException {
    return new Door(this, protocol(group), lastWords);
  }

  /**
   * A socket that dials a member of this group. Its {@code connect} returns at once, without having
   * connected; it fails if the address did not answer a moment ago, or if too much is being
   * dialled.
   *
   * @param own where this node is reached in that group; to what that does not admit ({@link
   *     Reach}) nothing is dialled, unless a member is expected there
   * @param lastWords what its reader is given before the end, when dialling came to nothing or the
   *     connection was closed on this side
   */
  public Socket newSocket(NodeId group, InetAddress own, byte[] lastWords) throws IOException {
    return new LinkSocket(newLink(protocol(group), lastWords), this, own);
  }

  /** Lets addresses that did not answer a moment ago be dialled again: for one who begins anew. */
  public void forgetUnanswered() {
    dialler.forgetUnanswered();
  }

  /**
   * Members may call from there: strangers cannot take the places that are kept for them. So many
   * are remembered at most, those named last.
   */
  public void expect(Collection<InetAddress> members) {
    members.forEach(expected::add);
  }

  private static String protocol(NodeId group) {
    return "p2pd/" + group;
  }

  Dialler dialler() {
    return dialler;
  }

  void requireReachable(InetAddress address, InetAddress own) throws ConnectException {
    if (!expected.contains(address) && !Reach.admits(address, own)) {
      throw new ConnectException(address + " is not for a node at " + own + " to dial");
    }
  }

  Links links() {
    return links;
  }

  Link newLink(String protocol, byte[] lastWords) throws SocketException {
    Link link = new Link(protocol, lastWords, ticker, links::remove);
    links.add(link);
    if (closed) {
      link.close();
    }
    return link;
  }

  void opened(String protocol, Door door) throws IOException {
    if (doors.putIfAbsent(protocol, door) != null) {
      throw new SocketException("this node is in the group already: " + protocol);
    }
    if (closed) {
      doors.remove(protocol, door);
      throw new SocketException("the cluster port is closed");
    }
  }

  void closed(String protocol, Door door) {
    doors.remove(protocol, door);
  }

  static void prepare(Socket connection) throws SocketException {
    connection.setTcpNoDelay(true);
    connection.setKeepAlive(true);
  }

  private void look() {
    dialler.makeRoom();
    callers.makeRoom();
    long now = ticker.read();
    for (Link link : links.all()) {
      if (link.hangs(now, WRITE_WITHIN.toNanos())) {
        LOG.debug("a write over {} hangs: it is closed", link);
        link.close();
      }
    }
  }

  /** Ends all connections and threads; what is still being done fails. */
  @Override
  public void close() {
    closed = true;
    dialler.shutdown();
    callers.shutdown();
    deadlines.shutdown();
    List.copyOf(doors.values()).forEach(Door::close);
    links.all().forEach(Link::close);
    try {
      if (!dialler.awaitEnd(END_SECONDS)
          || !callers.awaitEnd(END_SECONDS)
          || !deadlines.awaitEnd(END_SECONDS)) {
        LOG.warn("threads of the cluster port have not ended within {} s", END_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static void closeQuietly(AutoCloseable connection) {
    try {
      connection.close();
    } catch (Exception e) {
      // It is given up in any case.
      LOG.debug("closing {} failed: {}", connection, e.toString());
    }
  }

  @Override
  public String toString() {
    return "cluster port " + address();
  }
}
