package org.p2pd.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunksTest {

  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;

  private final Chunks chunks = new Chunks(4L * MIB + 100);

  @ParameterizedTest
  @ValueSource(ints = {16, 32, 64, 128, 256, 512, 1024})
  void arePackedWithoutAGap(int kib) {
    int count = 0;
    while (chunks.has(kib * KIB)) {
      assertThat(chunks.take(kib * KIB)).isPresent();
      count++;
    }
    assertThat(chunks.take(kib * KIB)).isEmpty();
    assertThat(count).isEqualTo(4 * MIB / (kib * KIB));
    assertThat(chunks.allocatedBytes()).isEqualTo(chunks.limitBytes()).isEqualTo(4L * MIB);
  }

  @Test
  void areAllocatedOnlyWhenTheyAreNeededAndThenKept() {
    Chunks.Piece piece = chunks.take(1).orElseThrow();
    assertThat(chunks.allocatedBytes()).isEqualTo(MIB);
    chunks.giveBack(piece);
    assertThat(chunks.take(MIB)).isPresent();
    assertThat(chunks.allocatedBytes()).isEqualTo(MIB);
  }

  @Test
  void sayWhetherTheyHaveWhatTheyGive() {
    Random random = new Random(7);
    List<Chunks.Piece> held = new ArrayList<>();
    for (int step = 0; step < 20_000; step++) {
      if (random.nextInt(3) > 0 || held.isEmpty()) {
        int bytes = 1 + random.nextInt(1 << (14 + random.nextInt(7)));
        boolean has = chunks.has(bytes);
        Optional<Chunks.Piece> piece = chunks.take(bytes);
        assertThat(piece.isPresent()).isEqualTo(has);
        piece.ifPresent(held::add);
      } else {
        chunks.giveBack(held.remove(random.nextInt(held.size())));
      }
      long used = held.stream().mapToLong(Chunks.Piece::lengthBytes).sum();
      assertThat(used).isLessThanOrEqualTo(chunks.allocatedBytes());
      assertThat(chunks.allocatedBytes()).isLessThanOrEqualTo(chunks.limitBytes());
    }
  }

  @Test
  void giveNothingAfterTheEnd() {
    chunks.close();
    assertThat(chunks.has(1)).isFalse();
    assertThat(chunks.take(1)).isEmpty();
  }

  @Test
  void haveNoPieceOfNothingNorOfMoreThanAChunk() {
    assertThatThrownBy(() -> chunks.take(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> chunks.take(MIB + 1)).isInstanceOf(IllegalArgumentException.class);
  }
}
