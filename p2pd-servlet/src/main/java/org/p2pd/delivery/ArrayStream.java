package org.p2pd.delivery;

import java.nio.ByteBuffer;
import org.p2pd.content.ContentStream;

/** Bytes that are all there. */
final class ArrayStream implements ContentStream {

  private final ByteBuffer bytes;
  private final Runnable whenClosed;

  ArrayStream(byte[] bytes) {
    this(bytes, () -> {});
  }

  ArrayStream(byte[] bytes, Runnable whenClosed) {
    this.bytes = ByteBuffer.wrap(bytes);
    this.whenClosed = whenClosed;
  }

  @Override
  public Next next(int maxBytes) {
    if (!bytes.hasRemaining()) {
      return new Next.End();
    }
    ByteBuffer part = bytes.slice(bytes.position(), Math.min(maxBytes, bytes.remaining()));
    bytes.position(bytes.position() + part.remaining());
    return new Next.Available(new Unowned(part));
  }

  /** Bytes that need not be given back. */
  record Unowned(ByteBuffer data) implements Next.Bytes {
    @Override
    public void release() {
      // The garbage collector does.
    }
  }

  @Override
  public void whenReady(Runnable wake) {
    wake.run();
  }

  @Override
  public long position() {
    return bytes.position();
  }

  @Override
  public long heldBytes() {
    return bytes.position();
  }

  @Override
  public void close() {
    bytes.position(bytes.limit());
    whenClosed.run();
  }
}
