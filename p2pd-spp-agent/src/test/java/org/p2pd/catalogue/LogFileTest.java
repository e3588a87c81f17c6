package org.p2pd.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.p2pd.catalogue.Samples.published;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.catalogue.LogFile.Tail;
import org.p2pd.identity.NodeKey;

class LogFileTest {

  private static final NodeKey KEY = NodeKey.generate();

  @TempDir Path directory;

  private Path path;
  private final List<byte[]> batches = new ArrayList<>();
  private final List<Long> ends = new ArrayList<>();

  @BeforeEach
  void threeBatches() throws IOException {
    path = directory.resolve("00000001.log");
    try (LogFile file = LogFile.create(path)) {
      ends.add(file.end());
      for (int i = 1; i <= 3; i++) {
        BatchPlace place =
            BatchPlace.journal(
                5, i, i, i == 1 ? BatchPlace.NO_PREVIOUS : Samples.edition(0).root());
        byte[] batch = Batch.sign(KEY, place, List.of(published(i, "/" + i))).bytes();
        batches.add(batch);
        long offset = file.append(batch);
        assertThat(file.read(offset, batch.length)).isEqualTo(batch);
        ends.add(file.end());
      }
    }
  }

  private Tail open(List<byte[]> seen) throws IOException {
    LogFile.Opened opened = LogFile.open(path, (batch, offset) -> seen.add(batch));
    opened.file().close();
    return opened.tail();
  }

  @Test
  void aFileCutAnywhereKeepsEveryWholeRecordAndTakesMore() throws IOException {
    byte[] whole = Files.readAllBytes(path);
    for (int length = 0; length <= whole.length; length++) {
      Files.write(path, Arrays.copyOf(whole, length));
      List<byte[]> seen = new ArrayList<>();
      Tail tail = open(seen);

      int cut = length;
      int expected = (int) ends.stream().skip(1).filter(end -> end <= cut).count();
      assertThat(seen).as("cut at %d", length).hasSize(expected);
      boolean clean = ends.contains((long) length) || length == 0;
      assertThat(tail).as("cut at %d", length).isEqualTo(clean ? Tail.NONE : Tail.TORN);

      try (LogFile file = LogFile.open(path, (b, o) -> true).file()) {
        file.append(batches.get(0));
      }
      seen.clear();
      assertThat(open(seen)).isEqualTo(Tail.NONE);
      assertThat(seen).hasSize(expected + 1);
    }
  }

  @Test
  void aFlippedByteIsTornInTheLastRecordAndDamageBeforeIt() throws IOException {
    byte[] whole = Files.readAllBytes(path);
    for (int i = 16; i < whole.length; i++) {
      byte[] bad = whole.clone();
      bad[i] ^= 0x40;
      Files.write(path, bad);
      List<byte[]> seen = new ArrayList<>();
      Tail tail = open(seen);

      int at = i;
      int before = (int) ends.stream().skip(1).filter(end -> end <= at).count();
      assertThat(seen).as("byte %d", i).hasSize(before);
      assertThat(tail).as("byte %d", i).isNotEqualTo(Tail.NONE);
      if (before < 2 && i >= ends.get(before) + 8) {
        assertThat(tail).as("byte %d", i).isEqualTo(Tail.DAMAGED);
      }
    }
  }

  @Test
  void aTailOfZerosWasNeverWritten() throws IOException {
    byte[] whole = Files.readAllBytes(path);
    Files.write(path, Arrays.copyOf(whole, whole.length + 4096));
    List<byte[]> seen = new ArrayList<>();
    assertThat(open(seen)).isEqualTo(Tail.TORN);
    assertThat(seen).hasSize(3);
  }

  @Test
  void anotherVersionIsRefusedAndLeftAsItIs() throws IOException {
    byte[] whole = Files.readAllBytes(path);
    ByteBuffer.wrap(whole).putInt(12, 2);
    Files.write(path, whole);
    assertThatThrownBy(() -> open(new ArrayList<>()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("format version 2")
        .hasMessageContaining("start the p2pd that wrote it");
    assertThat(path).hasBinaryContent(whole);
  }

  @Test
  void aFileOfSomethingElseIsDamaged() throws IOException {
    Files.writeString(path, "x".repeat(1000));
    assertThat(open(new ArrayList<>())).isEqualTo(Tail.DAMAGED);
  }
}
