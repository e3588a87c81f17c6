package org.p2pd.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.p2pd.memory.Chunks;

class BufferPoolTest {

  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;

  private final BufferPool pool = new BufferPool(4L * MIB);
  private final List<String> woken = new ArrayList<>();

  private List<Chunks.Piece> takeAll(int bytes) {
    List<Chunks.Piece> taken = new ArrayList<>();
    pool.acquire(bytes).ifPresent(taken::add);
    while (pool.acquire(bytes).map(taken::add).isPresent()) {
      assertThat(taken).hasSizeLessThanOrEqualTo(4 * MIB / bytes);
    }
    return taken;
  }

  /** A pool that lets go of one size to make room for another has both until they are collected. */
  @Test
  void neverHasMoreThanItsLimitWhateverSizesAreAskedFor() {
    long before = DirectMemoryInUse.bytes();
    for (int round = 0; round < 20; round++) {
      for (int kib : new int[] {16, 1024, 64, 512, 32, 256, 128}) {
        List<Chunks.Piece> taken = takeAll(kib * KIB);
        assertThat(taken).hasSize(4096 / kib);
        assertThat(DirectMemoryInUse.bytes() - before).isLessThanOrEqualTo(4L * MIB);
        taken.forEach(pool::release);
      }
    }
    assertThat(pool.allocatedBytes()).isEqualTo(4L * MIB);
  }

  @Test
  void wakesAsManyAsWhatWasGivenBackCanServe() {
    List<Chunks.Piece> taken = takeAll(MIB);
    pool.whenReleased(512 * KIB, () -> woken.add("a"));
    pool.whenReleased(64 * KIB, () -> woken.add("b"));
    pool.whenReleased(512 * KIB, () -> woken.add("c"));
    pool.whenReleased(64 * KIB, () -> woken.add("d"));
    assertThat(woken).isEmpty();
    pool.release(taken.get(0));
    assertThat(woken).containsExactly("a", "b", "d");
    pool.release(taken.get(1));
    assertThat(woken).containsExactly("a", "b", "d", "c");
    pool.whenReleased(MIB, () -> woken.add("at once"));
    assertThat(woken).endsWith("at once");
  }

  @Test
  void wakesNobodyForWhomItIsTooLittle() {
    List<Chunks.Piece> taken = takeAll(64 * KIB);
    pool.whenReleased(128 * KIB, () -> woken.add("two"));
    pool.whenReleased(64 * KIB, () -> woken.add("one"));
    pool.release(taken.get(0));
    assertThat(woken).containsExactly("one");
    pool.release(taken.get(2));
    assertThat(woken).as("two that do not lie together").containsExactly("one");
    pool.release(taken.get(3));
    assertThat(woken).containsExactly("one", "two");
  }

  @Test
  void passesATurnOnThatIsNotTaken() {
    List<Chunks.Piece> taken = takeAll(MIB);
    Runnable first = () -> woken.add("first");
    pool.whenReleased(MIB, first);
    pool.whenReleased(MIB, () -> woken.add("second"));
    pool.release(taken.get(0));
    assertThat(woken).containsExactly("first");
    pool.forget(MIB, first);
    assertThat(woken).containsExactly("first", "second");
  }

  @Test
  void keepsWhatIsForHashing() throws IOException {
    assertThat(pool.keep(3)).hasSize(3).allMatch(buffer -> buffer.capacity() == MIB);
    assertThat(takeAll(64 * KIB)).hasSize(16);
    assertThatThrownBy(() -> pool.keep(1)).hasMessageContaining("MaxDirectMemorySize");
  }
}
