package org.p2pd.cluster;

import com.google.common.net.InetAddresses;
import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * From where an address can be reached. It decides whether this node talks to one that other nodes
 * named: what only this machine or its own link reaches is somebody else's to ask, unless this node
 * is reached in the same way itself.
 */
public enum Reach {
  ANYWHERE,
  /** The own link: 169.254.0.0/16, fe80::/10. */
  LINK,
  /** The own machine. */
  MACHINE,
  /** No node has it: multicast, unspecified, IPv4 in a form of IPv6 that is out of use. */
  NOWHERE;

  /** From where it can be reached. */
  public static Reach of(InetAddress address) {
    boolean obsolete = address instanceof Inet6Address six && six.isIPv4CompatibleAddress();
    if (address.isLoopbackAddress()) {
      return MACHINE;
    }
    if (address.isMulticastAddress() || address.isAnyLocalAddress() || obsolete) {
      return NOWHERE;
    }
    return address.isLinkLocalAddress() ? LINK : ANYWHERE;
  }

  /** Whether a node that is reached at {@code own} talks to an address that others named. */
  public static boolean admits(InetAddress named, InetAddress own) {
    Reach reach = of(named);
    return reach == ANYWHERE || (reach != NOWHERE && reach == of(own));
  }

  /** The same of texts; a name is never looked up because others named it. */
  public static boolean admits(String named, String own) {
    if (!InetAddresses.isInetAddress(named)) {
      return false;
    }
    InetAddress address = InetAddresses.forString(named);
    return InetAddresses.isInetAddress(own)
        ? admits(address, InetAddresses.forString(own))
        : of(address) == ANYWHERE;
  }
}
