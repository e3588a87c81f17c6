package org.p2pd.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.catalogue.Samples.edition;
import static org.p2pd.catalogue.Samples.published;
import static org.p2pd.catalogue.Samples.title;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.identity.NodeKey;

/** Mutated bytes: nothing but the one declared failure comes of them. */
class CodecFuzzTest {

  /** Change it to look elsewhere; a failure names the round. */
  private static final long SEED = 20_261_123L;

  private static final NodeKey KEY = NodeKey.generate();

  @TempDir Path directory;

  private final Random random = new Random(SEED);

  private static Batch sample() {
    List<Entry> entries = new ArrayList<>();
    for (int i = 1; i <= 20; i++) {
      entries.add(i % 3 == 0 ? new Entry.Removed(i, title("/gone/" + i)) : published(i, "/é/" + i));
    }
    entries.add(new Entry.Announced(21, title("/soon")));
    entries.add(new Entry.ScanComplete(22));
    return Batch.sign(KEY, BatchPlace.journal(7, 1, 22, BatchPlace.NO_PREVIOUS), entries);
  }

  @Test
  void mutatedBatchesAreParsedOrRefused() {
    byte[] good = sample().bytes();
    int parsed = 0;
    for (int round = 0; round < 50_000; round++) {
      byte[] bytes = mutate(good);
      try {
        Batch.parseStored(BatchHeader.parse(bytes, 0), bytes).records();
        parsed++;
      } catch (CatalogueFormatException e) {
        assertThat(e.getMessage()).isNotBlank();
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + SEED + ", round " + round, e);
      }
    }
    // Mutants of hashes, dates and titles are well-formed: the parser's depth was reached.
    assertThat(parsed).isGreaterThan(1_000);
  }

  @Test
  void mutatedSignedEntriesAreParsedOrRefused() {
    byte[] good = SignedEntry.of(sample(), 5).orElseThrow().toBytes();
    for (int round = 0; round < 30_000; round++) {
      try {
        SignedEntry.parse(mutate(good)).published();
      } catch (CatalogueFormatException e) {
        assertThat(e.getMessage()).isNotBlank();
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + SEED + ", round " + round, e);
      }
    }
  }

  @Test
  void noStrangersBytesChangeAReplica() throws IOException {
    byte[] good = sample().bytes();
    Pin pin = Pin.open(directory.resolve("authority"), Optional.of(KEY.id()));
    try (Replica replica = Replica.open(directory.resolve("catalogue"), pin)) {
      for (int round = 0; round < 1_000; round++) {
        byte[] bytes = mutate(good);
        if (Arrays.equals(bytes, 0, Math.min(bytes.length, good.length), good, 0, good.length)) {
          continue;
        }
        Receipt receipt = replica.receive(bytes, Shower.PARENT);
        if (bytes.length > 0) {
          assertThat(receipt).as("round %d", round).isInstanceOf(Receipt.Refused.class);
        }
      }
      assertThat(replica.published()).isEmpty();
      assertThat(replica.edition(edition(1).id())).isEmpty();
    }
  }

  @Test
  void headersAndCursorsOfStrangersNeverThrow() throws IOException {
    try (Journal journal =
        Journal.open(directory, KEY, new Samples.Clock(), new Samples.HandTimer())) {
      byte[] header = sample().header().toBytes();
      for (int round = 0; round < 500; round++) {
        journal.heard(mutate(header));
        byte[] text = new byte[random.nextInt(90)];
        random.nextBytes(text);
        Cursor.parse(new String(text, java.nio.charset.StandardCharsets.ISO_8859_1));
      }
      assertThat(
              journal
                  .since(
                      Cursor.parse("9223372036854775807.9223372036854775807.65535").orElseThrow(),
                      1)
                  .isEmpty())
          .isTrue();
      assertThat(Cursor.parse("9223372036854775808.1")).isEmpty();
      assertThat(Cursor.parse("1.1.65536")).isEmpty();
      assertThat(Cursor.parse("01.1")).isEmpty();
      assertThat(Cursor.parse("0.5")).isEmpty();
      assertThat(Cursor.parse("5.0.1")).isEmpty();
    }
  }

  private byte[] mutate(byte[] good) {
    byte[] bytes = good.clone();
    switch (random.nextInt(6)) {
      case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
      case 1 -> bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(64));
      case 2 -> {
        int from = random.nextInt(bytes.length);
        int to = from + random.nextInt(Math.min(9, bytes.length - from));
        Arrays.fill(bytes, from, to, (byte) (random.nextBoolean() ? 0xff : 0));
      }
      case 3 -> {
        // the fields that count something
        int[] fields = {8, 12, 16, 20, 24, 32, 40, 48, 216, 218, 220, 228, 236};
        bytes[fields[random.nextInt(fields.length)] % bytes.length] = (byte) random.nextInt();
      }
      default -> {
        for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
          bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
      }
    }
    return bytes;
  }
}
