package org.p2pd.agent;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.p2pd.fetch.FetchConfig;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.NodeId;

/**
 * All that a node without its HTTP side is told at start.
 *
 * @param role server or cache
 * @param state where keys, catalogue and remembered things live; made if missing
 * @param share whether other nodes may have this one as their parent ({@code -i})
 * @param blockSize this node's unit of transfer and storage ({@code -b})
 * @param memoryLimitBytes memory off the heap for bytes of video on their way ({@code -M}), at
 *     least 8 MiB; what it covers: docs/architecture.md
 * @param secretFiles shared secrets that are accepted, the first is spoken; empty: derived or
 *     handed
 * @param authority the catalogue key that is believed, pinned beforehand
 * @param localAddress the one address that this node listens on, from which it then also asks
 *     others; empty: any
 * @param cluster how this node takes part in a group
 */
public record AgentConfig(
    Role role,
    Path state,
    boolean share,
    BlockSize blockSize,
    long memoryLimitBytes,
    List<Path> secretFiles,
    Optional<NodeId> authority,
    Optional<InetAddress> localAddress,
    Cluster cluster) {

  public AgentConfig {
    secretFiles = List.copyOf(secretFiles);
  }

  /**
   * How a node takes part in a group of caches with the same parent.
   *
   * @param port of the group's members for each other: 1 to 65535; empty: the one after the HTTP
   *     port, or any free one where that cannot be had
   * @param advertisedHost the name or address by which others reach this node; empty: as they see
   *     it
   * @param hints names behind whose addresses members may be found, at this node's own HTTP port
   * @param parentBelowBytesPerSecond a parent helps busy siblings that bring less together; 0:
   *     never
   */
  public record Cluster(
      OptionalInt port,
      Optional<String> advertisedHost,
      List<String> hints,
      double parentBelowBytesPerSecond) {

    /** 500 Mbit/s. */
    public static final double DEFAULT_PARENT_BELOW = FetchConfig.DEFAULT_PARENT_BELOW;

    public static final Cluster DEFAULT =
        new Cluster(OptionalInt.empty(), Optional.empty(), List.of(), DEFAULT_PARENT_BELOW);

    public Cluster {
      hints = List.copyOf(hints);
    }
  }

  /** What a node is. */
  public sealed interface Role {

    /**
     * The machine the owner publishes on ({@code -p}).
     *
     * @param settle quiet time after which a file of unseen writer counts as copied
     * @param trustFiles the owner promises to replace files by rename only
     */
    record Server(
        Path publicDirectory,
        DigestAlgorithm digest,
        Duration settle,
        boolean followSymlinks,
        boolean trustFiles)
        implements Role {}

    /**
     * A machine that serves viewers and keeps what it fetched ({@code -c}).
     *
     * @param diskLimitBytes {@code -C}; empty: 90 % of free plus already held
     * @param parents {@code -S}, at least one; the first names the group
     * @param mirrors {@code -l}: other servers with identical content
     */
    record Cache(
        Path cacheDirectory,
        OptionalLong diskLimitBytes,
        List<ParentAddress> parents,
        List<ParentAddress> mirrors,
        boolean verifyReads)
        implements Role {
      public Cache {
        parents = List.copyOf(parents);
        mirrors = List.copyOf(mirrors);
        if (parents.isEmpty()) {
          throw new IllegalArgumentException("a cache has at least one parent");
        }
      }
    }
  }

  /**
   * Where another node answers.
   *
   * @param host a name or an address; IPv6 without brackets
   * @param port 1 to 65535
   * @param contextPath empty, or a path beginning with a slash and not ending with one
   */
  public record ParentAddress(String host, int port, String contextPath) {
    public ParentAddress {
      if (host.isEmpty() || port < 1 || port > 65_535) {
        throw new IllegalArgumentException("parent " + host + ":" + port);
      }
    }

    /** Such as {@code http://10.0.0.1:8080} or {@code http://[::1]:8080/video}. */
    public String baseUrl() {
      return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port + contextPath;
    }

    @Override
    public String toString() {
      return baseUrl();
    }
  }
}
