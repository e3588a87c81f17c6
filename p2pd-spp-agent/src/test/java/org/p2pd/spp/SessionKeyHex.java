package org.p2pd.spp;

import java.util.HexFormat;

/** Shows a session key, for the examples in docs/spp.md. */
public final class SessionKeyHex {

  private SessionKeyHex() {}

  public static String of(SessionKey key) {
    return HexFormat.of().formatHex(key.toBytes());
  }
}
