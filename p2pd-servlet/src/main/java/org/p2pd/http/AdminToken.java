package org.p2pd.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The word that opens status and metrics: 16 to 128 letters, digits, {@code -} and {@code _}. It is
 * never shown by {@link #toString}.
 */
public record AdminToken(String secret) {

  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{16,128}");

  private static final Pattern PASS = Pattern.compile("([0-9]{1,12})\\.[A-Za-z0-9_-]{43}");

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
    return MessageDigest.isEqual(secret.getBytes(UTF_8), candidate.getBytes(UTF_8));
  }

  /**
   * What a browser is given in the token's place: it opens the same doors for a time. A browser
   * also brings it to other ports of this host, which cookies do not tell apart.
   */
  public String pass(Instant until) {
    long seconds = until.getEpochSecond();
    return seconds + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(seal(seconds));
  }

  /** Whether that is a pass that was made with this token and is good at that time. */
  public boolean accepts(String pass, Instant now) {
    Matcher form = PASS.matcher(pass);
    if (!form.matches() || Long.parseLong(form.group(1)) < now.getEpochSecond()) {
      return false;
    }
    byte[] right = pass(Instant.ofEpochSecond(Long.parseLong(form.group(1)))).getBytes(UTF_8);
    return MessageDigest.isEqual(right, pass.getBytes(UTF_8));
  }

  private byte[] seal(long seconds) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
      return mac.doFinal(("p2pd pass until " + seconds).getBytes(UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  @Override
  public String toString() {
    return "AdminToken[hidden]";
  }
}
