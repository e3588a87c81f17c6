package org.p2pd.content;

import java.nio.file.Path;

/**
 * Bytes of an edition as they lie in one file, to be sent by the container's zero-copy send.
 *
 * <p>The container opens the file by name shortly after the plan was made; the giver keeps the name
 * and the bytes in place for at least {@link #KEPT_SECONDS} after handing it out.
 *
 * @param file absolute
 * @param offset position in the file of the first byte
 * @param lengthBytes at least 1
 */
public record FilePart(Path file, long offset, long lengthBytes) {

  /** How long a file part stays valid for being opened, in seconds. */
  public static final int KEPT_SECONDS = 30;

  public FilePart {
    if (offset < 0 || lengthBytes < 1) {
      throw new IllegalArgumentException("part " + offset + "+" + lengthBytes + " of " + file);
    }
  }
}
