package org.p2pd.cluster.sockets;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts whoever connects, and lets those through who know the secret and ask for a group that
 * this node is in. Thread-safe.
 *
 * <pre>
 *   connected ──→ waiting room ── its first record has come ──→ handshake, in a thread ──→ let in
 * </pre>
 *
 * Until that record has come a connection costs a place in the {@link WaitingRoom} and no thread;
 * it also waits there while its network has as many threads as it may have. Addresses that are
 * expected have places and threads that strangers cannot take.
 */
final class Callers {

  private static final Logger LOG = LoggerFactory.getLogger(Callers.class);

  private static final Duration AFTER_ACCEPT_FAILED = Duration.ofMillis(100);
  private static final Duration LOOK_AT_WAITING = Duration.ofMillis(20);

  /** So many are accepted before it is looked at what others have said. */
  private static final int ACCEPTED_AT_ONCE = 16;

  /** The most handshakes with one network, and with one address that is expected. */
  static final int MOST_OF_ONE = 4;

  private static final int MOST_EXPECTED_WAITING = 64;

  /** Whoever waits behind more than these is not served before it gives up itself. */
  private static final int MOST_STRANGERS_WAITING = 16;

  private final ServerSocketChannel listening;
  private final Selector selector;
  private final ClusterTls tls;
  private final Deadlines deadlines;
  private final Map<String, Door> doors;
  private final Predicate<InetAddress> expected;
  private final Consumer<InetAddress> known;
  private final Ticker ticker;
  private final Handshakes ofExpected;
  private final Handshakes ofStrangers;

  /** Confined to the acceptor. */
  private final WaitingRoom room = new WaitingRoom();

  /** Connections in their handshake. */
  private final Set<Caller> pending = ConcurrentHashMap.newKeySet();

  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread acceptor = new Thread(this::serve, "p2pd-cluster-port");

  /**
   * @param listening bound; closed with it
   * @param doors by their protocol
   * @param expected whether an address is a member's, as far as this node knows
   * @param known is told the address of each who knew the secret
   */
  Callers(
      ServerSocketChannel listening,
      ClusterTls tls,
      Deadlines deadlines,
      Map<String, Door> doors,
      Predicate<InetAddress> expected,
      Consumer<InetAddress> known,
      Ticker ticker)
      throws IOException {
    this.listening = listening;
    this.tls = tls;
    this.deadlines = deadlines;
    this.doors = doors;
    this.expected = expected;
    this.known = known;
    this.ticker = ticker;
    this.ofExpected =
        new Handshakes("p2pd-cluster-answer", MOST_OF_ONE, MOST_EXPECTED_WAITING, ticker);
    this.ofStrangers =
        new Handshakes("p2pd-cluster-stranger", MOST_OF_ONE, MOST_STRANGERS_WAITING, ticker);
    this.selector = Selector.open();
    listening.configureBlocking(false);
    listening.register(selector, SelectionKey.OP_ACCEPT);
    acceptor.setDaemon(true);
  }

  void begin() {
    acceptor.start();
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  // The acceptor.

  private void serve() {
    boolean well = true;
    while (!isClosing()) {
      try {
        look();
        well = true;
      } catch (IOException e) {
        if (well && !isClosing()) {
          // Such as too many open files: others close some.
          LOG.warn("accepting at the cluster port failed, and is tried again", e);
        }
        well = false;
        pause();
      }
    }
    room.all().forEach(Caller::hangUp);
    ClusterPort.closeQuietly(listening);
    ClusterPort.closeQuietly(selector); // only now the system's socket is closed
  }

  private void pause() {
    try {
      boolean unused = closing.await(AFTER_ACCEPT_FAILED.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() throws IOException {
    selector.select(room.isEmpty() ? 0 : LOOK_AT_WAITING.toMillis());
    boolean more = false;
    for (SelectionKey key : selector.selectedKeys()) {
      if (key.attachment() instanceof Caller caller) {
        listen(caller, key);
      } else {
        more = true;
      }
    }
    selector.selectedKeys().clear();
    room.ready().forEach(this::begin);
    room.silentFor(ClusterPort.HANDSHAKE_WITHIN.toNanos(), ticker.read()).forEach(Caller::hangUp);
    if (more) {
      accept();
    }
  }

  private void accept() throws IOException {
    for (int accepted = 0; accepted < ACCEPTED_AT_ONCE; accepted++) {
      SocketChannel connection = listening.accept();
      if (connection == null) {
        return;
      }
      try {
        enter(connection);
      } catch (IOException e) {
        LOG.debug("{} was gone before it was looked at: {}", connection, e.toString());
        ClusterPort.closeQuietly(connection);
      }
    }
  }

  private void enter(SocketChannel connection) throws IOException {
    InetAddress by = ((InetSocketAddress) connection.getRemoteAddress()).getAddress();
    Caller caller = new Caller(connection, by, expected.test(by), ticker.read());
    connection.configureBlocking(false);
    connection.register(selector, SelectionKey.OP_READ, caller);
    room.enter(caller).ifPresent(Caller::hangUp);
  }

  private void listen(Caller caller, SelectionKey key) {
    try {
      if (caller.hasSaidHello()) {
        key.cancel();
      }
    } catch (IOException e) {
      LOG.debug("{} is no caller: {}", caller.address(), e.toString());
      room.leave(caller);
      caller.hangUp();
    }
  }

  /** Begins its handshake, unless there is no thread for it now: then it goes on waiting. */
  private void begin(Caller caller) {
    pending.add(caller);
    Runnable giveUp = () -> hangUp(caller);
    Runnable inTime = deadlines.within(ClusterPort.HANDSHAKE_WITHIN, giveUp);
    Handshakes handshakes = caller.isKnown() ? ofExpected : ofStrangers;
    if (handshakes.begin(caller.countedAs(), () -> answer(caller, inTime), giveUp)) {
      room.leave(caller);
      return;
    }
    inTime.run();
    pending.remove(caller);
  }

  private void hangUp(Caller caller) {
    pending.remove(caller);
    caller.hangUp();
  }

  // The threads of handshakes.

  private void answer(Caller caller, Runnable inTime) {
    boolean letIn = false;
    try {
      Socket connection = caller.connection();
      ClusterPort.prepare(connection);
      SSLSocket secured = tls.called(connection, caller.hello(), doors::containsKey);
      secured.startHandshake();
      known.accept(caller.address());
      letIn = letIn(connection, secured);
    } catch (IOException e) {
      LOG.debug("a handshake with {} failed: {}", caller.address(), e.toString());
    } finally {
      inTime.run();
      pending.remove(caller);
      if (!letIn) {
        caller.hangUp();
      }
    }
  }

  private boolean letIn(Socket connection, SSLSocket secured) throws IOException {
    Door door = doors.get(secured.getApplicationProtocol());
    if (door == null) {
      return false; // it asked for no group, or for one that was left meanwhile
    }
    Link link = door.newLink(connection.getInetAddress());
    try {
      link.called(connection, secured);
    } catch (IOException e) {
      link.close();
      throw e;
    }
    if (!door.offer(link)) {
      link.close();
    }
    return true;
  }

  /** Whoever takes long goes, if others wait; called several times a second. */
  void makeRoom() {
    ofExpected.makeRoom();
    ofStrangers.makeRoom();
  }

  /** Closes the listening socket, and hangs up on all that are pending. */
  void shutdown() {
    closing.countDown();
    selector.wakeup();
    ofExpected.shutdown();
    ofStrangers.shutdown();
    List.copyOf(pending).forEach(this::hangUp);
  }

  boolean awaitEnd(long seconds) throws InterruptedException {
    acceptor.join(TimeUnit.SECONDS.toMillis(seconds));
    return ofExpected.awaitEnd(seconds) && ofStrangers.awaitEnd(seconds) && !acceptor.isAlive();
  }
}
