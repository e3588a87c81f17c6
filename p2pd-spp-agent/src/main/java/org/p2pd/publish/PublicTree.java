package org.p2pd.publish;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.p2pd.model.Title;

/**
 * Translates between files of the public directory and titles, by their bytes.
 *
 * <p>Under {@code LC_ALL=C} Java cannot make a path from a name outside ASCII, nor name such a file
 * as text; as a URI the bytes survive in both directions, whatever the locale.
 */
final class PublicTree {

  private static final String HEX = "0123456789ABCDEF";

  private final Path root;
  private final String rootUri;
  private final int rootUriLength;

  PublicTree(Path root) {
    this.root = root;
    String uri = root.toUri().getRawPath();
    this.rootUri = uri.endsWith("/") ? uri : uri + "/";
    this.rootUriLength = rootUri.length();
  }

  Path root() {
    return root;
  }

  /** The file that a title names, whether it exists or not. */
  Path fileOf(Title title) {
    String relative = title.path().substring(1);
    return isAscii(relative)
        ? root.resolve(relative)
        : atBytes(relative.getBytes(StandardCharsets.UTF_8));
  }

  /** Whether a path leads to anything, as far as it can be told. */
  static boolean exists(Path file) {
    return !Files.notExists(file, LinkOption.NOFOLLOW_LINKS);
  }

  /** A file or directory by the bytes of its path below the public directory. */
  Path atBytes(byte[] relative) {
    StringBuilder uri = new StringBuilder("file://").append(rootUri);
    for (byte b : relative) {
      appendEncoded(uri, b);
    }
    return Path.of(URI.create(uri.toString()));
  }

  /** A child by the bytes of its name. */
  static Path child(Path directory, byte[] name) {
    String ascii = new String(name, StandardCharsets.ISO_8859_1);
    if (isAscii(ascii)) {
      return directory.resolve(ascii);
    }
    String parent = directory.toUri().getRawPath();
    StringBuilder uri = new StringBuilder("file://").append(parent);
    if (!parent.endsWith("/")) {
      uri.append('/');
    }
    for (byte b : name) {
      appendEncoded(uri, b);
    }
    return Path.of(URI.create(uri.toString()));
  }

  private static void appendEncoded(StringBuilder uri, byte b) {
    boolean plain =
        (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '/';
    if (plain) {
      uri.append((char) b);
      return;
    }
    uri.append('%').append(HEX.charAt((b >> 4) & 15)).append(HEX.charAt(b & 15));
  }

  /** The title of a file below the public directory, if its path is a legal one. */
  Optional<Title> titleOf(Path file) {
    return Title.ofUtf8(titleBytes(file));
  }

  /** The path below the public directory with its leading slash, as it lies on the disk. */
  byte[] titleBytes(Path file) {
    String relative = root.relativize(file).toString();
    if (isAscii(relative)) {
      return ("/" + relative).getBytes(StandardCharsets.US_ASCII);
    }
    String uri = file.toUri().getRawPath();
    return decode(withoutSlash(uri.substring(rootUriLength - 1)));
  }

  /** An absolute path as it lies on the disk. */
  static byte[] bytes(Path absolute) {
    String text = absolute.toString();
    return isAscii(text)
        ? text.getBytes(StandardCharsets.US_ASCII)
        : decode(withoutSlash(absolute.toUri().getRawPath()));
  }

  private static String withoutSlash(String uri) {
    return uri.length() > 1 && uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri;
  }

  private static byte[] decode(String percentEncoded) {
    byte[] bytes = new byte[percentEncoded.length()];
    int length = 0;
    for (int i = 0; i < percentEncoded.length(); i++) {
      char c = percentEncoded.charAt(i);
      if (c == '%') {
        bytes[length++] = (byte) Integer.parseInt(percentEncoded, i + 1, i + 3, 16);
        i += 2;
      } else {
        bytes[length++] = (byte) c;
      }
    }
    return Arrays.copyOf(bytes, length);
  }

  private static boolean isAscii(String text) {
    // An undecodable byte becomes U+FFFD, so a text of ASCII alone is the name byte for byte.
    return text.chars().allMatch(c -> c < 128);
  }
}
