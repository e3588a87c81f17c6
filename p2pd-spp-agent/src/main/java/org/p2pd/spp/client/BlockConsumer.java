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
import org.p2pd.spp.CoveredHeaders;
import org.p2pd.spp.MalformedException;
import org.p2pd.spp.SppHeaders;
import org.p2pd.spp.SppLimits;

/**
 * The answer to one try of a {@link BlockTransfer}. The head of a 206 is checked before its first
 * byte is looked at; then bytes go to the {@link SpanHasher}. Any other answer is gathered,
 * bounded, and is this consumer's result. Confined to its connection's thread, but for {@link
 * #isNearItsEnd}.
 */
final class BlockConsumer implements AsyncResponseConsumer<RawAnswer> {

  /** What is cheaper to read than a new connection, in bytes. */
  private static final long WORTH_READING = 128 * 1024;

  private final BlockTransfer transfer;
  private final ClientSession session;
  private final ClientSession.Signed request;
  private final ByteArrayOutputStream refusal = new ByteArrayOutputStream(0);
  private int status;
  private Map<String, List<String>> headers = Map.of();
  private @Nullable SpanHasher hasher;
  private @Nullable FutureCallback<RawAnswer> whenDone;
  private volatile boolean headSeen;

  /** Written by the connection's thread alone. */
  private volatile long toCome = Long.MAX_VALUE;

  BlockConsumer(BlockTransfer transfer, ClientSession session, ClientSession.Signed request) {
    this.transfer = transfer;
    this.session = session;
    this.request = request;
  }

  /** Whether a head came: then the question is not asked again. Any thread. */
  boolean headSeen() {
    return headSeen;
  }

  /** Any thread. */
  boolean isNearItsEnd() {
    return toCome <= WORTH_READING;
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
    whenDone = callback;
    if (status == 206) {
      proven(entity);
      return;
    }
    if (entity == null) {
      callback.completed(new RawAnswer(status, headers, new byte[0]));
    } else if (entity.getContentLength() > SppLimits.MAX_JSON_BYTES) {
      throw new IOException("status " + status + " with " + entity.getContentLength() + " bytes");
    }
  }

  private void proven(@Nullable EntityDetails entity) throws IOException {
    ProvenHead head;
    try {
      CoveredHeaders covered = CoveredHeaders.of(headers);
      List<String> mac = headers.getOrDefault(SppHeaders.MAC, List.of());
      if (mac.size() != 1 || !session.verifiesProven(request, covered, mac.get(0))) {
        throw new MalformedException("the head's MAC is missing or wrong");
      }
      head = ProvenHead.of(transfer.question(), covered);
      if (entity == null
          || entity.isChunked()
          || entity.getContentEncoding() != null
          || entity.getContentLength() != head.range().lengthBytes()) {
        throw new MalformedException("the body is not the span as it is");
      }
    } catch (MalformedException e) {
      throw end(new BlockEnd.Lost("not understood: " + e.getMessage()));
    } catch (MismatchException e) {
      throw end(new BlockEnd.Mismatch(String.valueOf(e.getMessage())));
    }
    toCome = head.range().lengthBytes();
    hasher =
        new SpanHasher(
            transfer.question().edition(), head.proof(), head.leaves(), transfer.receiver());
    if (transfer.enter()) {
      try {
        transfer.receiver().proof(head.proof());
        head.lease().ifPresent(transfer.receiver()::leased);
      } finally {
        transfer.exit();
      }
    }
  }

  /** Ends the transfer, and with the exception the connection. */
  private IOException end(BlockEnd how) {
    transfer.end(how);
    return new IOException(how.toString());
  }

  @Override
  public void informationResponse(HttpResponse response, HttpContext context) {}

  @Override
  public void updateCapacity(CapacityChannel channel) throws IOException {
    channel.update(Integer.MAX_VALUE); // buffers for all of the span were reserved by the asker
  }

  @Override
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes, others only look
  public void consume(ByteBuffer data) throws IOException {
    SpanHasher blocks = hasher;
    if (blocks == null) {
      gather(data);
      return;
    }
    toCome = toCome - data.remaining();
    if (!transfer.enter()) {
      discard(data);
      return;
    }
    boolean good;
    try {
      good = blocks.take(data, transfer::isWanted);
    } finally {
      transfer.exit();
    }
    if (!good) {
      throw end(new BlockEnd.Mismatch("bytes that do not match their proof"));
    }
    if (data.hasRemaining()) {
      discard(data);
    }
  }

  private void discard(ByteBuffer data) throws IOException {
    data.position(data.limit());
    if (!isNearItsEnd()) {
      throw new IOException("no longer wanted");
    }
  }

  private void gather(ByteBuffer data) throws IOException {
    if (refusal.size() + data.remaining() > SppLimits.MAX_JSON_BYTES) {
      throw new IOException("status " + status + " with more than 64 KiB");
    }
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    refusal.write(bytes, 0, bytes.length);
  }

  @Override
  public void streamEnd(@Nullable List<? extends Header> trailers) {
    SpanHasher blocks = hasher;
    if (blocks != null) {
      transfer.end(
          blocks.complete() ? new BlockEnd.Delivered() : new BlockEnd.Lost("it ended early"));
    }
    FutureCallback<RawAnswer> callback = whenDone;
    if (callback != null) {
      callback.completed(new RawAnswer(status, headers, refusal.toByteArray()));
    }
  }

  @Override
  public void failed(Exception cause) {}

  @Override
  public void releaseResources() {}
}
