package org.p2pd.catalogue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.p2pd.identity.NodeKey;

/**
 * A header with its entries, in the very bytes that every node relays.
 *
 * <p>Parsing checks form, numbers and root. The signature is the caller's to check, before: {@link
 * BatchHeader#isSignedBy}.
 */
final class Batch {

  private final BatchHeader header;
  private final List<Entry> entries;
  private final byte[] bytes;

  private Batch(BatchHeader header, List<Entry> entries, byte[] bytes) {
    this.header = header;
    this.entries = List.copyOf(entries);
    this.bytes = bytes;
  }

  /** Signs entries, which have their numbers and fit the limits. */
  static Batch sign(NodeKey key, BatchPlace place, List<Entry> entries) {
    List<byte[]> records = new ArrayList<>(entries.size());
    int bodyBytes = 0;
    for (Entry entry : entries) {
      byte[] record = EntryCodec.encode(entry);
      records.add(record);
      bodyBytes += record.length;
    }
    if (entries.size() > BatchHeader.MAX_ENTRIES || bodyBytes > BatchHeader.MAX_BODY_BYTES) {
      throw new IllegalArgumentException(entries.size() + " entries, " + bodyBytes + " bytes");
    }
    BatchHeader header =
        BatchHeader.sign(key, place, entries.size(), bodyBytes, EntryTree.root(records));
    ByteBuffer bytes = ByteBuffer.allocate(header.batchBytes()).put(header.toBytes());
    records.forEach(bytes::put);
    return new Batch(header, entries, bytes.array());
  }

  /** The batch that is all of these bytes; a stranger's, its signature already verified. */
  static Batch parse(BatchHeader header, byte[] bytes) throws CatalogueFormatException {
    Batch batch = parseStored(header, bytes);
    if (!EntryTree.root(batch.records()).equals(header.root())) {
      throw new CatalogueFormatException("entries that do not lead to the signed root");
    }
    return batch;
  }

  /** The same without computing the root: for what this node verified before it stored it. */
  static Batch parseStored(BatchHeader header, byte[] bytes) throws CatalogueFormatException {
    if (bytes.length != header.batchBytes()) {
      throw new CatalogueFormatException("a batch of " + bytes.length + " bytes");
    }
    ByteBuffer body = ByteBuffer.wrap(bytes, BatchHeader.BYTES, header.bodyBytes());
    List<Entry> entries = new ArrayList<>(header.entryCount());
    BatchPlace place = header.place();
    long least = place.isJournal() ? place.first() : 1;
    for (int i = 0; i < header.entryCount(); i++) {
      Entry entry = EntryCodec.decode(body);
      boolean inOrder = place.isJournal() ? entry.number() == least : entry.number() >= least;
      if (!inOrder || entry.number() > place.last()) {
        throw new CatalogueFormatException("number " + entry.number() + " out of order");
      }
      least = entry.number() + 1;
      entries.add(entry);
    }
    if (body.hasRemaining()) {
      throw new CatalogueFormatException(body.remaining() + " bytes behind the last entry");
    }
    return new Batch(header, entries, bytes);
  }

  BatchHeader header() {
    return header;
  }

  BatchPlace place() {
    return header.place();
  }

  List<Entry> entries() {
    return entries;
  }

  int length() {
    return bytes.length;
  }

  /** The batch's own bytes, not a copy: for reading only. */
  byte[] bytes() {
    return bytes;
  }

  /** The records of the entries, in order. */
  List<byte[]> records() {
    List<byte[]> records = new ArrayList<>(entries.size());
    int at = BatchHeader.BYTES;
    for (Entry entry : entries) {
      int length = EntryCodec.length(entry, bytes, at);
      records.add(Arrays.copyOfRange(bytes, at, at + length));
      at += length;
    }
    return records;
  }
}
