package org.p2pd.publish;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.p2pd.model.DigestAlgorithm;
import org.p2pd.tree.TreeHasher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads that hash, each in a buffer of its own; they end when the queue is closed. */
final class HashWorkers implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(HashWorkers.class);

  private final HashQueue queue;
  private final DigestAlgorithm digest;
  private final Consumer<HashOutcome> outcomes;
  private final List<Thread> threads = new ArrayList<>();
  private final LongAdder hashedBytes = new LongAdder();

  /**
   * @param buffers one of a region's capacity for each thread
   */
  HashWorkers(
      HashQueue queue,
      DigestAlgorithm digest,
      List<ByteBuffer> buffers,
      Consumer<HashOutcome> outcomes) {
    this.queue = queue;
    this.digest = digest;
    this.outcomes = outcomes;
    for (ByteBuffer buffer : buffers) {
      Thread thread = new Thread(() -> run(buffer), "p2pd-publish-hash-" + (threads.size() + 1));
      thread.setDaemon(true);
      threads.add(thread);
    }
  }

  HashWorkers start() {
    threads.forEach(Thread::start);
    return this;
  }

  long hashedBytes() {
    return hashedBytes.sum();
  }

  private void run(ByteBuffer buffer) {
    TreeHasher hasher = new TreeHasher(digest);
    try {
      for (HashQueue.Task task = queue.take(); task != null; task = queue.take()) {
        work(task, buffer, hasher);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void work(HashQueue.Task task, ByteBuffer buffer, TreeHasher hasher) {
    HashJob job = task.job();
    HashQueue.Next next;
    if (task instanceof HashQueue.Task.Region region) {
      job.hash(region.region(), buffer, hasher);
      hashedBytes.add(buffer.limit());
      next = queue.done(job, region.region());
    } else {
      next = queue.opened(job, job.open());
    }
    if (next instanceof HashQueue.Next.Remember remember) {
      job.progress(remember.regions());
    } else if (next instanceof HashQueue.Next.Finish) {
      outcomes.accept(job.finish());
    } else if (next instanceof HashQueue.Next.Close) {
      job.close();
    }
  }

  /** Ends the threads after the regions under way; what was hashed is remembered. */
  @Override
  public void close() {
    queue.close();
    threads.forEach(Threads::join);
    queue
        .rest()
        .forEach(
            (job, regions) -> {
              if (regions > 0) {
                log.debug("{} is hashed up to {} MiB", job.title(), regions);
                job.progress(regions);
              }
              job.close();
            });
  }
}
