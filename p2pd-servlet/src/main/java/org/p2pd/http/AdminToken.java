package org.p2pd.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The word that opens status and metrics: 16 to 128 letters, digits, {@code -} and {@code _}. It is
 * never shown by {@link #toString}.
 */
public record AdminToken(String secret) {

  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{16,128}");

  public AdminToken {
    if (!FORM.matcher(secret).matches()) {
      throw new IllegalArgumentException(
          "an administration token has 16 to 128 letters, digits, - and _");
    }
  }

  /** The token written like that, surrounding white space ignored. */
  public static Optional<AdminToken> parse(String text) {
    String secret = text.strip();
    return FORM.matcher(secret).matches() ? Optional.of(new AdminToken(secret)) : Optional.empty();
  }

  /** Whether that is the token; takes the same time however much of it is right. */
  public boolean matches(String candidate) {
    return MessageDigest.isEqual(
        secret.getBytes(StandardCharsets.UTF_8), candidate.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return "AdminToken[hidden]";
  }
}
