package org.p2pd.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.p2pd.model.BlockSize;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.model.Edition;
import org.p2pd.model.EditionId;
import org.p2pd.model.Hash;

/** The binary records of the package documentation, as values. Pure. */
final class Records {

  static final int FORMAT = 1;

  private Records() {}

  /**
   * What makes a directory a store.
   *
   * @param storeId 16 random bytes
   * @param lives how often it was opened
   */
  record Label(Id16 storeId, long extentBytes, long lives) {
    static final int BYTES = 64;
    private static final byte[] MAGIC = ascii("P2PDSTOR");

    ByteBuffer encode() {
      ByteBuffer to = begin(MAGIC, BYTES).putInt(0);
      storeId.write(to);
      return sealed(to.putLong(extentBytes).putLong(lives));
    }

    /** The format of what may be a label, or 0 if it is none at all. */
    static int formatOf(byte[] bytes) {
      boolean magic = bytes.length >= 12 && Arrays.equals(MAGIC, Arrays.copyOf(bytes, 8));
      return magic ? ByteBuffer.wrap(bytes).getInt(8) : 0;
    }

    static Optional<Label> parse(byte[] bytes) {
      return sound(bytes, MAGIC, BYTES)
          .map(from -> from.position(16))
          .map(from -> new Label(Id16.read(from), from.getLong(), from.getLong()));
    }
  }

  /** What an edition is, and the signed catalogue entry that described it (may be empty). */
  record EditionRecord(Edition edition, ByteBuffer signedEntry) {
    static final int MAX_ENTRY_BYTES = 65_536;
    static final int FIXED_BYTES = 64;
    private static final byte[] MAGIC = ascii("P2PDEDIT");

    ByteBuffer encode() {
      ByteBuffer to = begin(MAGIC, FIXED_BYTES + signedEntry.remaining());
      to.putInt(edition.digest().code()).putLong(edition.lengthBytes());
      edition.root().write(to);
      return sealed(to.putInt(signedEntry.remaining()).put(signedEntry.duplicate()));
    }

    static Optional<EditionRecord> parse(byte[] bytes) {
      return sound(bytes, MAGIC, bytes.length).flatMap(EditionRecord::read);
    }

    private static Optional<EditionRecord> read(ByteBuffer from) {
      Optional<DigestAlgorithm> digest = DigestAlgorithm.ofCode(from.position(12).getInt());
      long length = from.getLong();
      Hash root = Hash.read(from);
      int entryBytes = from.getInt();
      if (digest.isEmpty()
          || length < 0
          || length > Edition.MAX_LENGTH_BYTES
          || entryBytes != from.capacity() - FIXED_BYTES) {
        return Optional.empty();
      }
      ByteBuffer entry = from.slice(from.position(), entryBytes).asReadOnlyBuffer();
      return Optional.of(new EditionRecord(new Edition(digest.get(), length, root), entry));
    }
  }

  /** What a sidecar belongs to. */
  record SidecarHeader(EditionId edition, ExtentShape shape, long generation, Id16 storeId) {
    static final int BYTES = 128;
    private static final byte[] MAGIC = ascii("P2PDSLOT");

    ByteBuffer encode() {
      ByteBuffer to = begin(MAGIC, BYTES).putInt(shape.blockSize().bytes());
      edition.hash().write(to);
      to.putLong(shape.editionLengthBytes()).putLong(shape.extentBytes());
      storeId.write(to.putLong(generation).putInt(shape.index()));
      return sealed(to);
    }

    /** The block size of the extent, if this is the header that belongs at this place. */
    static Optional<BlockSize> parse(
        byte[] bytes,
        EditionId edition,
        long lengthBytes,
        Label store,
        StorePaths.ExtentName name) {
      return sound(bytes, MAGIC, BYTES)
          .map(from -> from.getInt(12))
          .filter(size -> size >= BlockSize.LEAF_BYTES && size <= BlockSize.REGION_BYTES)
          .filter(size -> Integer.bitCount(size) == 1)
          .map(BlockSize::new)
          .filter(size -> (long) name.index() * store.extentBytes() < lengthBytes)
          .filter(
              size -> {
                ExtentShape shape =
                    new ExtentShape(lengthBytes, store.extentBytes(), name.index(), size);
                SidecarHeader expected =
                    new SidecarHeader(edition, shape, name.generation(), store.storeId());
                return Arrays.equals(expected.encode().array(), bytes);
              });
    }
  }

  /**
   * That an extent was quiet and verified.
   *
   * @param durable the data was forced to disk before; otherwise it holds in this boot only
   * @param slots SHA-256 of the sidecar's header and all slots
   */
  record Seal(boolean durable, FileStamp stamp, Id16 bootId, Hash slots) {
    static final int BYTES = 128;

    ByteBuffer encode() {
      ByteBuffer to = ByteBuffer.allocate(BYTES).putInt(durable ? 2 : 1).putInt(0);
      to.putLong(stamp.inode()).putLong(stamp.sizeBytes());
      to.putLong(stamp.mtimeNanos()).putLong(stamp.ctimeNanos());
      bootId.write(to);
      slots.write(to);
      return sealed(to);
    }

    static Optional<Seal> parse(byte[] bytes) {
      ByteBuffer from = ByteBuffer.wrap(bytes);
      int kind = from.getInt();
      if ((kind != 1 && kind != 2) || from.getInt(BYTES - Integer.BYTES) != crc(from)) {
        return Optional.empty();
      }
      from.getInt();
      FileStamp stamp =
          new FileStamp(from.getLong(), from.getLong(), from.getLong(), from.getLong());
      return Optional.of(new Seal(kind == 2, stamp, Id16.read(from), Hash.read(from)));
    }
  }

  /** Sixteen bytes that name a store or a boot. */
  record Id16(long high, long low) {
    static Id16 read(ByteBuffer from) {
      return new Id16(from.getLong(), from.getLong());
    }

    void write(ByteBuffer to) {
      to.putLong(high).putLong(low);
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static ByteBuffer begin(byte[] magic, int bytes) {
    return ByteBuffer.allocate(bytes).put(magic).putInt(FORMAT);
  }

  /** Puts the crc at the end and makes the whole record ready to be read. */
  private static ByteBuffer sealed(ByteBuffer record) {
    record.putInt(record.capacity() - Integer.BYTES, crc(record));
    return record.clear();
  }

  private static Optional<ByteBuffer> sound(byte[] bytes, byte[] magic, int length) {
    ByteBuffer record = ByteBuffer.wrap(bytes);
    boolean sound =
        bytes.length == length
            && length >= 64
            && Arrays.equals(magic, Arrays.copyOf(bytes, magic.length))
            && record.getInt(magic.length) == FORMAT
            && record.getInt(length - Integer.BYTES) == crc(record);
    return sound ? Optional.of(record) : Optional.empty();
  }

  private static int crc(ByteBuffer record) {
    CRC32C crc = new CRC32C();
    crc.update(record.duplicate().clear().limit(record.capacity() - Integer.BYTES));
    return (int) crc.getValue();
  }
}
