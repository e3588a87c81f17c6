package org.p2pd.spp.client;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.p2pd.content.Urgency;
import org.p2pd.identity.NodeKey;
import org.p2pd.model.BlockSize;
import org.p2pd.model.Span;
import org.p2pd.spp.Introductions;
import org.p2pd.spp.TestEdition;
import org.p2pd.spp.TestNode;
import org.p2pd.tree.SpanProof;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How fast spans are received and verified over loopback, and at what cost. Run on the test class
 * path, with the whole compiler (the tests' own JVM has half of it, and no fast SHA-256).
 */
public final class ClientRateMain {

  private static final Logger LOG = LoggerFactory.getLogger(ClientRateMain.class);
  private static final int SPANS = 1_024;
  private static final int AT_ONCE = 8;
  private static final int SPAN_BYTES = BlockSize.REGION_BYTES;

  private ClientRateMain() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Files.createTempDirectory("rate");
    TestEdition video = TestEdition.random(64 << 20, 1);
    try (TestNode server = new TestNode.Choice("127.0.0.3", directory).start()) {
      server.content.add(video);
      for (int[] choice : new int[][] {{1, 256}, {1, 256}, {1, 64}, {1, 1024}, {2, 256}, {2, 64}}) {
        measure(server, video, choice[0], choice[1] * 1024);
      }
    }
  }

  private static void measure(TestNode server, TestEdition video, int threads, int bufferBytes)
      throws Exception {
    NodeKey key = NodeKey.generate();
    ClientSettings settings =
        new ClientSettings(
            Optional.empty(),
            "p2pd/test",
            2,
            8,
            threads,
            bufferBytes,
            bufferBytes,
            Duration.ofSeconds(2),
            Duration.ofSeconds(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(15));
    ClientIdentity self =
        new ClientIdentity(
            key, () -> new Endpoint(1, ""), new Introductions(key), new SecureRandom(), settings);
    try (SppClient client = new SppClient(self, server.timers)) {
      Peer peer = client.peer(server.address(), TestSecret.of(server.secrets));
      run(peer, key, video, 128);
      long cpuBefore = clientCpuNanos();
      long begin = System.nanoTime();
      run(peer, key, video, SPANS);
      double seconds = (System.nanoTime() - begin) / 1e9;
      double cpu = (clientCpuNanos() - cpuBefore) / 1e9;
      double gigabytes = (double) SPANS * SPAN_BYTES / 1e9;
      LOG.info(
          "{} bulk threads, {} KiB buffers: {} MB/s, {} CPU s/GB in the client's threads",
          threads,
          bufferBytes / 1024,
          Math.round(gigabytes * 1_000 / seconds),
          String.format("%.2f", cpu / gigabytes));
    }
  }

  private static void run(Peer peer, NodeKey key, TestEdition video, int spans)
      throws InterruptedException {
    Semaphore atOnce = new Semaphore(AT_ONCE);
    CountDownLatch all = new CountDownLatch(spans);
    AtomicLong verified = new AtomicLong();
    BlockSize size = BlockSize.DEFAULT;
    ThreadLocal<ByteBuffer> buffers =
        ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(SPAN_BYTES));
    for (int i = 0; i < spans; i++) {
      atOnce.acquire();
      Span span = new Span(size, i % 64 * size.blocksPerRegion(), size.blocksPerRegion());
      peer.fetch(
          new BlockQuestion(
              video.edition,
              span,
              Urgency.READ_AHEAD,
              BlockQuestion.Relation.CHILD,
              List.of(key.id())),
          new BlockReceiver() {
            @Override
            public void proof(SpanProof proof) {}

            @Override
            public ByteBuffer bufferFor(int block) {
              int at = (block - span.firstBlock()) * size.bytes();
              return buffers.get().slice(at, size.bytes());
            }

            @Override
            public void prefixVerified(int block, int bytes) {}

            @Override
            public void blockVerified(int block) {
              verified.addAndGet(size.bytes());
            }

            @Override
            public void ended(BlockEnd end) {
              atOnce.release();
              all.countDown();
            }
          });
    }
    if (!all.await(120, TimeUnit.SECONDS) || verified.get() != (long) spans * SPAN_BYTES) {
      throw new IllegalStateException("only " + verified + " bytes were verified");
    }
  }

  private static long clientCpuNanos() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long nanos = 0;
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("p2pd-spp-")) {
        nanos += Math.max(0, threads.getThreadCpuTime(thread.getId()));
      }
    }
    return nanos;
  }
}
