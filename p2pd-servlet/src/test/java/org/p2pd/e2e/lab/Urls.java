package org.p2pd.e2e.lab;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Titles as they are written in URLs. */
public final class Urls {

  private static final String PLAIN = "-._~/";

  private Urls() {}

  /** The path with every byte of UTF-8 percent-encoded that is not plain. */
  public static String encode(String path) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean plain = c < 128 && (Character.isLetterOrDigit(c) || PLAIN.indexOf(c) >= 0);
      encoded.append(plain ? String.valueOf(c) : String.format(Locale.ROOT, "%%%02X", (int) c));
    }
    return encoded.toString();
  }
}
