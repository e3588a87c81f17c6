package org.p2pd.node;

import jakarta.servlet.FilterChain;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out when a foreign container's connector hands requests to this application.
 *
 * <p>A servlet cannot know the connector's port, and the connector opens after the application has
 * started. So the node asks itself, at the port that {@code -P} names, for a path that no one can
 * guess; the filter that sees it come in knows that port and path lead here.
 */
final class SelfProbe extends HttpFilter implements AutoCloseable {

  private static final long serialVersionUID = 1L;
  private static final Logger log = LoggerFactory.getLogger(SelfProbe.class);
  private static final int TIMEOUT_MILLIS = 2_000;
  private static final int EVERY_MILLIS = 500;
  private static final int CLOSE_SECONDS = 30;

  /** So many attempts without success are worth a word in the log. */
  private static final int ATTEMPTS_BEFORE_WARNING = 20;

  private final String path = "/.p2pd/here/" + UUID.randomUUID();
  private final AtomicBoolean arrived = new AtomicBoolean();
  private final InetAddress address;
  private final int port;
  private final String contextPath;
  private final transient Runnable onArrival;
  private final transient ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "p2pd-self-probe"));
  private volatile boolean closing;
  private int attempts;

  /**
   * @param onArrival run once, on the probe's thread, when port and path are known to lead here
   */
  SelfProbe(InetAddress address, int port, String contextPath, Runnable onArrival) {
    this.address = address;
    this.port = port;
    this.contextPath = contextPath;
    this.onArrival = onArrival;
  }

  /** The path that the filter must be mapped to, before all others. */
  String path() {
    return path;
  }

  void begin() {
    var unused =
        executor.scheduleWithFixedDelay(this::attempt, 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void attempt() {
    knock();
    if (arrived.get() && !closing) {
      executor.shutdown();
      arrive();
      return;
    }
    attempts++;
    if (attempts == ATTEMPTS_BEFORE_WARNING) {
      log.warn(
          "this node does not find itself at http://{}:{}{}/: set -P in p2pd.options to the port"
              + " of the container's HTTP connector; until then it does not talk to other nodes",
          address.getHostAddress(),
          port,
          contextPath);
    }
  }

  private void arrive() {
    try {
      onArrival.run();
    } catch (RuntimeException e) {
      // On an executor's thread it would be lost.
      log.error("the node cannot begin to talk to other nodes", e);
    }
  }

  private void knock() {
    try (Socket socket = new Socket()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(new InetSocketAddress(address, port), TIMEOUT_MILLIS);
      OutputStream out = socket.getOutputStream();
      String request =
          "GET " + contextPath + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
      out.write(request.getBytes(StandardCharsets.US_ASCII));
      out.flush();
      // Whatever it is: the answer has come when the filter has seen the request, if it ever does.
      if (socket.getInputStream().read() < 0) {
        log.debug("port {} closed without an answer", port);
      }
    } catch (IOException e) {
      log.debug("port {} does not answer yet", port, e);
    }
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain) {
    arrived.set(true);
    response.setStatus(HttpServletResponse.SC_NO_CONTENT);
  }

  /** Without interrupting: the node may just be beginning, and writes files. */
  @Override
  public void close() {
    closing = true;
    executor.shutdown();
    try {
      if (!executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        log.warn("the probe of port {} does not end", port);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
