package org.p2pd.cluster.sockets;

import com.google.common.base.Ticker;
import com.google.common.util.concurrent.ThreadFactoryBuilder;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import javax.net.ssl.SSLSocket;
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
 * limits of their own, see {@link Link}.
 *
 * <p>What it is made of (threads): one accepts; up to 16 answer handshakes and 16 others dial,
 * ending when they are idle; one keeps time. {@link #close} ends them all.
 */
public final class ClusterPort implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ClusterPort.class);

  /** From being accepted or dialled to the end of the handshake. */
  static final Duration HANDSHAKE_WITHIN = Duration.ofMillis(2_500);

  /** A write that takes longer ends its connection: the engine has one thread that sends. */
  static final Duration WRITE_WITHIN = Duration.ofMillis(2_500);

  private static final Duration LOOK_AT_WRITES = Duration.ofMillis(500);
  private static final Duration AFTER_ACCEPT_FAILED = Duration.ofMillis(100);
  private static final int BACKLOG = 128;
  private static final long END_SECONDS = 5;

  private final ServerSocket listening;
  private final ClusterTls tls;
  private final SocketFactory plainSockets;
  private final Ticker ticker;
  private final Unanswered unanswered;
  private final Map<String, Door> doors = new ConcurrentHashMap<>();
  private final Set<Link> links = ConcurrentHashMap.newKeySet();

  /** Connections that called and have not finished their handshake. */
  private final Set<Socket> callers = ConcurrentHashMap.newKeySet();

  private final Handshakes answering = new Handshakes("p2pd-cluster-answer");
  private final Handshakes dialling = new Handshakes("p2pd-cluster-dial");
  private final ScheduledThreadPoolExecutor clock;
  private final Thread acceptor;
  private final CountDownLatch closing = new CountDownLatch(1);

  private ClusterPort(
      ServerSocket listening, ClusterTls tls, SocketFactory plainSockets, Ticker ticker) {
    this.listening = listening;
    this.tls = tls;
    this.plainSockets = plainSockets;
    this.ticker = ticker;
    this.unanswered = new Unanswered(ticker);
    this.clock =
        new ScheduledThreadPoolExecutor(
            1,
            new ThreadFactoryBuilder().setNameFormat("p2pd-cluster-clock").setDaemon(true).build());
    clock.setRemoveOnCancelPolicy(true);
    clock.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.acceptor = new Thread(this::accept, "p2pd-cluster-port");
    acceptor.setDaemon(true);
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
    ServerSocket listening = new ServerSocket();
    try {
      listening.bind(bind, BACKLOG);
    } catch (IOException e) {
      closeQuietly(listening);
      throw new IOException("listen for the cluster at " + bind + ": " + e.getMessage(), e);
    }
    ClusterPort port = new ClusterPort(listening, tls, plainSockets, ticker);
    port.begin();
    return port;
  }

  private void begin() {
    acceptor.start();
    ScheduledFuture<?> unused =
        clock.scheduleWithFixedDelay(
            this::endHangingWrites,
            LOOK_AT_WRITES.toMillis(),
            LOOK_AT_WRITES.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return (InetSocketAddress) listening.getLocalSocketAddress();
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
   * @param lastWords what its reader is given before the end, when dialling came to nothing or the
   *     connection was closed on this side
   */
  public Socket newSocket(NodeId group, byte[] lastWords) throws IOException {
    return Link.toDial(this, protocol(group), lastWords);
  }

  /** Lets addresses that did not answer a moment ago be dialled again: for one who begins anew. */
  public void forgetUnanswered() {
    unanswered.forget();
  }

  private static String protocol(NodeId group) {
    return "p2pd/" + group;
  }

  // Doors and links tell of themselves.

  void opened(String protocol, Door door) throws IOException {
    if (doors.putIfAbsent(protocol, door) != null) {
      throw new SocketException("this node is in the group already: " + protocol);
    }
    if (isClosed()) {
      doors.remove(protocol, door);
      throw new SocketException("the cluster port is closed");
    }
  }

  void closed(String protocol, Door door) {
    doors.remove(protocol, door);
  }

  void forget(Link link) {
    links.remove(link);
  }

  /** Never 0. */
  long nanosNeverZero() {
    return ticker.read() | 1;
  }

  private boolean isClosed() {
    return closing.getCount() == 0;
  }

  // Being called.

  private void accept() {
    while (!isClosed()) {
      try {
        called(listening.accept());
      } catch (IOException e) {
        if (!isClosed()) {
          // Such as too many open files: others close some.
          LOG.warn("accepting at the cluster port {} failed, and goes on", address(), e);
          pause();
        }
      }
    }
  }

  private void pause() {
    try {
      boolean unused = closing.await(AFTER_ACCEPT_FAILED.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void called(Socket connection) {
    callers.add(connection);
    if (isClosed()) {
      hangUp(connection);
      return;
    }
    InetAddress by = connection.getInetAddress();
    Runnable inTime = within(HANDSHAKE_WITHIN, () -> hangUp(connection));
    boolean begun = answering.begin(by, () -> answer(connection, inTime));
    if (!begun) {
      LOG.debug("{} called too often at once", by);
      inTime.run();
      hangUp(connection);
    }
  }

  private void hangUp(Socket connection) {
    callers.remove(connection);
    closeQuietly(connection);
  }

  private void answer(Socket connection, Runnable inTime) {
    boolean taken = false;
    try {
      prepare(connection);
      SSLSocket secured = tls.called(connection, doors::containsKey);
      secured.startHandshake();
      unanswered.called(connection.getInetAddress());
      taken = letIn(connection, secured);
    } catch (IOException e) {
      LOG.debug("a caller's handshake failed, {}: {}", connection, e.toString());
    } finally {
      inTime.run();
      callers.remove(connection);
      if (!taken) {
        closeQuietly(connection);
      }
    }
  }

  private boolean letIn(Socket connection, SSLSocket secured) throws IOException {
    String protocol = secured.getApplicationProtocol();
    Door door = doors.get(protocol);
    if (door == null) {
      return false; // it asked for no group, or for one that was left meanwhile
    }
    Link link = door.link(connection, secured);
    links.add(link);
    if (isClosed() || !door.offer(link)) {
      link.close();
    }
    return true;
  }

  // Dialling.

  void dial(Link link, InetSocketAddress address, int connectMillis) throws IOException {
    if (unanswered.contains(address)) {
      throw new ConnectException(address + " did not answer a moment ago");
    }
    links.add(link);
    if (isClosed()) {
      throw new SocketException("the cluster port is closed");
    }
    Runnable inTime = within(HANDSHAKE_WITHIN, () -> inVain(link, address));
    boolean begun =
        dialling.begin(address.getAddress(), () -> dialNow(link, address, connectMillis, inTime));
    if (!begun) {
      inTime.run();
      throw new ConnectException("too much is being dialled, " + address + " not");
    }
  }

  private void dialNow(Link link, InetSocketAddress address, int connectMillis, Runnable inTime) {
    try {
      Socket connection = plainSockets.createSocket();
      try {
        link.uses(connection);
      } catch (IOException e) {
        closeQuietly(connection);
        throw e;
      }
      InetAddress from = address().getAddress();
      if (!from.isAnyLocalAddress()) {
        connection.bind(new InetSocketAddress(from, 0));
      }
      connection.connect(address, connectMillis);
      prepare(connection);
      SSLSocket secured = tls.calling(connection, link.protocol());
      secured.startHandshake();
      if (!secured.getApplicationProtocol().equals(link.protocol())) {
        throw new ConnectException(address + " is not in the group");
      }
      link.opened(secured);
    } catch (IOException e) {
      LOG.debug("dialling {} for {} failed: {}", address, link.protocol(), e.toString());
      inVain(link, address);
    } finally {
      inTime.run();
    }
  }

  private void inVain(Link link, InetSocketAddress address) {
    if (!link.isClosed()) { // then it was given up here, and not by the engine
      unanswered.add(address);
      link.close();
    }
  }

  private static void prepare(Socket connection) throws SocketException {
    connection.setTcpNoDelay(true);
    connection.setKeepAlive(true);
  }

  // Time limits.

  /** Does it when the time has passed, unless what is returned is run before. */
  private Runnable within(Duration limit, Runnable otherwise) {
    try {
      ScheduledFuture<?> deadline =
          clock.schedule(otherwise, limit.toMillis(), TimeUnit.MILLISECONDS);
      return () -> deadline.cancel(false);
    } catch (RejectedExecutionException e) {
      // The port is being closed, and so are all its connections.
      return () -> {};
    }
  }

  private void endHangingWrites() {
    long now = ticker.read();
    for (Link link : links) {
      if (link.hangs(now, WRITE_WITHIN.toNanos())) {
        LOG.debug("a write over {} hangs: it is closed", link);
        link.close();
      }
    }
  }

  /** Ends all connections and threads; what is still being done fails. */
  @Override
  public void close() {
    if (isClosed()) {
      return;
    }
    closing.countDown();
    closeQuietly(listening);
    answering.shutdown();
    dialling.shutdown();
    clock.shutdown();
    List.copyOf(doors.values()).forEach(Door::close);
    List.copyOf(links).forEach(Link::close);
    List.copyOf(callers).forEach(this::hangUp);
    awaitEnd();
  }

  private void awaitEnd() {
    try {
      acceptor.join(TimeUnit.SECONDS.toMillis(END_SECONDS));
      boolean ended =
          answering.awaitEnd(END_SECONDS)
              && dialling.awaitEnd(END_SECONDS)
              && clock.awaitTermination(END_SECONDS, TimeUnit.SECONDS)
              && !acceptor.isAlive();
      if (!ended) {
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
