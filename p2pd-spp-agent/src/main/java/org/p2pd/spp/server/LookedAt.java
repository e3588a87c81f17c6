package org.p2pd.spp.server;

import java.nio.ByteBuffer;
import org.p2pd.content.ContentStream.Next;

/**
 * The first bytes of a stream, taken to see that there are any, and handed out piece by piece.
 * Confined to the stream's owner.
 */
final class LookedAt {

  private final Next.Bytes bytes;
  private final ByteBuffer rest;
  private boolean released;

  LookedAt(Next.Bytes bytes) {
    this.bytes = bytes;
    this.rest = bytes.data().slice();
  }

  int remaining() {
    return rest.remaining();
  }

  /** The next piece; releasing the last one releases all. */
  Next.Available take(int maxBytes) {
    int count = Math.min(maxBytes, rest.remaining());
    ByteBuffer piece = rest.slice(rest.position(), count);
    rest.position(rest.position() + count);
    return new Next.Available(
        new Next.Bytes() {
          @Override
          public ByteBuffer data() {
            return piece;
          }

          @Override
          public void release() {
            if (!rest.hasRemaining()) {
              releaseAll();
            }
          }
        });
  }

  void releaseAll() {
    if (!released) {
      released = true;
      bytes.release();
    }
  }
}
