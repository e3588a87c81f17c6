package org.p2pd.pages;

import com.google.common.base.Suppliers;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.p2pd.http.EntityTag;
import org.p2pd.http.RequestFields;

/** One file of the pages, read into memory, and how it is sent. */
final class PageFile {

  /** Stands in a page's {@code <base>} for the way from its address to the application's root. */
  private static final String ROOT = "@ROOT@";

  private final byte[] bytes;

  /** Made for the first who asks: before it is compiled, hashing is slow, and starts are not. */
  private final Supplier<String> digest;

  private final Map<String, String> fields;

  private PageFile(byte[] bytes, Map<String, String> fields) {
    this.bytes = bytes;
    this.fields = fields;
    this.digest =
        Suppliers.memoize(
            () ->
                Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(Hashing.sha256().hashBytes(bytes).asBytes()));
  }

  /** Reads one that stands beside this class. */
  static PageFile read(String name, Map<String, String> fields) {
    try (InputStream in = PageFile.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("p2pd.war was built without " + name + "; build it anew");
      }
      return new PageFile(in.readAllBytes(), fields);
    } catch (IOException e) {
      throw new UncheckedIOException("read " + name + " of p2pd.war", e);
    }
  }

  /** The file as it is. */
  PageAnswer answer(RequestFields request) {
    return answer(request, bytes, new EntityTag(false, digest.get()));
  }

  /**
   * The page for that address. Its links are relative to the application's root, and that is some
   * steps up, wherever a proxy or a container has put the application.
   *
   * @param rawPath the page's path in the application
   */
  PageAnswer answerAt(String rawPath, RequestFields request) {
    long steps = rawPath.chars().filter(c -> c == '/').count() - 1;
    String root = steps <= 0 ? "./" : "../".repeat(Math.toIntExact(steps));
    byte[] page =
        new String(bytes, StandardCharsets.UTF_8)
            .replace(ROOT, root)
            .getBytes(StandardCharsets.UTF_8);
    return answer(request, page, new EntityTag(false, digest.get() + "-" + steps));
  }

  private PageAnswer answer(RequestFields request, byte[] body, EntityTag tag) {
    Map<String, String> all = new LinkedHashMap<>(fields);
    all.put("ETag", tag.toString());
    if (isKnown(request.value("If-None-Match"), tag)) {
      all.remove("Content-Type");
      return new PageAnswer(304, all, new byte[0]); // RFC 9110 15.4.5
    }
    all.put("Content-Length", Integer.toString(body.length));
    return new PageAnswer(200, all, body);
  }

  /** RFC 9110 13.1.2: weak comparison. */
  private static boolean isKnown(Optional<String> ifNoneMatch, EntityTag tag) {
    return ifNoneMatch
        .map(
            field ->
                field.strip().equals("*")
                    || EntityTag.parseList(field).stream().anyMatch(tag::matchesWeakly))
        .orElse(false);
  }
}
