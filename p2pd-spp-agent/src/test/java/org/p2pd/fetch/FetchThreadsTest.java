package org.p2pd.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.content.ContentStream.Next;
import org.p2pd.content.Fetching;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.content.Urgency;
import org.p2pd.model.ByteRange;

/** Fetching on its real thread, with sources and viewers on theirs. */
class FetchThreadsTest {

  private static final int MIB = 1 << 20;
  private static final Film FILM = new Film(42, 12 * MIB + 777);

  private final ExecutorService disk = Executors.newSingleThreadExecutor();
  private final ExecutorService viewers = Executors.newCachedThreadPool();

  @AfterEach
  void noThreadIsLeft() throws InterruptedException {
    viewers.shutdown();
    disk.shutdown();
    assertThat(viewers.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    assertThat(disk.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("p2pd-fetch");
  }

  private CacheContent content(FakeStore store, long memory, BlockSource source) {
    return CacheContent.over(
        store,
        () -> List.of(source),
        new FetchConfig(memory),
        Demand.UNHEARD,
        disk,
        Ticker.systemTicker());
  }

  /** Reads a range to its end, as a delivery does: takes what is there, else waits to be woken. */
  private static long read(CacheContent content, Film film, ByteRange range, boolean compare)
      throws InterruptedException {
    Semaphore woken = new Semaphore(0);
    long count = 0;
    try (ContentStream stream =
        content.open(
            new ReadRequest(
                film.edition(), range, Reader.VIEWER, Urgency.PLAY_HEAD, Fetching.MISSING))) {
      while (true) {
        Next next = stream.next(256 * 1024);
        if (next instanceof Next.Available available) {
          ByteBuffer data = available.bytes().data();
          int length = data.remaining();
          if (compare) {
            assertThat(data).isEqualTo(film.bytes(stream.position() - length, length));
          }
          available.bytes().release();
          count += length;
        } else if (next instanceof Next.Pending) {
          stream.whenReady(woken::release);
          assertThat(woken.tryAcquire(60, TimeUnit.SECONDS)).as("woken").isTrue();
        } else if (next instanceof Next.End) {
          return count;
        } else {
          throw new AssertionError(next);
        }
      }
    }
  }

  private void crowd(FakeStore store, int failuresPerThousand) throws Exception {
    try (ThreadedSource source = new ThreadedSource(FILM, 3, failuresPerThousand);
        CacheContent content = content(store, 16L * MIB, source)) {
      List<Future<Long>> all = new ArrayList<>();
      Random random = new Random(3);
      long expected = 0;
      for (int i = 0; i < 16; i++) {
        int first = i % 2 == 0 ? 0 : random.nextInt(FILM.length());
        ByteRange range = new ByteRange(first, FILM.length() - 1);
        expected += range.lengthBytes();
        all.add(viewers.submit(() -> read(content, FILM, range, true)));
      }
      long read = 0;
      for (Future<Long> one : all) {
        read += one.get(20, TimeUnit.SECONDS);
      }
      assertThat(read).isEqualTo(expected);
      if (failuresPerThousand == 0 && store.stats().heldBytes() > 0) {
        assertThat(source.sentBytes()).isEqualTo(FILM.length());
      }
      Awaitility.await().untilAsserted(() -> assertThat(store.openRooms()).isZero());
      Awaitility.await().untilAsserted(() -> assertThat(content.stats().memoryBytes()).isZero());
      assertThat(content.stats().memoryPeakBytes()).isLessThanOrEqualTo(16L * MIB);
    }
  }

  @Test
  void aCrowdReadsEveryByteAndTheSourceSendsEachOnce() throws Exception {
    crowd(new FakeStore(Stage.SIZE, 100L * MIB), 0);
  }

  @Test
  void aCrowdReadsEveryByteThroughAFailingSource() throws Exception {
    crowd(new FakeStore(Stage.SIZE, 100L * MIB), 20);
  }

  @Test
  void aCrowdReadsEveryByteOfWhatCannotBeKept() throws Exception {
    crowd(new FakeStore(Stage.SIZE, 0), 0);
  }

  @Test
  void closingWakesWhoWaits() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    AtomicReference<BlockSource.SpanReceiver> hung = new AtomicReference<>();
    ScriptedSource silent =
        new ScriptedSource("silent", BlockSource.Relation.PARENT, FILM) {
          @Override
          public Transfer fetch(SpanQuery query, SpanReceiver receiver) {
            hung.set(receiver);
            asked.countDown();
            return () -> receiver.ended(new Outcome.Cancelled());
          }
        };
    FakeStore store = new FakeStore(Stage.SIZE, 100L * MIB);
    CacheContent content = content(store, 8L * MIB, silent);
    ContentStream stream =
        content.open(
            new ReadRequest(
                FILM.edition(), FILM.all(), Reader.VIEWER, Urgency.PLAY_HEAD, Fetching.MISSING));
    assertThat(stream.next(1)).isInstanceOf(Next.Pending.class);
    CountDownLatch woken = new CountDownLatch(1);
    stream.whenReady(woken::countDown);
    assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
    content.close();
    assertThat(woken.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(stream.next(1))
        .isInstanceOfSatisfying(
            Next.Failed.class,
            failed -> assertThat(failed.failure()).isEqualTo(ContentFailure.CLOSING));
    stream.close();
    assertThat(store.openRooms()).isZero();
    assertThat(content.stats().memoryBytes()).isZero();
  }

  /** What the bookkeeping alone costs: no network, no hashing, a store that only copies. */
  @Test
  @Tag("long")
  void speed() throws Exception {
    Film film = new Film(5, 64 * MIB);
    for (int round = 0; round < 8; round++) {
      FakeStore store = new FakeStore(Stage.SIZE, round % 2 == 0 ? 100L * MIB : 0);
      try (ThreadedSource source = new ThreadedSource(film, 2, 0);
          CacheContent content = content(store, 64L * MIB, source)) {
        source.prepareProofs();
        long began = System.nanoTime();
        read(content, film, film.all(), false);
        double seconds = (System.nanoTime() - began) / 1e9;
        System.getLogger("speed")
            .log(
                System.Logger.Level.INFO,
                String.format(
                    "%s: %.0f MB/s, %d questions",
                    round % 2 == 0 ? "kept" : "passed",
                    film.length() / seconds / 1e6,
                    source.questions()));
      }
    }
  }
}
