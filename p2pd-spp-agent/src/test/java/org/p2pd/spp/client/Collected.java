package org.p2pd.spp.client;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.p2pd.model.Edition;
import org.p2pd.model.Span;
import org.p2pd.tree.SpanProof;

/** A receiver that keeps what it hears, and objects to calls that overlap or follow the end. */
public final class Collected implements BlockReceiver {

  public final List<String> heard = new ArrayList<>();
  public final Map<Integer, ByteBuffer> buffers = new TreeMap<>();
  public final CompletableFuture<BlockEnd> end = new CompletableFuture<>();
  public final CompletableFuture<Void> firstProof = new CompletableFuture<>();
  private final AtomicBoolean talking = new AtomicBoolean();
  private final Edition edition;
  private final Span span;
  public volatile Runnable onBlock = () -> {};

  public Collected(Edition edition, Span span) {
    this.edition = edition;
    this.span = span;
  }

  private void hear(String what) {
    if (!talking.compareAndSet(false, true)) {
      throw new AssertionError("calls overlap: " + what);
    }
    if (end.isDone()) {
      throw new AssertionError("after the end: " + what);
    }
    synchronized (heard) {
      heard.add(what);
    }
  }

  private void done() {
    talking.set(false);
  }

  @Override
  public void proof(SpanProof proof) {
    hear("proof " + proof.span().firstBlock() + "-" + proof.span().lastBlock());
    firstProof.complete(null);
    done();
  }

  @Override
  public void leased(Duration lease) {
    hear("leased " + lease.toSeconds());
    done();
  }

  @Override
  public ByteBuffer bufferFor(int block) {
    hear("buffer " + block);
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(span.blockSize().lengthOf(block, edition.lengthBytes()));
    buffers.put(block, buffer);
    done();
    return buffer;
  }

  @Override
  public void prefixVerified(int block, int bytes) {
    hear("prefix " + block + ":" + bytes);
    done();
  }

  @Override
  public void blockVerified(int block) {
    hear("block " + block);
    onBlock.run();
    done();
  }

  @Override
  public void ended(BlockEnd how) {
    hear(how.getClass().getSimpleName());
    done();
    end.complete(how);
  }

  public BlockEnd await() throws Exception {
    return end.get(30, TimeUnit.SECONDS);
  }

  /** The bytes of a block, as far as they came. */
  public byte[] bytes(int block) {
    ByteBuffer filled = buffers.get(block).duplicate().flip();
    byte[] bytes = new byte[filled.remaining()];
    filled.get(bytes);
    return bytes;
  }
}
