package org.p2pd.fetch;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.p2pd.content.Urgency;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Span;
import org.p2pd.tree.SpanProof;

/** A source with threads of its own that answers at once, or fails now and then. */
final class ThreadedSource implements BlockSource, AutoCloseable {

  private final Film film;
  private final int failuresPerThousand;
  private final ExecutorService threads;
  private final AtomicLong sentBytes = new AtomicLong();
  private final Map<Span, SpanProof> proofs = new ConcurrentHashMap<>();
  private final AtomicLong questions = new AtomicLong();

  ThreadedSource(Film film, int threadCount, int failuresPerThousand) {
    this.film = film;
    this.failuresPerThousand = failuresPerThousand;
    this.threads =
        Executors.newFixedThreadPool(threadCount, task -> new Thread(task, "p2pd-test-source"));
  }

  /** Makes all proofs beforehand, so that their cost is not measured. */
  void prepareProofs() {
    BlockSize size = Stage.SIZE;
    int blocks = size.blockCount(film.length());
    for (int first = 0; first < blocks; first++) {
      int regionEnd = (first / size.blocksPerRegion() + 1) * size.blocksPerRegion();
      for (int count = 1; first + count <= Math.min(blocks, regionEnd); count++) {
        Span span = new Span(size, first, count);
        proofs.put(span, film.proof(span));
      }
    }
  }

  private SpanProof proof(Span span) {
    return proofs.computeIfAbsent(span, film::proof);
  }

  long sentBytes() {
    return sentBytes.get();
  }

  long questions() {
    return questions.get();
  }

  @Override
  public String name() {
    return "threaded";
  }

  @Override
  public Relation relation() {
    return Relation.PARENT;
  }

  @Override
  public boolean usable() {
    return true;
  }

  @Override
  public Transfer fetch(SpanQuery query, SpanReceiver receiver) {
    Answer answer = new Answer(query, receiver, questions.incrementAndGet());
    threads.execute(answer);
    return () -> answer.cancelled = true;
  }

  private final class Answer implements Runnable {
    private final SpanQuery query;
    private final SpanReceiver receiver;
    private final Random random;
    private volatile boolean cancelled;

    Answer(SpanQuery query, SpanReceiver receiver, long seed) {
      this.query = query;
      this.receiver = receiver;
      this.random = new Random(seed);
    }

    @Override
    public void run() {
      receiver.ended(send());
    }

    private Outcome send() {
      receiver.proof(proof(query.span()));
      BlockSize size = query.span().blockSize();
      for (int block = query.span().firstBlock(); block <= query.span().lastBlock(); block++) {
        if (cancelled) {
          return new Outcome.Cancelled();
        }
        ByteBuffer buffer = receiver.bufferFor(block);
        ByteBuffer bytes = film.block(size, block);
        if (failuresPerThousand > 0 && random.nextInt(1_000) < failuresPerThousand) {
          buffer.put((byte) 1);
          return new Outcome.Lost("chance");
        }
        if (query.urgency() == Urgency.PLAY_HEAD && bytes.remaining() > BlockSize.LEAF_BYTES) {
          buffer.put(film.bytes(size.start(block), BlockSize.LEAF_BYTES));
          receiver.prefixVerified(block, BlockSize.LEAF_BYTES);
          bytes.position(BlockSize.LEAF_BYTES);
        }
        buffer.put(bytes);
        sentBytes.addAndGet(size.lengthOf(block, film.length()));
        receiver.blockVerified(block);
      }
      return new Outcome.Delivered();
    }
  }

  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("a source's thread did not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
