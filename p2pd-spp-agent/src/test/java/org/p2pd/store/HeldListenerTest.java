package org.p2pd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.p2pd.store.TestStore.KIB_64;
import static org.p2pd.store.TestStore.MIB;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Span;

/**
 * What a store tells of what it holds. That it adds up is checked after every test of the store.
 */
class HeldListenerTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path directory;
  private TestStore test;
  private final Heard heard = new Heard();

  /** Writes down what is told, and asks the store back each time. */
  private final class Heard implements HeldListener {
    final List<String> news = new ArrayList<>();
    final List<Holding> found = new ArrayList<>();

    @Override
    public void found(Holding about) {
      found.add(about);
      say("found", about, "");
    }

    @Override
    public void counted(Holding now, HeldLeaves all) {
      say("counted", now, "");
      assertThat(test.store.held(all.edition())).isEqualTo(all);
    }

    @Override
    public void held(Holding now, ByteRange range) {
      say("held", now, " " + range);
    }

    @Override
    public void gone(Holding now, ByteRange range) {
      say("gone", now, " " + range);
    }

    private void say(String what, Holding holding, String range) {
      news.add(what + range + " " + holding.heldBytes() + "/" + holding.lengthBytes());
      assertThat(test.store.editions().all()).noneMatch(Thread::holdsLock);
      assertThat(Thread.holdsLock(test.store.editions())).isFalse();
    }
  }

  @BeforeEach
  void open() {
    test = TestStore.in(directory).open();
    test.store.listen(heard);
  }

  @AfterEach
  void invariantsHold() throws IOException {
    StoreInvariants.check(test);
    test.close();
  }

  private void listenAgain() {
    heard.news.clear();
    test.store.listen(heard);
  }

  @Test
  void hearsOfEachBlockOnce() {
    SampleEdition sample = new SampleEdition(1, 200_000);
    assertThat(test.fill(sample, new Span(KIB_64, 2, 2))).isTrue();
    assertThat(test.fill(sample, new Span(KIB_64, 1, 2))).isTrue();
    assertThat(heard.news)
        .containsExactly(
            "held 131072-196607 65536/200000",
            "held 196608-199999 68928/200000",
            "held 65536-131071 134464/200000");
  }

  @Test
  void hearsOfAnExtentBeforeItsFilesAreUnlinked() {
    List<String> atUnlink = new ArrayList<>();
    Disk.Faults watching =
        new Disk.Faults() {
          @Override
          public void change(Path file) {
            if (file.toString().endsWith(".slots") && Files.exists(file)) {
              atUnlink.add(heard.news.get(heard.news.size() - 1));
            }
          }
        };
    test.store.close();
    test.limit(40 * MIB).faults(watching).open();
    listenAgain();
    SampleEdition old = new SampleEdition(1, 20 * MIB);
    assertThat(test.fillRegions(old, 3, 2)).isTrue();
    test.pass(Duration.ofMinutes(1));
    test.fillRegions(new SampleEdition(2, 39 * MIB), 0, 39);
    assertThat(atUnlink).containsExactly("gone 0-20971519 0/20971520");
  }

  @Test
  void hearsOfABlockThatDoesNotVerify() throws IOException {
    SampleEdition sample = new SampleEdition(1, 3 * MIB);
    test.fillAll(sample);
    heard.news.clear();
    TestStore.flip(test.file(".data"), 17 * 65_536L + 3);
    test.readAndCompare(sample, 0, 3 * MIB);
    assertThat(heard.news).containsExactly("gone 1114112-1179647 3080192/3145728");
    test.fill(sample, new Span(KIB_64, 17, 1));
    assertThat(heard.news).endsWith("held 1114112-1179647 3145728/3145728");
  }

  @Test
  void hearsOfFilesThatAreMissing() throws IOException {
    SampleEdition sample = new SampleEdition(1, 100 * MIB);
    test.fillRegions(sample, 1, 1);
    test.fillRegions(sample, 70, 1);
    heard.news.clear();
    Files.delete(test.files(".data").get(0));
    test.readAndCompare(sample, MIB, 2 * MIB);
    assertThat(heard.news).containsExactly("gone 0-67108863 1048576/104857600");
  }

  @Test
  void thatFailsHarmsNobody() {
    SampleEdition sample = new SampleEdition(1, MIB);
    test.store.listen(new Failing());
    Heard third = new Heard();
    test.store.listen(third);
    test.fillAll(sample);
    assertThat(third.news).hasSize(16).isEqualTo(heard.news);
  }

  /** Everything is too much for it. */
  private static final class Failing implements HeldListener {
    @Override
    public void found(Holding about) {
      throw new IllegalStateException("found");
    }

    @Override
    public void counted(Holding now, HeldLeaves all) {
      throw new IllegalStateException("counted");
    }

    @Override
    public void held(Holding now, ByteRange range) {
      throw new IllegalStateException("held");
    }

    @Override
    public void gone(Holding now, ByteRange range) {
      throw new IllegalStateException("gone");
    }
  }

  @Test
  void thatIsSlowStopsNobodyWhoPuts() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    test.store.listen(new Stalling(told, goOn));
    SampleEdition one = new SampleEdition(1, MIB);
    CompletableFuture<Void> stuck =
        CompletableFuture.runAsync(
            () -> test.fill(one, new Span(KIB_64, 0, 1)), task -> new Thread(task).start());
    assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
    SampleEdition other = new SampleEdition(2, 2 * MIB);
    test.fillAll(other);
    assertThat(test.fill(one, new Span(KIB_64, 3, 1))).isTrue();
    assertThat(stuck).isNotDone();
    goOn.countDown();
    stuck.get(30, TimeUnit.SECONDS);
    test.told.matches(test.store);
  }

  /** Takes its time with the first news. */
  private record Stalling(CountDownLatch told, CountDownLatch goOn) implements HeldListener {
    @Override
    public void found(Holding about) {}

    @Override
    public void counted(Holding now, HeldLeaves all) {}

    @Override
    public void held(Holding now, ByteRange range) {
      told.countDown();
      awaitQuietly(goOn);
    }

    @Override
    public void gone(Holding now, ByteRange range) {}
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Nested
  class AfterAStart {

    @Test
    void hearsRoughlyWhatIsThereAndExactlyWhenItIsAskedFor() {
      SampleEdition whole = new SampleEdition(1, 3 * MIB + 70_001);
      SampleEdition part = new SampleEdition(2, 100 * MIB);
      SampleEdition small = new SampleEdition(3, 40_001);
      test.fillAll(whole);
      test.fillRegions(part, 65, 2);
      test.fillAll(small);
      test.reopen();
      listenAgain();
      assertThat(heard.found)
          .filteredOn(Holding::isWhole)
          .extracting(Holding::id)
          .containsExactlyInAnyOrder(whole.edition.id(), small.edition.id());
      assertThat(heard.found)
          .filteredOn(holding -> holding.id().equals(part.edition.id()))
          .singleElement()
          .satisfies(
              holding -> {
                assertThat(holding.lengthBytes()).isEqualTo(100 * MIB);
                assertThat(holding.heldBytes()).isBetween(2 * MIB, 2 * MIB + 65_536);
              });
      heard.news.clear();
      assertThat(test.store.heldUntil(part.edition, 0)).isZero();
      assertThat(heard.news).containsExactly("counted 2097152/104857600");
      test.readsAll(small);
      assertThat(heard.news).endsWith("counted 40001/40001");
    }

    @Test
    void hearsTheLengthAlsoOfAnEditionThatFillsItsLastExtent() {
      SampleEdition sample = new SampleEdition(1, 128 * MIB);
      SampleEdition beginning = new SampleEdition(2, 64 * MIB + 1);
      test.fillRegions(sample, 127, 1);
      test.fillRegions(beginning, 0, 1);
      test.reopen();
      listenAgain();
      assertThat(heard.found).extracting(Holding::lengthBytes).contains(128 * MIB, 64 * MIB + 1);
    }

    @Test
    void hearsAllOfItAgainWhenItWasUnloaded() {
      SampleEdition sample = new SampleEdition(1, 70 * MIB);
      test.fillRegions(sample, 1, 1);
      test.idle(Duration.ofSeconds(3));
      test.idle(StoredEdition.IDLE);
      listenAgain();
      assertThat(heard.news).containsExactly("found 1048576/73400320");
      test.readAndCompare(sample, MIB, 2 * MIB);
      assertThat(heard.news).endsWith("counted 1048576/73400320");
    }

    @Test
    void hearsWhatTheWalkFindsLater() throws Exception {
      List<SampleEdition> samples = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        samples.add(new SampleEdition(i, 50_000));
        test.fillAll(samples.get(i));
      }
      test.store.close();
      // The walk comes to this half-written file about in its middle, and waits there.
      Files.createDirectories(directory.resolve("editions/80"));
      Files.createFile(directory.resolve("editions/80/x.tmp"));
      CountDownLatch listens = new CountDownLatch(1);
      Disk.Faults waiting =
          new Disk.Faults() {
            @Override
            public void change(Path file) {
              if (file.endsWith("x.tmp")) {
                awaitQuietly(listens);
              }
            }
          };
      HeldPicture early = new HeldPicture();
      DiskBlockStore walked = openInBackground(waiting);
      try {
        walked.listen(early);
        int before = walked.holdings().size();
        assertThat(before).isLessThan(20);
        early.matches(walked);
        listens.countDown();
        await()
            .atMost(SOON)
            .until(() -> samples.stream().allMatch(s -> early.heldBytes(s.edition.id()) > 0));
        assertThat(walked.holdings()).hasSize(20);
        early.matches(walked);
      } finally {
        listens.countDown();
        walked.close();
      }
      test.open();
    }

    private DiskBlockStore openInBackground(Disk.Faults faults) {
      return DiskBlockStore.open(
          new StoreConfig(directory, OptionalLong.of(1L << 30), KIB_64, false),
          new Surroundings(
              Ticker.systemTicker(), InstantSource.system(), new Records.Id16(1, 1), faults, true));
    }
  }

  @Nested
  class Leaves {

    private final SampleEdition sample = new SampleEdition(1, 3 * MIB + 20_001);

    @Test
    void areCountedInBlocksOfAnySize() {
      test.fill(sample, new Span(KIB_64, 1, 4));
      test.fill(sample, new Span(KIB_64, 48, 1));
      HeldLeaves held = test.store.held(sample.edition);
      assertThat(held.leaves().toArray())
          .containsExactly(4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 192, 193);
      assertThat(held.bytes()).isEqualTo(4 * 65_536 + 20_001);
      assertThat(held.blocks(new BlockSize(16_384))).isEqualTo(held.leaves());
      assertThat(held.blocks(KIB_64).toArray()).containsExactly(1, 2, 3, 4, 48);
      assertThat(held.blocks(new BlockSize(131_072)).toArray()).containsExactly(1, 24);
      assertThat(held.blocks(new BlockSize(1 << 20)).toArray()).containsExactly(3);
      assertThat(held.heldUntil(70_000)).isEqualTo(5 * 65_536);
      assertThat(held.heldUntil(3 * MIB + 5)).isEqualTo(sample.length());
      assertThat(held.heldUntil(0)).isZero();
      assertThat(held.holds(new ByteRange(65_536, 5 * 65_536 - 1))).isTrue();
      assertThat(held.holds(new ByteRange(65_536, 5 * 65_536))).isFalse();
    }

    @Test
    void doNotChangeAfterwards() {
      test.fill(sample, new Span(KIB_64, 1, 1));
      HeldLeaves before = test.store.held(sample.edition);
      test.fill(sample, new Span(KIB_64, 2, 1));
      assertThat(before.bytes()).isEqualTo(65_536);
      assertThat(test.store.held(sample.edition).bytes()).isEqualTo(2 * 65_536);
      assertThat(test.store.held(new SampleEdition(7, 10).edition).bytes()).isZero();
    }
  }
}
