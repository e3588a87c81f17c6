package org.p2pd.http;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A block of addresses: {@code 10.0.0.0/8}, {@code ::/0}, or a single address. IPv4 blocks hold
 * IPv4 addresses (also when they come IPv4-mapped over IPv6), IPv6 blocks hold IPv6 addresses.
 */
public final class Subnet {

  private static final Pattern NOTATION =
      Pattern.compile("\\[?([0-9A-Fa-f.:]{2,45})\\]?(?:/([0-9]{1,3}))?");

  /** Every IPv4 and every IPv6 address. */
  public static final List<Subnet> EVERYONE = List.of(known("0.0.0.0/0"), known("::/0"));

  /** This machine only. */
  public static final List<Subnet> LOOPBACK = List.of(known("127.0.0.0/8"), known("::1"));

  private final byte[] network;
  private final int prefixBits;

  private Subnet(byte[] network, int prefixBits) {
    this.network = network;
    this.prefixBits = prefixBits;
  }

  /**
   * The block written as {@code ADDRESS} or {@code ADDRESS/BITS}; IPv6 may stand in brackets. Bits
   * behind the prefix do not matter: {@code 10.1.2.3/8} is {@code 10.0.0.0/8}.
   */
  public static Optional<Subnet> parse(String text) {
    Matcher notation = NOTATION.matcher(text);
    if (!notation.matches() || !InetAddresses.isInetAddress(notation.group(1))) {
      return Optional.empty();
    }
    byte[] address = InetAddresses.forString(notation.group(1)).getAddress();
    int allBits = address.length * Byte.SIZE;
    int bits = notation.group(2) == null ? allBits : Integer.parseInt(notation.group(2));
    return bits > allBits ? Optional.empty() : Optional.of(new Subnet(masked(address, bits), bits));
  }

  /** Whether the address lies in it; the unspecified one, which nobody has, does in /0 only. */
  public boolean contains(InetAddress address) {
    byte[] bytes = plain(address).getAddress();
    if (address.isAnyLocalAddress() && prefixBits > 0) {
      return false;
    }
    return bytes.length == network.length && Arrays.equals(masked(bytes, prefixBits), network);
  }

  /** Whether one of the blocks holds the address. */
  public static boolean anyContains(List<Subnet> subnets, InetAddress address) {
    for (Subnet subnet : subnets) {
      if (subnet.contains(address)) {
        return true;
      }
    }
    return false;
  }

  private static Subnet known(String text) {
    return parse(text).orElseThrow();
  }

  private static byte[] masked(byte[] address, int prefixBits) {
    byte[] masked = address.clone();
    for (int i = 0; i < masked.length; i++) {
      int keep = Math.max(0, Math.min(Byte.SIZE, prefixBits - Byte.SIZE * i));
      masked[i] &= (byte) (0xff00 >> keep);
    }
    return masked;
  }

  /** An IPv4-mapped address becomes the IPv4 address that it is. */
  private static InetAddress plain(InetAddress address) {
    return ofBytes(address.getAddress());
  }

  private static InetAddress ofBytes(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length, e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Subnet subnet
        && prefixBits == subnet.prefixBits
        && Arrays.equals(network, subnet.network);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(network) + prefixBits;
  }

  @Override
  public String toString() {
    return InetAddresses.toAddrString(ofBytes(network)) + "/" + prefixBits;
  }
}
