package org.p2pd.spp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.p2pd.content.Content;
import org.p2pd.content.ContentStream;
import org.p2pd.content.FilePart;
import org.p2pd.content.ReadRequest;
import org.p2pd.content.Reader;
import org.p2pd.model.ByteRange;
import org.p2pd.model.Edition;
import org.p2pd.model.Span;

/** Content that is read no further than a test lets it: its node sends as slowly as that. */
public final class GatedContent implements Content {

  private final Content content;

  @GuardedBy("this")
  private long untilPosition;

  @GuardedBy("this")
  private final List<Runnable> waiting = new ArrayList<>();

  public GatedContent(Content content, long untilPosition) {
    this.content = content;
    this.untilPosition = untilPosition;
  }

  /** Lets all readings go on up to a position. */
  public void open(long until) {
    List<Runnable> woken;
    synchronized (this) {
      untilPosition = until;
      woken = List.copyOf(waiting);
      waiting.clear();
    }
    woken.forEach(Runnable::run);
  }

  private synchronized long untilPosition() {
    return untilPosition;
  }

  /** Has something run when the gate has moved beyond a position; false if it has already. */
  private synchronized boolean await(long position, Runnable wake) {
    return position >= untilPosition && waiting.add(wake);
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
    return Optional.empty();
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
  public ContentStream open(ReadRequest request) {
    ContentStream stream = content.open(request);
    return new ContentStream() {
      @Override
      public Next next(int maxBytes) {
        long most = untilPosition() - stream.position();
        if (most <= 0 && stream.position() <= request.range().last()) {
          return new Next.Pending();
        }
        return stream.next((int) Math.max(1, Math.min(most, maxBytes)));
      }

      @Override
      public void whenReady(Runnable wake) {
        if (!await(stream.position(), wake)) {
          stream.whenReady(wake);
        }
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
      }
    };
  }
}
