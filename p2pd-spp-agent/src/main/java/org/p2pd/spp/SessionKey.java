package org.p2pd.spp;

/** The key of one session: makes and checks the MACs of requests and answers. Immutable. */
public final class SessionKey {

  private final byte[] key;

  SessionKey(byte[] key) {
    this.key = key.clone();
  }

  /** The MAC as it travels in {@code SPP-MAC}. */
  public String mac(byte[] canonical) {
    return Octets.of(Hmac.of(key, canonical)).toString();
  }

  /** Whether that is the MAC; compared in constant time. */
  public boolean verifies(byte[] canonical, String mac) {
    try {
      return Octets.of(Hmac.of(key, canonical)).equals(Octets.parse(mac, SppLimits.MAC_BYTES));
    } catch (MalformedException e) {
      return false; // what is no MAC at all is no right one
    }
  }

  /** The 32 bytes, for a session's examples and tests. */
  byte[] toBytes() {
    return key.clone();
  }

  @Override
  public String toString() {
    return "session key";
  }
}
