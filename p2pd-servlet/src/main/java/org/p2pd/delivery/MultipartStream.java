package org.p2pd.delivery;

import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.ContentStream;
import org.p2pd.http.Multipart;
import org.p2pd.model.ByteRange;

/**
 * The body of a multipart/byteranges response: heads, ranges, tail, one after the other. A range's
 * reading is opened when its turn comes, and closed before the next.
 */
final class MultipartStream implements ContentStream {

  private final Multipart body;
  private final Function<ByteRange, ContentStream> open;
  private ContentStream current;
  private boolean inRange;
  private int part;
  private long position;
  private long heldBytes;
  private boolean closed;

  MultipartStream(Multipart body, Function<ByteRange, ContentStream> open) {
    this.body = body;
    this.open = open;
    this.current = text(body.parts().get(0).head());
  }

  @Override
  public Next next(int maxBytes) {
    while (true) {
      Next next = current.next(maxBytes);
      if (next instanceof Next.Available available) {
        position += available.bytes().data().remaining();
        return next;
      }
      if (!(next instanceof Next.End)) {
        return next;
      }
      ContentStream following = following();
      if (following == null) {
        return next;
      }
      leave();
      current = following;
    }
  }

  private @Nullable ContentStream following() {
    if (closed || part == body.parts().size()) {
      return null;
    }
    if (!inRange) {
      inRange = true;
      return open.apply(body.parts().get(part).range());
    }
    inRange = false;
    part++;
    return text(part == body.parts().size() ? body.tail() : body.parts().get(part).head());
  }

  private void leave() {
    if (!(current instanceof ArrayStream)) {
      heldBytes += current.heldBytes();
    }
    current.close();
  }

  private static ContentStream text(String text) {
    return new ArrayStream(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void whenReady(Runnable wake) {
    current.whenReady(wake);
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public long heldBytes() {
    return heldBytes + (current instanceof ArrayStream ? 0 : current.heldBytes());
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      leave();
    }
  }
}
