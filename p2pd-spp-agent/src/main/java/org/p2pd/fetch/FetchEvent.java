package org.p2pd.fetch;

import java.util.List;
import org.p2pd.model.EditionId;

/** What happened, to be applied by the fetch loop to its state. */
sealed interface FetchEvent {

  void apply(FetchState state);

  /** A stream found nothing at its position and waits. */
  record Wanted(Viewing viewing, long position) implements FetchEvent {
    @Override
    public void apply(FetchState state) {
      state.wanted(viewing, position);
    }
  }

  /** A stream that makes nothing come waits for what is on its way from a position on. */
  record Joining(Viewing viewing, long position) implements FetchEvent {
    @Override
    public void apply(FetchState state) {
      state.joining(viewing, position);
    }
  }

  /** A stream has taken bytes up to a position and does not wait. */
  record Advanced(Viewing viewing, long position) implements FetchEvent {
    @Override
    public void apply(FetchState state) {
      state.advanced(viewing, position);
    }
  }

  record Closed(Viewing viewing) implements FetchEvent {
    @Override
    public void apply(FetchState state) {
      state.closed(viewing);
    }
  }

  /** The disk's part is done. */
  record Prepared(Preparation preparation, List<Preparation.Part> parts) implements FetchEvent {
    @Override
    public void apply(FetchState state) {
      state.prepared(preparation, parts);
    }
  }

  /** A block is complete. */
  record Settled(Arrival arrival) implements FetchEvent {
    @Override
    public void apply(FetchState state) {
      state.settled(arrival);
    }
  }

  record Ended(SpanFetch fetch, BlockSource.Outcome outcome) implements FetchEvent {
    @Override
    public void apply(FetchState state) {
      state.ended(fetch, outcome);
    }
  }

  /** The catalogue names these editions, which it did not before. */
  record Published(List<EditionId> editions) implements FetchEvent {
    @Override
    public void apply(FetchState state) {
      state.published(editions);
    }
  }

  /** Memory was given back while readers of files wait for some. */
  record MemoryFreed(ReadBuffers buffers) implements FetchEvent {
    @Override
    public void apply(FetchState state) {
      buffers.wake();
    }
  }

  /** A source became usable, or may have. */
  record SourcesChanged() implements FetchEvent {
    @Override
    public void apply(FetchState state) {
      // The state looks at the sources after every batch of events.
    }
  }

  /** The node shuts down. */
  record Closing() implements FetchEvent {
    @Override
    public void apply(FetchState state) {
      state.close();
    }
  }
}
