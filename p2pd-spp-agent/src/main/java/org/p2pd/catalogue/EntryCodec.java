package org.p2pd.catalogue;

import java.nio.ByteBuffer;
import java.time.Instant;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.Hash;
import org.p2pd.model.Title;

/** Entries as bytes: docs/spp-catalogue.md section 2. */
final class EntryCodec {

  /** Kind, digest, title length, number. */
  static final int FIXED_BYTES = 12;

  /** What a published entry has besides: length, Last-Modified, root. */
  static final int EDITION_BYTES = 48;

  static final int MAX_BYTES = FIXED_BYTES + EDITION_BYTES + Title.MAX_BYTES;

  /** The last second that an HTTP date can name: 9999-12-31T23:59:59Z. */
  static final long MAX_SECONDS = 253_402_300_799L;

  private static final int PUBLISHED = 1;
  private static final int REMOVED = 2;
  private static final int ANNOUNCED = 3;
  private static final int SCAN_COMPLETE = 4;

  private EntryCodec() {}

  static byte[] encode(Entry entry) {
    byte[] title = entry.title().map(Title::toUtf8).orElseGet(() -> new byte[0]);
    int edition = entry instanceof Entry.Published ? EDITION_BYTES : 0;
    ByteBuffer to = ByteBuffer.allocate(FIXED_BYTES + edition + title.length);
    to.put((byte) kind(entry)).put((byte) digest(entry)).putShort((short) title.length);
    to.putLong(entry.number());
    if (entry instanceof Entry.Published p) {
      to.putLong(p.published().edition().lengthBytes());
      to.putLong(p.published().lastModified().getEpochSecond());
      p.published().edition().root().write(to);
    }
    return to.put(title).array();
  }

  /** The length of an entry's record. */
  static int length(Entry entry) {
    int titleBytes = entry.title().map(title -> title.toUtf8().length).orElse(0);
    return FIXED_BYTES + (entry instanceof Entry.Published ? EDITION_BYTES : 0) + titleBytes;
  }

  /** The length of a decoded entry's record, which begins there. */
  static int length(Entry entry, byte[] bytes, int offset) {
    int titleBytes =
        Byte.toUnsignedInt(bytes[offset + 2]) << 8 | Byte.toUnsignedInt(bytes[offset + 3]);
    return FIXED_BYTES + (entry instanceof Entry.Published ? EDITION_BYTES : 0) + titleBytes;
  }

  private static int kind(Entry entry) {
    if (entry instanceof Entry.Published) {
      return PUBLISHED;
    }
    if (entry instanceof Entry.Removed) {
      return REMOVED;
    }
    return entry instanceof Entry.Announced ? ANNOUNCED : SCAN_COMPLETE;
  }

  private static int digest(Entry entry) {
    return entry instanceof Entry.Published p ? p.published().edition().digest().code() : 0;
  }

  /** Reads the next entry of a stranger's bytes and moves the buffer's position behind it. */
  static Entry decode(ByteBuffer from) throws CatalogueFormatException {
    require(from.remaining() >= FIXED_BYTES, "an entry cut short");
    int kind = from.get();
    int digest = Byte.toUnsignedInt(from.get());
    int titleBytes = Short.toUnsignedInt(from.getShort());
    long number = from.getLong();
    require(number >= 1, "an entry without a number");
    require(kind == PUBLISHED || digest == 0, "a digest without an edition");
    return switch (kind) {
      case PUBLISHED -> published(number, digest, titleBytes, from);
      case REMOVED -> new Entry.Removed(number, title(from, titleBytes));
      case ANNOUNCED -> new Entry.Announced(number, title(from, titleBytes));
      case SCAN_COMPLETE -> {
        require(titleBytes == 0, "a scan-complete with a title");
        yield new Entry.ScanComplete(number);
      }
      default -> throw new CatalogueFormatException("an entry of kind " + kind);
    };
  }

  private static Entry published(long number, int digest, int titleBytes, ByteBuffer from)
      throws CatalogueFormatException {
    require(from.remaining() >= EDITION_BYTES, "an entry cut short");
    long length = from.getLong();
    long seconds = from.getLong();
    require(length >= 0 && length <= Edition.MAX_LENGTH_BYTES, "a length of " + length);
    require(seconds >= 0 && seconds <= MAX_SECONDS, "a date of " + seconds);
    Edition edition = new Edition(algorithm(digest), length, Hash.read(from));
    Title title = title(from, titleBytes);
    return new Entry.Published(
        number, new PublishedTitle(title, edition, Instant.ofEpochSecond(seconds)));
  }

  private static DigestAlgorithm algorithm(int code) throws CatalogueFormatException {
    return DigestAlgorithm.ofCode(code)
        .orElseThrow(() -> new CatalogueFormatException("an unknown digest, " + code));
  }

  private static Title title(ByteBuffer from, int bytes) throws CatalogueFormatException {
    require(bytes <= Title.MAX_BYTES && bytes <= from.remaining(), "a title of " + bytes);
    byte[] utf8 = new byte[bytes];
    from.get(utf8);
    return Title.ofUtf8(utf8).orElseThrow(() -> new CatalogueFormatException("not a title"));
  }

  private static void require(boolean right, String otherwise) throws CatalogueFormatException {
    if (!right) {
      throw new CatalogueFormatException(otherwise);
    }
  }
}
