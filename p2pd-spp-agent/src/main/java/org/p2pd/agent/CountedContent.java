package org.p2pd.agent;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.p2pd.content.Content;
import org.p2pd.content.ContentStream;
import org.p2pd.content.FilePart;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.Span;

/** Content that knows how many readings are open, so that a node can wait for their end. */
final class CountedContent implements Content {

  private final Content content;
  private final Lock lock = new ReentrantLock();
  private final Condition noneOpen = lock.newCondition();

  @GuardedBy("lock")
  private int open;

  CountedContent(Content content) {
    this.content = content;
  }

  /** How many readings are open now. */
  int openReadings() {
    lock.lock();
    try {
      return open;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until no reading is open, or the bound has passed. */
  void awaitNone(Duration bound) throws InterruptedException {
    long left = bound.toNanos();
    lock.lock();
    try {
      while (open > 0 && left > 0) {
        left = noneOpen.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  private void opened() {
    lock.lock();
    try {
      open++;
    } finally {
      lock.unlock();
    }
  }

  private void closed() {
    lock.lock();
    try {
      open--;
      if (open == 0) {
        noneOpen.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public ContentStream open(ReadRequest request) {
    ContentStream stream = content.open(request);
    opened();
    return new CountedStream(stream);
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
    return content.filePart(edition, range, reader);
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
  public String toString() {
    return "counted " + content;
  }

  /** Confined to its owner, as every stream is. */
  private final class CountedStream implements ContentStream {

    private final ContentStream stream;
    private boolean isClosed;

    CountedStream(ContentStream stream) {
      this.stream = stream;
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
        closed();
      }
    }
  }
}
