package org.p2pd.delivery;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The way out of one streamed response: how much is written at once, and what of it may still lie
 * in the container's buffers. Owned by whoever runs the delivery.
 */
final class Outlet {

  private final ServletOutputStream out;
  private final Surroundings surroundings;
  private final boolean largeBuffer;
  private final WriteSize writeSize;
  private boolean unflushed = true; // the head
  private boolean draining;
  private long sentBytes;
  private int lastWriteBytes;
  private long lastWriteNanos;

  /** After the head was set, before the first byte is written. */
  Outlet(HttpServletResponse response, long bodyBytes, Surroundings surroundings)
      throws IOException {
    this.surroundings = surroundings;
    this.largeBuffer = surroundings.largeBuffers().take(bodyBytes);
    this.writeSize = new WriteSize(largeBuffer ? LargeBuffers.BYTES : WriteSize.MAX_BYTES);
    if (largeBuffer) {
      response.setBufferSize(LargeBuffers.BYTES);
    }
    this.out = response.getOutputStream();
  }

  /** The container calls the listener when it can be written, perhaps before this returns. */
  void open(WriteListener listener) {
    out.setWriteListener(listener);
  }

  /** How much to take from the source for one write. */
  int roomBytes() {
    return writeSize.bytes();
  }

  /** How many bytes of the body were handed to the container. */
  long sentBytes() {
    return sentBytes;
  }

  /** Whether the head or bytes may lie in the response's buffer, and have to be flushed. */
  boolean isUnflushed() {
    return unflushed;
  }

  /** Whether what was written lies in the response's buffer alone and could be flushed at once. */
  boolean isBuffered() {
    return largeBuffer && unflushed;
  }

  void write(ByteBuffer data) throws IOException {
    lastWriteBytes = data.remaining();
    lastWriteNanos = surroundings.deadlines().now();
    draining = true;
    unflushed = true;
    OutputBytes.write(out, data);
    sentBytes += lastWriteBytes;
  }

  void flush() throws IOException {
    unflushed = false;
    out.flush();
  }

  /** After a no, the container calls back, perhaps before this returns. */
  boolean isReady() {
    return out.isReady();
  }

  /** It can be written again: learns from how long that took. */
  void drained() {
    if (draining) {
      draining = false;
      writeSize.drained(lastWriteBytes, surroundings.deadlines().now() - lastWriteNanos);
    }
  }

  /** Gives back what it had of the common. */
  void close() {
    if (largeBuffer) {
      surroundings.largeBuffers().giveBack();
    }
  }
}
