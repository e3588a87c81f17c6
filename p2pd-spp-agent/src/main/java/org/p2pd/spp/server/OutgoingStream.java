package org.p2pd.spp.server;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.ContentStream;

/**
 * A span's stream on its way out: hands out first what was looked at before the answer was given,
 * and counts. Confined to its owner like every stream; {@link #close} may be called again.
 */
final class OutgoingStream implements ContentStream {

  private final ContentStream stream;
  private final Load load;
  private final Progress progress;
  private final Runnable whenClosed;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final @Nullable LookedAt looked;

  /** Handed out since it began. */
  private long handedBytes;

  /** Handed out before the transport came for more; what it does with the last piece is unknown. */
  private long takenBytes;

  OutgoingStream(
      ContentStream stream,
      @Nullable LookedAt looked,
      Load load,
      Progress progress,
      Runnable whenClosed) {
    this.stream = stream;
    this.looked = looked;
    this.load = load;
    this.progress = progress;
    this.whenClosed = whenClosed;
    load.began();
  }

  @Override
  public Next next(int maxBytes) {
    takenBytes = handedBytes;
    progress.taken(takenBytes);
    Next next = hasLooked() ? looked().take(maxBytes) : stream.next(maxBytes);
    if (next instanceof Next.Available available) {
      int bytes = available.bytes().data().remaining();
      handedBytes += bytes;
      load.sent(bytes);
    }
    return next;
  }

  private boolean hasLooked() {
    return looked != null && looked.remaining() > 0;
  }

  private LookedAt looked() {
    return java.util.Objects.requireNonNull(looked);
  }

  @Override
  public void whenReady(Runnable wake) {
    if (hasLooked()) {
      wake.run();
      return;
    }
    stream.whenReady(wake);
  }

  @Override
  public long position() {
    return stream.position() - (looked == null ? 0 : looked.remaining());
  }

  @Override
  public long heldBytes() {
    return stream.heldBytes();
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    if (looked != null) {
      looked.releaseAll();
    }
    stream.close();
    load.ended();
    progress.ended(takenBytes);
    whenClosed.run();
  }
}
