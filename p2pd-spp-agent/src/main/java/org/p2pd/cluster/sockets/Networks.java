package org.p2pd.cluster.sockets;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** Which addresses are likely one owner's: those of an IPv4 /24, of an IPv6 /64. */
final class Networks {

  private static final int IPV4_BYTES = 3;
  private static final int IPV6_BYTES = 8;

  private Networks() {}

  /** The first address of its network; of this machine's own addresses each is one. */
  static InetAddress of(InetAddress address) {
    if (address.isLoopbackAddress()) {
      return address;
    }
    byte[] bytes = address.getAddress();
    Arrays.fill(
        bytes, address instanceof Inet4Address ? IPV4_BYTES : IPV6_BYTES, bytes.length, (byte) 0);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of " + bytes.length + " bytes", e);
    }
  }
}
