package org.p2pd.catalogue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.p2pd.identity.NodeKey;
import org.p2pd.identity.PublicKey;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Hash;

/**
 * The signed header of a batch; docs/spp-catalogue.md section 1 has its layout. Its fields are
 * legal; whether its signature is right is asked with {@link #isSignedBy}. Immutable.
 */
public final class BatchHeader {

  /** Length of every header in bytes. */
  public static final int BYTES = 216;

  /** The longest batch, header included, in bytes. */
  public static final int MAX_BATCH_BYTES = 1024 * 1024;

  static final int MAX_ENTRIES = 4_096;
  static final int MAX_BODY_BYTES = MAX_BATCH_BYTES - BYTES;

  private static final byte[] MAGIC = "p2pd-cat".getBytes(US_ASCII);
  private static final short VERSION = 1;
  private static final int AUTHORITY_AT = 56;
  private static final int ROOT_AT = 120;
  private static final int SIGNATURE_AT = 152;

  private final byte[] bytes;
  private final BatchPlace place;
  private final int entryCount;
  private final int bodyBytes;

  private BatchHeader(byte[] bytes, BatchPlace place, int entryCount, int bodyBytes) {
    this.bytes = bytes;
    this.place = place;
    this.entryCount = entryCount;
    this.bodyBytes = bodyBytes;
  }

  /** Signs a header for entries with that root. */
  static BatchHeader sign(NodeKey key, BatchPlace place, int entryCount, int bodyBytes, Hash root) {
    ByteBuffer to = ByteBuffer.allocate(BYTES);
    to.put(MAGIC).putShort(VERSION).put((byte) place.kind().code()).put((byte) 0);
    to.putInt(entryCount).putInt(bodyBytes).putInt(place.page()).putInt(place.pages()).putInt(0);
    to.putLong(place.epoch()).putLong(place.first()).putLong(place.last());
    to.put(key.publicKey().toBytes());
    place.previous().write(to);
    root.write(to);
    to.put(key.sign(Arrays.copyOf(to.array(), SIGNATURE_AT)));
    return new BatchHeader(to.array(), place, entryCount, bodyBytes);
  }

  /** Reads the header that begins at {@code offset} of a stranger's bytes. */
  static BatchHeader parse(byte[] from, int offset) throws CatalogueFormatException {
    require(from.length - offset >= BYTES, "a header cut short");
    byte[] bytes = Arrays.copyOfRange(from, offset, offset + BYTES);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    byte[] magic = new byte[MAGIC.length];
    in.get(magic);
    require(Arrays.equals(magic, MAGIC), "not a batch");
    short version = in.getShort();
    require(version == VERSION, "a batch of version " + version);
    byte kind = in.get();
    require(kind == 1 || kind == 2, "a batch of kind " + kind);
    require(in.get() == 0, "a reserved byte that is not 0");
    int entryCount = in.getInt();
    int bodyBytes = in.getInt();
    int page = in.getInt();
    int pages = in.getInt();
    require(in.getInt() == 0, "reserved bytes that are not 0");
    require(entryCount >= 0 && entryCount <= MAX_ENTRIES, "too many entries");
    require(bodyBytes >= 0 && bodyBytes <= MAX_BODY_BYTES, "too long a body");
    BatchPlace place = place(kind, page, pages, in);
    require(
        place.isJournal()
            ? place.last() - place.first() + 1 == entryCount
            : entryCount > 0 || pages == 1,
        "an entry count that does not fit the numbers");
    return new BatchHeader(bytes, place, entryCount, bodyBytes);
  }

  private static BatchPlace place(byte kind, int page, int pages, ByteBuffer in)
      throws CatalogueFormatException {
    long epoch = in.getLong();
    long first = in.getLong();
    long last = in.getLong();
    in.position(in.position() + PublicKey.BYTES);
    Hash previous = Hash.read(in);
    try {
      BatchPlace place =
          new BatchPlace(
              kind == 1 ? BatchPlace.Kind.JOURNAL : BatchPlace.Kind.CHECKPOINT,
              page,
              pages,
              epoch,
              first,
              last,
              previous);
      require(
          (first == 1) == (place.isJournal() && previous.equals(BatchPlace.NO_PREVIOUS)),
          "a previous batch that does not fit the first number");
      return place;
    } catch (IllegalArgumentException e) {
      throw new CatalogueFormatException("no place in a catalogue: " + e.getMessage());
    }
  }

  private static void require(boolean right, String otherwise) throws CatalogueFormatException {
    if (!right) {
      throw new CatalogueFormatException(otherwise);
    }
  }

  BatchPlace place() {
    return place;
  }

  /** The position of someone who has this batch, or all pages of this checkpoint. */
  public Position end() {
    return place.end();
  }

  int entryCount() {
    return entryCount;
  }

  int bodyBytes() {
    return bodyBytes;
  }

  int batchBytes() {
    return BYTES + bodyBytes;
  }

  Hash root() {
    return Hash.of(bytes, ROOT_AT);
  }

  /** The key that this header names as its authority, if those bytes are a key at all. */
  PublicKey authority() throws CatalogueFormatException {
    return PublicKey.ofRaw(Arrays.copyOfRange(bytes, AUTHORITY_AT, AUTHORITY_AT + PublicKey.BYTES))
        .orElseThrow(() -> new CatalogueFormatException("an authority that is no key"));
  }

  /** Whether the header names that key as its authority: cheap, and proves nothing. */
  boolean names(PublicKey key) {
    return Arrays.equals(
        bytes, AUTHORITY_AT, AUTHORITY_AT + PublicKey.BYTES, key.toBytes(), 0, PublicKey.BYTES);
  }

  /** Whether the header names that key as its authority and its holder signed it. */
  public boolean isSignedBy(PublicKey key) {
    return names(key)
        && key.verify(
            Arrays.copyOf(bytes, SIGNATURE_AT), Arrays.copyOfRange(bytes, SIGNATURE_AT, BYTES));
  }

  /** The batch id: SHA-256 of all that is signed. */
  Hash id() {
    return Hash.of(DigestAlgorithm.SHA_256.newDigest().digest(Arrays.copyOf(bytes, SIGNATURE_AT)));
  }

  /** The id of the last journal batch that someone at {@link #end()} has followed. */
  Hash tip() {
    return place.isJournal() ? id() : place.previous();
  }

  /** The 216 bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }
}
