package org.p2pd.cluster.sockets;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts whoever connects, and lets those through who know the secret and ask for a group that
 * this node is in. A stranger holds a thread for a limited time, and one address only some of them.
 * Thread-safe.
 */
final class Callers {

  private static final Logger LOG = LoggerFactory.getLogger(Callers.class);

  private static final Duration AFTER_ACCEPT_FAILED = Duration.ofMillis(100);

  private final ServerSocket listening;
  private final ClusterTls tls;
  private final Deadlines deadlines;
  private final Map<String, Door> doors;
  private final Consumer<InetAddress> known;
  private final Handshakes handshakes = new Handshakes("p2pd-cluster-answer");

  /** Connections that have not finished their handshake. */
  private final Set<Socket> pending = ConcurrentHashMap.newKeySet();

  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread acceptor = new Thread(this::accept, "p2pd-cluster-port");

  /**
   * @param doors by their protocol
   * @param known is told the address of each who knew the secret
   */
  Callers(
      ServerSocket listening,
      ClusterTls tls,
      Deadlines deadlines,
      Map<String, Door> doors,
      Consumer<InetAddress> known) {
    this.listening = listening;
    this.tls = tls;
    this.deadlines = deadlines;
    this.doors = doors;
    this.known = known;
    acceptor.setDaemon(true);
  }

  void begin() {
    acceptor.start();
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  private void accept() {
    boolean well = true;
    while (!isClosing()) {
      try {
        called(listening.accept());
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
  }

  private void pause() {
    try {
      boolean unused = closing.await(AFTER_ACCEPT_FAILED.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void called(Socket connection) {
    pending.add(connection);
    if (isClosing()) {
      hangUp(connection);
      return;
    }
    InetAddress by = connection.getInetAddress();
    Runnable inTime = deadlines.within(ClusterPort.HANDSHAKE_WITHIN, () -> hangUp(connection));
    if (!handshakes.begin(by, () -> answer(connection, inTime))) {
      LOG.debug("{} called too often at once", by);
      inTime.run();
      hangUp(connection);
    }
  }

  private void hangUp(Socket connection) {
    pending.remove(connection);
    ClusterPort.closeQuietly(connection);
  }

  private void answer(Socket connection, Runnable inTime) {
    boolean letIn = false;
    try {
      ClusterPort.prepare(connection);
      SSLSocket secured = tls.called(connection, doors::containsKey);
      secured.startHandshake();
      known.accept(connection.getInetAddress());
      letIn = letIn(connection, secured);
    } catch (IOException e) {
      LOG.debug("a caller's handshake failed, {}: {}", connection, e.toString());
    } finally {
      inTime.run();
      pending.remove(connection);
      if (!letIn) {
        ClusterPort.closeQuietly(connection);
      }
    }
  }

  private boolean letIn(Socket connection, SSLSocket secured) throws IOException {
    Door door = doors.get(secured.getApplicationProtocol());
    if (door == null) {
      return false; // it asked for no group, or for one that was left meanwhile
    }
    Link link = door.newLink();
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

  /** Closes the listening socket, and hangs up on all that are pending. */
  void shutdown() {
    closing.countDown();
    ClusterPort.closeQuietly(listening);
    handshakes.shutdown();
    List.copyOf(pending).forEach(this::hangUp);
  }

  boolean awaitEnd(long seconds) throws InterruptedException {
    acceptor.join(TimeUnit.SECONDS.toMillis(seconds));
    return handshakes.awaitEnd(seconds) && !acceptor.isAlive();
  }
}
