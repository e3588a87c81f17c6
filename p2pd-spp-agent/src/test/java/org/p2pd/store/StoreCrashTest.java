package org.p2pd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.p2pd.store.TestStore.KIB_64;
import static org.p2pd.store.TestStore.MIB;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.model.Span;

/** A second store on the directory that a first one left at any of its writes. */
class StoreCrashTest {

  @TempDir Path directory;

  /** Dies at the n-th change: half of the write is done, then nothing works any more. */
  private static final class Death implements Disk.Faults {
    private int left;

    Death(int left) {
      this.left = left;
    }

    private boolean comes() {
      return left-- <= 0;
    }

    @Override
    public void write(Path file, FileChannel channel, ByteBuffer data, long position)
        throws IOException {
      boolean first = left == 0;
      if (comes()) {
        if (first) {
          channel.write(data.duplicate().limit(data.remaining() / 2), position);
        }
        throw new IOException("dead");
      }
    }

    @Override
    public void change(Path file) throws IOException {
      if (comes()) {
        throw new IOException("dead");
      }
    }

    boolean came() {
      return left < 0;
    }
  }

  @Test
  void atEveryWriteOfALifeNothingThatWasKeptIsLostAndNothingWrongIsServed() throws IOException {
    SampleEdition large = new SampleEdition(1, 70 * MIB);
    SampleEdition small = new SampleEdition(2, 30_000);
    boolean went = true;
    for (int n = 0; went; n++) {
      Path home = directory.resolve("at" + n);
      TestStore.in(home).open().close();
      Death death = new Death(n);
      TestStore first = TestStore.in(home).faults(death);
      int kept = 0;
      boolean smallKept = false;
      try {
        first.open();
        kept = putAll(first, large, new Span(KIB_64, 1032, 4));
        smallKept = first.fill(small, new Span(KIB_64, 0, 1));
        first.store.describe(large.edition, new byte[500]);
        first.store.unnamed(small.edition);
        first.idle(Duration.ofSeconds(3));
        kept += putAll(first, large, new Span(KIB_64, 1036, 2));
        first.store.abandon();
      } catch (StoreException e) {
        assertThat(death.came()).isTrue();
      } finally {
        if (first.store != null) {
          first.store.abandon();
        }
      }
      went = death.came();
      aSecondLifeFinds(home, large, kept, small, smallKept);
    }
  }

  private static int putAll(TestStore test, SampleEdition sample, Span span) {
    int kept = 0;
    var room = test.store.reserve(sample.edition, span);
    if (room.isEmpty()) {
      return 0;
    }
    try (BlockStore.Room open = room.get()) {
      test.store.keepProof(sample.edition, sample.proof(span));
      for (int block = span.firstBlock(); block <= span.lastBlock(); block++) {
        kept += TestStore.put(open, sample, block) ? 1 : 0;
      }
    }
    return kept;
  }

  private static void aSecondLifeFinds(
      Path home, SampleEdition large, int kept, SampleEdition small, boolean smallKept)
      throws IOException {
    try (TestStore second = TestStore.in(home).open()) {
      long from = KIB_64.start(1032);
      // A block whose slot was half written is found, too: its data proves itself.
      assertThat(second.readAndCompare(large, from, 70 * MIB))
          .isBetween(kept * 65_536L, (kept + 1) * 65_536L);
      assertThat(second.readAndCompare(small, 0, 30_000)).isEqualTo(smallKept ? 30_000 : 0);
      assertThat(second.fill(large, new Span(KIB_64, 1032, 8))).isTrue();
      assertThat(second.readAndCompare(large, from, 70 * MIB)).isEqualTo(8 * 65_536);
      assertThat(second.fill(small, new Span(KIB_64, 0, 1))).isTrue();
      second.readsAll(small);
      StoreInvariants.check(second);
    }
  }

  @Test
  void atEveryChangeOfAnEvictionNothingIsClaimedThatIsNotThere() throws IOException {
    SampleEdition old = new SampleEdition(1, 5 * MIB);
    SampleEdition next = new SampleEdition(2, 5 * MIB);
    boolean went = true;
    for (int n = 0; went; n++) {
      Path home = directory.resolve("at" + n);
      TestStore before = TestStore.in(home).limit(9 * MIB).open();
      before.fillAll(old);
      before.close();
      Death death = new Death(n);
      TestStore first = TestStore.in(home).limit(9 * MIB).faults(death);
      try {
        first.open();
        first.play(next, 0, 5 * MIB);
      } catch (StoreException e) {
        assertThat(death.came()).isTrue();
      } finally {
        if (first.store != null) {
          first.store.abandon();
        }
      }
      went = death.came() && n < 25;
      try (TestStore second = TestStore.in(home).limit(9 * MIB).open()) {
        second.play(old, 0, 5 * MIB);
        second.play(next, 0, 5 * MIB);
        StoreInvariants.check(second);
      }
    }
  }
}
