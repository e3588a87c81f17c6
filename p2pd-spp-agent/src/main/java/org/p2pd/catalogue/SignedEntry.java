package org.p2pd.catalogue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.p2pd.identity.PublicKey;
import org.p2pd.model.Hash;

/**
 * One entry with all that is needed to believe it: its batch's header and the path to the signed
 * root (docs/spp-catalogue.md section 7). It says that a title had that edition at that position,
 * not that it still has. Immutable.
 */
public final class SignedEntry {

  /** The longest signed entry in bytes: header, index, length, record and 12 hashes. */
  public static final int MAX_BYTES =
      BatchHeader.BYTES + 6 + EntryCodec.MAX_BYTES + 12 * Hash.BYTES;

  private final BatchHeader header;
  private final int index;
  private final byte[] entryRecord;
  private final Entry entry;
  private final List<Hash> path;

  private SignedEntry(
      BatchHeader header, int index, byte[] entryRecord, Entry entry, List<Hash> path) {
    this.header = header;
    this.index = index;
    this.entryRecord = entryRecord;
    this.entry = entry;
    this.path = List.copyOf(path);
  }

  /** The entry of the batch with that number, if it is there. */
  static Optional<SignedEntry> of(Batch batch, long number) {
    List<Entry> entries = batch.entries();
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).number() == number) {
        List<byte[]> records = batch.records();
        return Optional.of(
            new SignedEntry(
                batch.header(), i, records.get(i), entries.get(i), EntryTree.path(records, i)));
      }
    }
    return Optional.empty();
  }

  /** Reads a signed entry of which nothing is believed yet. */
  public static SignedEntry parse(byte[] bytes) throws CatalogueFormatException {
    if (bytes.length > MAX_BYTES || bytes.length < BatchHeader.BYTES + 6) {
      throw new CatalogueFormatException("a signed entry of " + bytes.length + " bytes");
    }
    BatchHeader header = BatchHeader.parse(bytes, 0);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    in.position(BatchHeader.BYTES);
    int index = in.getInt();
    int length = Short.toUnsignedInt(in.getShort());
    if (index < 0 || index >= header.entryCount()) {
      throw new CatalogueFormatException("entry " + index + " of " + header.entryCount());
    }
    int pathLength = EntryTree.pathLength(header.entryCount(), index);
    if (in.remaining() != length + pathLength * Hash.BYTES) {
      throw new CatalogueFormatException("a signed entry of " + bytes.length + " bytes");
    }
    byte[] entryRecord = new byte[length];
    in.get(entryRecord);
    ByteBuffer recordBytes = ByteBuffer.wrap(entryRecord);
    Entry entry = EntryCodec.decode(recordBytes);
    if (recordBytes.hasRemaining()) {
      throw new CatalogueFormatException("bytes behind the entry");
    }
    List<Hash> path = new ArrayList<>(pathLength);
    for (int i = 0; i < pathLength; i++) {
      path.add(Hash.read(in));
    }
    return new SignedEntry(header, index, entryRecord, entry, path);
  }

  /** Whether that key signed the header, and the entry leads to its root. */
  public boolean isSignedBy(PublicKey key) {
    return EntryTree.fold(entryRecord, index, header.entryCount(), path)
            .filter(header.root()::equals)
            .isPresent()
        && header.isSignedBy(key);
  }

  /** The title and its edition, if that is what the entry says. */
  public Optional<PublishedTitle> published() {
    return entry instanceof Entry.Published p ? Optional.of(p.published()) : Optional.empty();
  }

  /** Where in the history the entry stands. */
  public Position position() {
    return new Position(header.end().epoch(), entry.number());
  }

  public byte[] toBytes() {
    ByteBuffer to =
        ByteBuffer.allocate(BatchHeader.BYTES + 6 + entryRecord.length + path.size() * Hash.BYTES);
    to.put(header.toBytes()).putInt(index).putShort((short) entryRecord.length).put(entryRecord);
    path.forEach(hash -> hash.write(to));
    return to.array();
  }
}
