package org.p2pd.node.tomcat;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import org.apache.juli.logging.Log;
import org.apache.juli.logging.LogFactory;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketBufferHandler;

/**
 * An endpoint that lets viewers pause.
 *
 * <p>Tomcat has one time limit for reading a request and for writing a response, zero-copy sends
 * included. Here they are those of {@link Patience}: a request that does not arrive, and a write
 * for which a thread waits, end after {@code connectionTimeout}; a request head that trickles in,
 * after its own; a zero-copy send or a non-blocking write, which cost no thread, may stand still
 * for the stall time. Tomcat also counts from the last byte ever written, so that a viewer who
 * stops reading at once after an idle time would be cut at once: here it counts from the beginning
 * of the wait.
 *
 * <p>{@link #setSocketOptions} does what Tomcat's does, with another kind of socket wrapper.
 */
final class PatientEndpoint extends NioEndpoint {

  private static final Log log = LogFactory.getLog(PatientEndpoint.class);

  private final Patience patience;

  PatientEndpoint(Patience patience) {
    this.patience = patience;
  }

  @Override
  protected boolean setSocketOptions(SocketChannel socket) {
    try {
      NioChannel pooled = getNioChannels() == null ? null : getNioChannels().pop();
      NioChannel channel = pooled == null ? createChannel(newBuffers()) : pooled;
      PatientSocket wrapper = new PatientSocket(channel, this, patience);
      channel.reset(socket, wrapper);
      connections.put(socket, wrapper);
      return configure(socket, wrapper);
    } catch (IOException | RuntimeException e) {
      return refuse(socket, e);
    }
  }

  /** How many zero-copy sends are under way, watched or not. */
  long sendsUnderWay() {
    return connections.values().stream()
        .filter(c -> c instanceof PatientSocket socket && socket.getSendfileData() != null)
        .count();
  }

  private SocketBufferHandler newBuffers() {
    return new SocketBufferHandler(
        socketProperties.getAppReadBufSize(),
        socketProperties.getAppWriteBufSize(),
        socketProperties.getDirectBuffer());
  }

  private boolean configure(SocketChannel socket, PatientSocket wrapper) {
    try {
      socket.configureBlocking(false);
      socketProperties.setProperties(socket.socket());
      wrapper.setReadTimeout(getConnectionTimeout());
      wrapper.setWriteTimeout(getConnectionTimeout());
      wrapper.setKeepAliveLeft(getMaxKeepAliveRequests());
      getPoller().register(wrapper);
      return true;
    } catch (IOException | RuntimeException e) {
      // The caller closes the socket, through the wrapper that is known by now.
      log.debug("a connection ended before it began", e);
      return false;
    }
  }

  /** Without a wrapper no one else would close the socket. */
  private boolean refuse(SocketChannel socket, Exception cause) {
    log.warn("cannot serve a new connection; is there enough memory?", cause);
    destroySocket(socket);
    return false;
  }
}
