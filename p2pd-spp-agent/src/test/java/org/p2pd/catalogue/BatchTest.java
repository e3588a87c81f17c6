package org.p2pd.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.p2pd.catalogue.Samples.published;
import static org.p2pd.catalogue.Samples.title;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.Edition;

class BatchTest {

  private static final NodeKey KEY = NodeKey.generate();
  private static final long EPOCH = 1_700_000_000_000L;

  private static List<Entry> entries() {
    return List.of(
        published(1, "/a/film.webm"),
        new Entry.Announced(2, title("/映画.mp4")),
        new Entry.Removed(3, title("/old.mpg")),
        new Entry.ScanComplete(4));
  }

  private static Batch journal() {
    return Batch.sign(KEY, BatchPlace.journal(EPOCH, 1, 4, BatchPlace.NO_PREVIOUS), entries());
  }

  private static Batch parse(byte[] bytes) throws CatalogueFormatException {
    return Batch.parse(BatchHeader.parse(bytes, 0), bytes);
  }

  @Test
  void whatIsSignedIsReadAgain() throws CatalogueFormatException {
    Batch batch = parse(journal().bytes());
    assertThat(batch.entries()).isEqualTo(entries());
    assertThat(batch.header().isSignedBy(KEY.publicKey())).isTrue();
    assertThat(batch.header().authority()).isEqualTo(KEY.publicKey());
    assertThat(batch.header().end()).isEqualTo(new Position(EPOCH, 4));
    assertThat(batch.records())
        .hasSize(4)
        .element(3)
        .isEqualTo(EntryCodec.encode(entries().get(3)));
  }

  @Test
  void theLongestTitleAndTheLongestEditionFit() throws CatalogueFormatException {
    String path = "/" + "é".repeat(999) + "x";
    Entry.Published entry = published(1, path);
    Batch batch =
        Batch.sign(KEY, BatchPlace.journal(EPOCH, 1, 1, BatchPlace.NO_PREVIOUS), List.of(entry));
    assertThat(parse(batch.bytes()).entries()).containsExactly(entry);
    assertThat(EntryCodec.encode(entry)).hasSize(EntryCodec.MAX_BYTES);
    assertThat(EntryCodec.length(entry)).isEqualTo(EntryCodec.MAX_BYTES);
  }

  @Test
  void noFlippedBitGoesUnnoticed() {
    byte[] good = journal().bytes();
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= (byte) (1 << (i % 8));
      boolean believed;
      try {
        believed = parse(bad).header().isSignedBy(KEY.publicKey());
      } catch (CatalogueFormatException e) {
        believed = false;
      }
      assertThat(believed).as("byte %d", i).isFalse();
    }
  }

  @Nested
  class AsDocumented {

    private ByteBuffer header() {
      return ByteBuffer.wrap(journal().bytes());
    }

    private void refused(ByteBuffer bytes, String because) {
      byte[] copy = new byte[bytes.capacity()];
      bytes.get(0, copy);
      assertThatThrownBy(() -> parse(copy))
          .isInstanceOf(CatalogueFormatException.class)
          .hasMessageContaining(because);
    }

    @Test
    void everyFixedFieldIsChecked() {
      refused(header().put(0, (byte) 'P'), "not a batch");
      refused(header().putShort(8, (short) 2), "version 2");
      refused(header().put(10, (byte) 3), "kind 3");
      refused(header().put(11, (byte) 1), "reserved");
      refused(header().putInt(12, 4097), "too many entries");
      refused(header().putInt(12, -1), "too many entries");
      refused(header().putInt(12, 3), "entry count");
      refused(header().putInt(16, BatchHeader.MAX_BODY_BYTES + 1), "too long a body");
      refused(header().putInt(16, 0), "a batch of");
      refused(header().putInt(20, 1), "page 1");
      refused(header().putInt(24, 2), "of 2");
      refused(header().putInt(28, 1), "reserved");
      refused(header().putLong(32, 0), "no place");
      refused(header().putLong(32, -1), "no place");
      refused(header().putLong(40, 0), "no place");
      refused(header().putLong(40, 2), "previous");
      refused(header().putLong(48, 5), "entry count");
      refused(header().put(88, (byte) 1), "previous");
      refused(header().put(120, (byte) ~header().get(120)), "signed root");
      refused(ByteBuffer.wrap(new byte[215]), "cut short");
    }

    @Test
    void everyFieldOfAnEntryIsChecked() {
      int at = BatchHeader.BYTES;
      refused(header().put(at, (byte) 5).put(at + 1, (byte) 0), "kind 5");
      refused(header().put(at, (byte) 2), "a digest without an edition");
      refused(header().put(at + 1, (byte) 4), "unknown digest");
      refused(header().putShort(at + 2, (short) 2001), "a title of 2001");
      refused(header().putLong(at + 4, 2), "out of order");
      refused(header().putLong(at + 4, 0), "without a number");
      refused(header().putLong(at + 12, Edition.MAX_LENGTH_BYTES + 1), "a length of");
      refused(header().putLong(at + 20, EntryCodec.MAX_SECONDS + 1), "a date of");
      refused(header().putLong(at + 20, -1), "a date of");
      refused(header().put(at + 60, (byte) 'a'), "not a title");
      refused(header().put(at + 61, (byte) 0x80), "not a title");
      refused(header().put(at + 61, (byte) '.'), "not a title");
    }

    @Test
    void aCheckpointsNumbersAscendUpToItsLast() throws CatalogueFormatException {
      Position upTo = new Position(EPOCH, 9);
      List<Entry> sparse = List.of(published(2, "/a"), published(7, "/b"));
      BatchPlace place = BatchPlace.checkpoint(0, 1, upTo, journal().header().id());
      assertThat(parse(Batch.sign(KEY, place, sparse).bytes()).entries()).isEqualTo(sparse);

      Batch beyond = Batch.sign(KEY, place, List.of(published(10, "/a")));
      Batch twice = Batch.sign(KEY, place, List.of(published(2, "/a"), published(2, "/b")));
      refused(ByteBuffer.wrap(beyond.bytes()), "out of order");
      refused(ByteBuffer.wrap(twice.bytes()), "out of order");
    }
  }

  @Nested
  class SignedEntries {

    @Test
    void proveThemselves() throws CatalogueFormatException {
      Batch batch = journal();
      for (long number = 1; number <= 4; number++) {
        SignedEntry made = SignedEntry.of(batch, number).orElseThrow();
        SignedEntry read = SignedEntry.parse(made.toBytes());
        assertThat(read.isSignedBy(KEY.publicKey())).isTrue();
        assertThat(read.isSignedBy(NodeKey.generate().publicKey())).isFalse();
        assertThat(read.position()).isEqualTo(new Position(EPOCH, number));
        assertThat(read.toBytes()).isEqualTo(made.toBytes());
      }
      assertThat(SignedEntry.of(batch, 5)).isEmpty();
      assertThat(SignedEntry.of(batch, 1).orElseThrow().published())
          .contains(published(1, "/a/film.webm").published());
      assertThat(SignedEntry.of(batch, 2).orElseThrow().published()).isEmpty();
    }

    @Test
    void noFlippedBitGoesUnnoticed() {
      byte[] good = SignedEntry.of(journal(), 1).orElseThrow().toBytes();
      for (int i = 0; i < good.length; i++) {
        byte[] bad = good.clone();
        bad[i] ^= (byte) (1 << (i % 8));
        boolean believed;
        try {
          believed = SignedEntry.parse(bad).isSignedBy(KEY.publicKey());
        } catch (CatalogueFormatException e) {
          believed = false;
        }
        assertThat(believed).as("byte %d", i).isFalse();
      }
    }

    @Test
    void areWithinTheirLimitInTheFullestBatch() {
      List<Entry> entries = new ArrayList<>();
      for (int i = 1; i <= BatchHeader.MAX_ENTRIES; i++) {
        entries.add(published(i, "/title " + i));
      }
      Batch full = Packing.journal(KEY, EPOCH, BatchPlace.NO_PREVIOUS, entries).get(0);
      SignedEntry entry = SignedEntry.of(full, 4096).orElseThrow();
      assertThat(entry.isSignedBy(KEY.publicKey())).isTrue();
      assertThat(entry.toBytes().length).isLessThan(SignedEntry.MAX_BYTES);
      assertThat(SignedEntry.MAX_BYTES).isEqualTo(2_666);
    }
  }

  @Test
  void packingFillsBatchesToTheirLimitsAndKeepsTheOrder() {
    List<Entry> entries = new ArrayList<>();
    for (int i = 1; i <= 9_000; i++) {
      entries.add(published(i, "/" + "x".repeat(i % 1_999 + 1)));
    }
    List<Entry> unpacked = new ArrayList<>();
    for (List<Entry> group : Packing.groups(entries)) {
      assertThat(group.size()).isBetween(1, BatchHeader.MAX_ENTRIES);
      assertThat(group.stream().mapToInt(EntryCodec::length).sum())
          .isLessThanOrEqualTo(BatchHeader.MAX_BODY_BYTES);
      unpacked.addAll(group);
    }
    assertThat(unpacked).isEqualTo(entries);
  }
}
