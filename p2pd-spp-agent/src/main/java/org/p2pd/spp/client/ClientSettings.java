package org.p2pd.spp.client;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;

/**
 * How this node asks others.
 *
 * @param localAddress the address to send from, where a node is bound to one of several
 * @param software what this node calls itself, such as {@code p2pd/1.0.0}
 * @param urgentConnections to one node, for play heads and control requests, at least 2
 * @param bulkConnections to one node, for everything else, at least 2
 * @param bulkThreads that receive and verify what is not urgent
 * @param urgentBufferBytes read at once from an urgent connection, which has three such buffers
 * @param bulkBufferBytes the same of a bulk connection
 * @param connectWithin time limit for a connection
 * @param answerWithin time limit for a control answer that has nothing to wait for
 * @param silentFor time without a byte after which a connection is given up
 * @param idleFor time after which an idle connection is not used again; below what servers allow
 */
public record ClientSettings(
    Optional<InetAddress> localAddress,
    String software,
    int urgentConnections,
    int bulkConnections,
    int bulkThreads,
    int urgentBufferBytes,
    int bulkBufferBytes,
    Duration connectWithin,
    Duration answerWithin,
    Duration silentFor,
    Duration idleFor) {

  public ClientSettings {
    if (urgentConnections < 2 || bulkConnections < 2 || bulkThreads < 1) {
      throw new IllegalArgumentException("two connections of each kind, and a thread");
    }
  }

  /** What is used unless something else was measured to be better. */
  public static ClientSettings standard(Optional<InetAddress> localAddress, String software) {
    return new ClientSettings(
        localAddress,
        software,
        16,
        8,
        Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors())),
        64 * 1024,
        256 * 1024,
        Duration.ofSeconds(2),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(15));
  }
}
