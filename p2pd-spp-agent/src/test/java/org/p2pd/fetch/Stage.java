package org.p2pd.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.p2pd.content.ContentStream;
import org.p2pd.content.Fetching;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.content.Urgency;
import org.p2pd.model.BlockSize;
import org.p2pd.model.ByteRange;

/** A cache's content on one thread and an artificial clock: nothing happens by itself. */
final class Stage {

  static final BlockSize SIZE = BlockSize.DEFAULT;

  final FakeStore store;
  final List<BlockSource> sources = new ArrayList<>();
  final CacheContent content;
  final Queue<Runnable> disk = new ArrayDeque<>();
  private final ManualLoop loop = new ManualLoop();
  private long nowNanos = -5_000_000_000L; // nanoTime may be negative

  Stage(FakeStore store, long memoryBytes, BlockSource... sources) {
    this.store = store;
    this.sources.addAll(List.of(sources));
    Ticker ticker =
        new Ticker() {
          @Override
          public long read() {
            return nowNanos;
          }
        };
    content =
        new CacheContent(
            store,
            () -> this.sources,
            new FetchConfig(memoryBytes),
            Demand.UNHEARD,
            disk::add,
            ticker,
            loop);
  }

  /** The fetch loop, run by hand. */
  private static final class ManualLoop implements CacheContent.Loop {
    private final Queue<FetchEvent> events = new ConcurrentLinkedQueue<>();
    private FetchState state;
    private boolean closing;

    @Override
    public void begin(FetchState begun) {
      state = begun;
    }

    @Override
    public boolean isClosing() {
      return closing;
    }

    @Override
    public void post(FetchEvent event) {
      events.add(event);
    }

    @Override
    public void postLazily(FetchEvent event) {
      events.add(event);
    }

    boolean runOnce() {
      boolean any = !events.isEmpty();
      for (FetchEvent event = events.poll(); event != null; event = events.poll()) {
        event.apply(state);
      }
      state.decide();
      return any;
    }

    @Override
    public void end() {
      closing = true;
      post(new FetchEvent.Closing());
      runOnce();
    }
  }

  FetchState state() {
    return loop.state;
  }

  long nowNanos() {
    return nowNanos;
  }

  /** Lets the loop and the disk do all they can. */
  Stage settle() {
    boolean any = true;
    while (any) {
      any = loop.runOnce();
      for (Runnable work = disk.poll(); work != null; work = disk.poll()) {
        work.run();
        any = true;
      }
      assertThat(content.stats().memoryBytes()).isLessThanOrEqualTo(content.memoryLimitBytes());
    }
    return this;
  }

  /** Lets the loop do what it can now, and nothing else. */
  void loopOnce() {
    loop.runOnce();
  }

  Stage pass(Duration time) {
    nowNanos += time.toNanos();
    return settle();
  }

  Viewer open(Film film, ByteRange range) {
    return open(film, range, Urgency.PLAY_HEAD, Fetching.MISSING);
  }

  Viewer open(Film film, ByteRange range, Urgency urgency, Fetching fetching) {
    return new Viewer(
        film,
        range,
        content.open(new ReadRequest(film.edition(), range, Reader.VIEWER, urgency, fetching)));
  }

  /** All memory given back, all rooms closed, no reading open. */
  void assertNothingLeft() {
    settle();
    assertThat(content.stats().memoryBytes()).as("memory in use").isZero();
    assertThat(store.openRooms()).as("open rooms").isZero();
    assertThat(store.reservedBytes()).as("reserved on disk").isZero();
    assertThat(content.stats().openReadings()).as("open readings").isZero();
    assertThat(content.arrivals().isEmpty()).as("blocks forgotten").isTrue();
  }

  /** A reader that compares each byte. */
  final class Viewer implements AutoCloseable {
    final ContentStream stream;
    private final Film film;
    private final ByteRange range;
    private int wakes;

    Viewer(Film film, ByteRange range, ContentStream stream) {
      this.film = film;
      this.range = range;
      this.stream = stream;
    }

    /** Takes up to so many bytes, as long as there are any; returns how many there were. */
    long take(long most) {
      long taken = 0;
      while (taken < most) {
        if (!(next((int) Math.min(most - taken, 1 << 20))
            instanceof ContentStream.Next.Available a)) {
          break;
        }
        taken += check(a);
        a.bytes().release();
      }
      settle();
      return taken;
    }

    long takeAll() {
      return take(Long.MAX_VALUE);
    }

    ContentStream.Next next(int most) {
      return stream.next(most);
    }

    int check(ContentStream.Next.Available available) {
      long end = stream.position();
      int length = available.bytes().data().remaining();
      assertThat(available.bytes().data().duplicate())
          .as("bytes before %s", end)
          .isEqualTo(film.bytes(end - length, length));
      assertThat(end).isLessThanOrEqualTo(range.last() + 1);
      return length;
    }

    Viewer await() {
      stream.whenReady(() -> wakes++);
      settle();
      return this;
    }

    int wakes() {
      return wakes;
    }

    boolean atEnd() {
      return stream.position() > range.last() && stream.next(1) instanceof ContentStream.Next.End;
    }

    @Override
    public void close() {
      stream.close();
      settle();
    }
  }
}
