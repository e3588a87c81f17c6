package org.p2pd.cluster.jgroups;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import org.jgroups.BytesMessage;
import org.jgroups.Message;
import org.jgroups.ObjectMessage;
import org.jgroups.Version;
import org.jgroups.blocks.cs.Connection;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.protocols.pbcast.STABLE;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.ByteArrayDataOutputStream;
import org.jgroups.util.UUID;
import org.jgroups.util.Util;

/** Speaks the engine's language, and sends objects that tell when they are read. */
final class Intruder {

  private Intruder() {}

  /** What it sends, each over a connection of its own. */
  static List<byte[]> frames() throws IOException {
    return List.of(
        frame(new ObjectMessage(null, new Marker())),
        frame(new ObjectMessage(null, new Marker.Streamed())),
        frame(forStable(new ObjectMessage(null, new Marker()))),
        frame(forStable(new BytesMessage(null, new Marker()))));
  }

  /** Addressed to the one protocol that takes objects out of whatever message it gets. */
  private static Message forStable(Message message) {
    return message.putHeader(
        ClassConfigurator.getProtocolId(STABLE.class),
        new STABLE.StableHeader(STABLE.StableHeader.STABLE_GOSSIP, null));
  }

  private static byte[] frame(Message message) throws IOException {
    message.setSrc(UUID.randomUUID());
    ByteArrayDataOutputStream content = new ByteArrayDataOutputStream();
    Util.writeMessage(message, content, true);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    // who it says it is
    out.write(Connection.cookie);
    out.writeShort(Version.version);
    IpAddress address = new IpAddress(InetAddress.getLoopbackAddress(), 1);
    out.writeShort(address.serializedSize());
    address.writeTo(out);
    out.writeInt(content.position());
    out.write(content.buffer(), 0, content.position());
    return bytes.toByteArray();
  }

  /**
   * Sends it, and behind it what is too long for a message: so the end of the connection says that
   * it was read.
   */
  static void sendAndAwaitEnd(Socket socket, byte[] frame) throws IOException {
    byte[] tooLong = new byte[10_000];
    Arrays.fill(tooLong, (byte) 0x7f);
    try {
      OutputStream out = socket.getOutputStream();
      out.write(frame);
      out.write(tooLong);
      while (socket.getInputStream().read() >= 0) {
        // until it is hung up on
      }
    } catch (IOException e) {
      System.out.println("hung up on: " + e);
    }
  }
}
