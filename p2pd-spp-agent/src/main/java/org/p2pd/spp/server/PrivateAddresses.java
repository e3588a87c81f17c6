package org.p2pd.spp.server;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * From where a secret may be asked for (docs/spp.md section 3.4): loopback, link-local and private
 * addresses. The JDK turns IPv4-mapped addresses into IPv4 by itself.
 */
final class PrivateAddresses {

  private PrivateAddresses() {}

  static boolean contain(InetAddress address) {
    if (address instanceof Inet4Address) {
      return address.isLoopbackAddress()
          || address.isLinkLocalAddress()
          || address.isSiteLocalAddress(); // 10/8, 172.16/12, 192.168/16
    }
    return address instanceof Inet6Address
        && (address.isLoopbackAddress()
            || address.isLinkLocalAddress()
            || (address.getAddress()[0] & 0xfe) == 0xfc); // fc00::/7
  }
}
