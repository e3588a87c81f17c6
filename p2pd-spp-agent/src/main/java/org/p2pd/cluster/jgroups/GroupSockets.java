package org.p2pd.cluster.jgroups;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.jgroups.blocks.cs.Connection;
import org.jgroups.util.DefaultSocketFactory;
import org.p2pd.cluster.sockets.ClusterPort;
import org.p2pd.model.NodeId;

/** Gives the engine the sockets of one group, over the one port that all groups share. */
final class GroupSockets extends DefaultSocketFactory {

  /**
   * What the engine writes before it closes a connection on purpose. What ends on this side ends
   * with it for our own reader too, so that nobody is suspected because of it: heartbeats decide.
   */
  private static final byte[] CLOSED_ON_PURPOSE =
      ByteBuffer.allocate(Integer.BYTES).putInt(Connection.GRACEFUL_CLOSE).array();

  private final ClusterPort port;
  private final NodeId group;
  private final InetAddress own;

  /**
   * @param own where this node is reached
   */
  GroupSockets(ClusterPort port, NodeId group, InetAddress own) {
    this.port = port;
    this.group = group;
    this.own = own;
  }

  @Override
  public Socket createSocket(String unusedService) throws IOException {
    return port.newSocket(group, own, CLOSED_ON_PURPOSE);
  }

  @Override
  public ServerSocket createServerSocket(String unusedService) throws IOException {
    return port.newServerSocket(group, CLOSED_ON_PURPOSE);
  }
}
