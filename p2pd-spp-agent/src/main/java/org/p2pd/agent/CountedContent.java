package org.p2pd.agent;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.p2pd.content.Content;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.content.FailedStream;
import org.p2pd.content.FilePart;
import org.p2pd.content.ProvenSpan;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.Span;

/**
 * Content that knows how many readings are open, so that a node can wait for their end.
 *
 * <p>Once it drains no viewer's reading begins. Other nodes' readings go on to begin: what is cut
 * off from them would be cut off from viewers who have no other node to turn to.
 */
final class CountedContent implements Content {

  private final Content content;
  private final Lock lock = new ReentrantLock();
  private final Condition oneClosed = lock.newCondition();

  @GuardedBy("lock")
  private final Map<Reader, Integer> open = new EnumMap<>(Reader.class);

  private volatile boolean draining;

  CountedContent(Content content) {
    this.content = content;
  }

  /** How many readings are open now. */
  int openReadings() {
    lock.lock();
    try {
      return openLocked(EnumSet.allOf(Reader.class));
    } finally {
      lock.unlock();
    }
  }

  /** From here on no viewer's reading begins; those that are open go on. */
  void beginDraining() {
    draining = true;
  }

  /** Waits until no reading of those is open, or the bound has passed. */
  void awaitNone(Set<Reader> readers, Duration bound) throws InterruptedException {
    long left = bound.toNanos();
    lock.lock();
    try {
      while (openLocked(readers) > 0 && left > 0) {
        left = oneClosed.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private int openLocked(Set<Reader> readers) {
    int count = 0;
    for (Reader reader : readers) {
      count += open.getOrDefault(reader, 0);
    }
    return count;
  }

  private void count(Reader reader, int change) {
    lock.lock();
    try {
      open.merge(reader, change, Integer::sum);
      oneClosed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean isRefused(Reader reader) {
    return draining && reader == Reader.VIEWER;
  }

  @Override
  public ContentStream open(ReadRequest request) {
    Reader reader = request.reader();
    count(reader, 1); // before it is looked whether it drains: who waits then waits for this one
    if (isRefused(reader)) {
      count(reader, -1);
      return new FailedStream(
          request.range().first(), ContentFailure.CLOSING, "the node is about to stop");
    }
    try {
      return new CountedStream(content.open(request), reader);
    } catch (RuntimeException e) {
      count(reader, -1);
      throw e;
    }
  }

  @Override
  public boolean canFetch() {
    return content.canFetch();
  }

  @Override
  public boolean holds(Edition edition, ByteRange range) {
    return content.holds(edition, range);
  }

  @Override
  public Optional<FilePart> filePart(Edition edition, ByteRange range, Reader reader) {
    return isRefused(reader) ? Optional.empty() : content.filePart(edition, range, reader);
  }

  @Override
  public Optional<byte[]> prove(Edition edition, Span span) {
    return content.prove(edition, span);
  }

  @Override
  public Optional<byte[]> leafHashes(Edition edition, Span oneBlock) {
    return content.leafHashes(edition, oneBlock);
  }

  @Override
  public CompletionStage<Optional<ProvenSpan>> proveArriving(
      Edition edition, Span span, boolean leaves) {
    return content.proveArriving(edition, span, leaves);
  }

  @Override
  public String toString() {
    return "counted " + content;
  }

  /** Confined to its owner, as every stream is. */
  private final class CountedStream implements ContentStream {

    private final ContentStream stream;
    private final Reader reader;
    private boolean isClosed;

    CountedStream(ContentStream stream, Reader reader) {
      this.stream = stream;
      this.reader = reader;
    }

    @Override
    public Next next(int maxBytes) {
      return stream.next(maxBytes);
    }

    @Override
    public void whenReady(Runnable wake) {
      stream.whenReady(wake);
    }

    @Override
    public long position() {
      return stream.position();
    }

    @Override
    public long heldBytes() {
      return stream.heldBytes();
    }

    @Override
    public void close() {
      stream.close();
      if (!isClosed) {
        isClosed = true;
        count(reader, -1);
      }
    }
  }
}
