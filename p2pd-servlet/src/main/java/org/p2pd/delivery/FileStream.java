package org.p2pd.delivery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.ContentFailure;
import org.p2pd.content.ContentStream;
import org.p2pd.content.FilePart;

/** A part of a file, where the container's zero-copy send cannot be used. */
final class FileStream implements ContentStream {

  private final FilePart part;
  private @Nullable FileChannel channel;
  private @Nullable ByteBuffer buffer;
  private long done;
  private boolean closed;

  FileStream(FilePart part) {
    this.part = part;
  }

  @Override
  public Next next(int maxBytes) {
    if (closed) {
      return new Next.Failed(ContentFailure.CLOSED, "closed");
    }
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
    closed = true;
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
