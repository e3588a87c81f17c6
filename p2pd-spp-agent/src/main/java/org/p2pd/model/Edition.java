package org.p2pd.model;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * One exact content: length, digest, root of its hash tree. Equal files are one edition.
 *
 * <p>Its id is {@code H("p2pd-edition-1" || 0x00 || digest name || 0x00 || length as 64-bit
 * big-endian || root)}, H being the edition's own digest.
 */
public final class Edition {

  /** The longest edition, in bytes (16 TiB): block numbers fit an int at every block size. */
  public static final long MAX_LENGTH_BYTES = 1L << 44;

  private static final byte[] PREFIX = "p2pd-edition-1\0".getBytes(StandardCharsets.US_ASCII);

  private final DigestAlgorithm digest;
  private final long lengthBytes;
  private final Hash root;
  private final EditionId id;

  public Edition(DigestAlgorithm digest, long lengthBytes, Hash root) {
    if (lengthBytes < 0 || lengthBytes > MAX_LENGTH_BYTES) {
      throw new IllegalArgumentException(
          "an edition has 0 to " + MAX_LENGTH_BYTES + " bytes, not " + lengthBytes);
    }
    this.digest = digest;
    this.lengthBytes = lengthBytes;
    this.root = root;
    this.id = new EditionId(identify(digest, lengthBytes, root));
  }

  private static Hash identify(DigestAlgorithm digest, long lengthBytes, Hash root) {
    byte[] name = digest.wireName().getBytes(StandardCharsets.US_ASCII);
    ByteBuffer all = ByteBuffer.allocate(PREFIX.length + name.length + 1 + Long.BYTES + Hash.BYTES);
    all.put(PREFIX).put(name).put((byte) 0).putLong(lengthBytes);
    root.write(all);
    return Hash.of(digest.newDigest().digest(all.array()));
  }

  public DigestAlgorithm digest() {
    return digest;
  }

  public long lengthBytes() {
    return lengthBytes;
  }

  public Hash root() {
    return root;
  }

  public EditionId id() {
    return id;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Edition edition && id.equals(edition.id);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  @Override
  public String toString() {
    return id + " (" + lengthBytes + " bytes, " + digest.wireName() + ")";
  }
}
