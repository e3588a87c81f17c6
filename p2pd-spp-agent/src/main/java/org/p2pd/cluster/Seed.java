package org.p2pd.cluster;

/**
 * Where a member of a group may be found by one that wants to join.
 *
 * @param host a name or an address, at most {@value Member#MAX_HOST_CHARS} characters; IPv6 without
 *     brackets
 * @param port its cluster port, 1 to 65535
 */
public record Seed(String host, int port) {

  public Seed {
    if (!Member.isHost(host) || !Member.isPort(port)) {
      throw new IllegalArgumentException("seed " + host + ", port " + port);
    }
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
