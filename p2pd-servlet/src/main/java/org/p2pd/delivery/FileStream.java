package org.p2pd.delivery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.content.FilePart;

/** A part of a file, where the container's zero-copy send cannot be used. */
final class FileStream implements ContentStream {

  private final FilePart part;
  private @Nullable FileChannel channel;
  private @Nullable ByteBuffer buffer;
  private final LongConsumer whenClosed;
  private long done;
  private long taken;
  private boolean closed;

  /**
   * A stream of a part.
   *
   * @param whenClosed told how many bytes were taken: those handed out before the last question
   */
  FileStream(FilePart part, LongConsumer whenClosed) {
    this.part = part;
    this.whenClosed = whenClosed;
  }

  @Override
  public Next next(int maxBytes) {
    if (closed) {
      return new Next.Failed(ContentFailure.CLOSED, "closed");
    }
    taken = done;
    if (done == part.lengthBytes()) {
      return new Next.End();
    }
    try {
      if (channel == null) {
        channel = FileChannel.open(part.file(), StandardOpenOption.READ);
      }
      if (buffer == null || buffer.capacity() < maxBytes) {
        buffer = ByteBuffer.allocate(maxBytes);
      }
      buffer.clear().limit((int) Math.min(maxBytes, part.lengthBytes() - done));
      int read = channel.read(buffer, part.offset() + done);
      if (read < 1) {
        return new Next.Failed(ContentFailure.UNREADABLE, part + " is shorter than it was");
      }
      done += read;
      return new Next.Available(new ArrayStream.Unowned(buffer.flip()));
    } catch (IOException e) {
      return new Next.Failed(ContentFailure.UNREADABLE, "read " + part + ": " + e);
    }
  }

  @Override
  public void whenReady(Runnable wake) {
    wake.run();
  }

  @Override
  public long position() {
    return part.offset() + done;
  }

  @Override
  public long heldBytes() {
    return done;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    whenClosed.accept(taken);
    buffer = null;
    FileChannel open = channel;
    channel = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // Nothing was written, so nothing is lost; the descriptor is gone either way.
        return;
      }
    }
  }
}
