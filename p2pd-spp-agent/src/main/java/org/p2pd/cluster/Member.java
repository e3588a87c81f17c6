package org.p2pd.cluster;

import java.util.regex.Pattern;
import org.p2pd.model.NodeId;
import org.p2pd.spp.NodeAddress;
import org.p2pd.spp.NodeFacts;

/**
 * A node as the other members of its group reach it.
 *
 * @param id who it says it is; to be believed only after a session with it that has this id
 * @param role a server, or a cache
 * @param address where it answers over HTTP; the host has at most {@value #MAX_HOST_CHARS}
 *     characters
 * @param clusterPort where its group's members reach it, on the same host; 1 to 65535
 */
public record Member(NodeId id, NodeFacts.Role role, NodeAddress address, int clusterPort) {

  /** The longest host, in characters (docs/spp.md section 6.1). */
  public static final int MAX_HOST_CHARS = 64;

  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:-]{1," + MAX_HOST_CHARS + "}");

  public Member {
    if (!isHost(address.host()) || !isPort(clusterPort)) {
      throw new IllegalArgumentException("member at " + address + ", cluster port " + clusterPort);
    }
  }

  /** Whether a stranger's text has the form of a host: a name or an address, without brackets. */
  public static boolean isHost(String text) {
    return HOST.matcher(text).matches();
  }

  static boolean isPort(int number) {
    return number >= 1 && number <= 65_535;
  }

  /** Where a node that wants to join may find it. */
  public Seed seed() {
    return new Seed(address.host(), clusterPort);
  }
}
