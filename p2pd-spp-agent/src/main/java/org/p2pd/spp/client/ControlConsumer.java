package org.p2pd.spp.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.nio.AsyncResponseConsumer;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/** Gathers an answer of bounded length. Confined to its connection's thread. */
final class ControlConsumer implements AsyncResponseConsumer<RawAnswer> {

  private final int maxBytes;
  private final ByteArrayOutputStream body = new ByteArrayOutputStream(0);
  private volatile boolean headSeen;
  private int status;
  private Map<String, List<String>> headers = Map.of();
  private @Nullable FutureCallback<RawAnswer> whenDone;

  ControlConsumer(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Whether a head came. Any thread. */
  boolean headSeen() {
    return headSeen;
  }

  @Override
  public void consumeResponse(
      HttpResponse response,
      @Nullable EntityDetails entity,
      HttpContext context,
      FutureCallback<RawAnswer> callback)
      throws IOException {
    headSeen = true;
    status = response.getCode();
    headers = RawAnswer.headersOf(response);
    if (entity == null) {
      callback.completed(new RawAnswer(status, headers, new byte[0]));
      return;
    }
    if (entity.getContentLength() > maxBytes) {
      throw tooLong();
    }
    whenDone = callback;
  }

  @Override
  public void informationResponse(HttpResponse response, HttpContext context) {}

  @Override
  public void updateCapacity(CapacityChannel channel) throws IOException {
    channel.update(Integer.MAX_VALUE); // what comes is bounded by maxBytes
  }

  @Override
  public void consume(ByteBuffer data) throws IOException {
    if (body.size() + data.remaining() > maxBytes) {
      throw tooLong();
    }
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    body.write(bytes, 0, bytes.length);
  }

  private IOException tooLong() {
    return new IOException("an answer of more than " + maxBytes + " bytes");
  }

  @Override
  public void streamEnd(@Nullable List<? extends Header> trailers) {
    FutureCallback<RawAnswer> callback = whenDone;
    if (callback != null) {
      callback.completed(new RawAnswer(status, headers, body.toByteArray()));
    }
  }

  @Override
  public void failed(Exception cause) {}

  @Override
  public void releaseResources() {}
}
