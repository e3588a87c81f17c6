package org.p2pd.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.p2pd.model.ByteRange;
import org.p2pd.model.EditionId;

/**
 * A multipart/byteranges body (RFC 9110 14.6), known to the byte before the first is sent.
 *
 * <p>The boundary comes from the edition's id, so that every node sends the same body; no content
 * can hold the hash that it has itself.
 *
 * @param boundary without leading dashes
 * @param parts in the order sent
 */
public record Multipart(String boundary, List<Part> parts) {

  /**
   * One part.
   *
   * @param head all that stands before the bytes: delimiter and fields
   */
  public record Part(String head, ByteRange range) {}

  public Multipart {
    parts = List.copyOf(parts);
  }

  public static Multipart of(
      EditionId edition, long lengthBytes, String mediaType, List<ByteRange> ranges) {
    String boundary = "p2pd." + edition.hash().toHex().substring(0, 40);
    List<Part> parts = new ArrayList<>();
    for (ByteRange range : ranges) {
      String head =
          (parts.isEmpty() ? "--" : "\r\n--")
              + boundary
              + "\r\nContent-Type: "
              + mediaType
              + "\r\nContent-Range: bytes "
              + range
              + "/"
              + lengthBytes
              + "\r\n\r\n";
      parts.add(new Part(head, range));
    }
    return new Multipart(boundary, parts);
  }

  /** The value of Content-Type. */
  public String contentType() {
    return "multipart/byteranges; boundary=" + boundary;
  }

  /** What ends the body. */
  public String tail() {
    return "\r\n--" + boundary + "--\r\n";
  }

  /** The length of the whole body in bytes. */
  public long lengthBytes() {
    long length = tail().length();
    for (Part part : parts) {
      length += part.head().getBytes(StandardCharsets.US_ASCII).length + part.range().lengthBytes();
    }
    return length;
  }
}
