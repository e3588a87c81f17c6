package org.p2pd.store;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store's own thread, {@code p2pd-store}: walks the directory at start; then, every second,
 * seals, looks what was closed meanwhile, and keeps within the limit. Its work can be called for
 * directly where it has no thread.
 */
final class Housekeeper implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Housekeeper.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final Duration OTHERS_PERIOD = Duration.ofSeconds(10);
  private static final Duration LONGEST_SEALING = Duration.ofSeconds(10);
  private static final Duration LONGEST_END = Duration.ofSeconds(60);

  private final StoreParts parts;
  private final Editions editions;
  private final Evictor evictor;
  private final Sealer sealer;
  private final StoreLimit limit;
  private final CountDownLatch walked = new CountDownLatch(1);
  private final ScheduledExecutorService thread;
  private long othersLookedAt;
  private volatile boolean ending;

  Housekeeper(
      StoreParts parts, Editions editions, Evictor evictor, Sealer sealer, StoreLimit limit) {
    this.parts = parts;
    this.editions = editions;
    this.evictor = evictor;
    this.sealer = sealer;
    this.limit = limit;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread t = new Thread(task, "p2pd-store");
              t.setDaemon(true);
              return t;
            });
  }

  /** Begins; waits for the walk, but no longer than that. */
  void begin(Duration longestWait) {
    othersLookedAt = parts.now();
    if (!parts.surroundings().background()) {
      walk();
      return;
    }
    thread.execute(this::walk);
    // The task catches what it throws, so there is nothing to be had from its future.
    var unused =
        thread.scheduleWithFixedDelay(
            this::tidySafely, PERIOD.toMillis(), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    try {
      if (!walked.await(longestWait.toMillis(), TimeUnit.MILLISECONDS)) {
        log.info(
            "still looking through {}: what it holds is served, new blocks are kept when that ends",
            parts.paths().root());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void walk() {
    try {
      new StoreWalk(parts, editions).run();
      evictor.findDeleted();
      limit.set();
      editions.setComplete();
      evictor.makeRoom(0);
      parts.news().tell();
    } catch (IOException | RuntimeException e) {
      log.error(
          "cannot look through {}: what it holds is served, nothing new is kept until a restart",
          parts.paths().root(),
          e);
    } finally {
      walked.countDown();
    }
  }

  private void tidySafely() {
    try {
      tidy();
    } catch (IOException | RuntimeException e) {
      log.error("tidying {} failed, and is tried again in a second", parts.paths().root(), e);
    }
  }

  /** What is done every second. */
  void tidy() throws IOException {
    if (!editions.isComplete()) {
      return;
    }
    for (StoredEdition stored : editions.all()) {
      if (ending) {
        return; // forcing many files takes long; what is left is sealed without
      }
      if (stored.isLoaded()) {
        sealer.sealQuiet(stored);
        stored.recordWanted();
        evictor.removeEmpty(stored);
        stored.unloadIfIdle();
      }
    }
    evictor.reap();
    if (parts.now() - othersLookedAt >= OTHERS_PERIOD.toNanos()) {
      othersLookedAt = parts.now();
      limit.countOthers();
    }
    evictor.makeRoom(0);
    parts.news().tell();
  }

  /** Ends the thread, and seals what it had not come to, as far as there is time. */
  @Override
  public void close() {
    end();
    long end = parts.now() + LONGEST_SEALING.toNanos();
    for (StoredEdition stored : editions.all()) {
      if (parts.now() - end > 0) {
        log.info("not all extents are sealed: the rest is verified after the next start");
        return;
      }
      sealer.sealAll(stored);
    }
  }

  /** Ends the thread, without interrupting it: that would close files under it. */
  void end() {
    ending = true;
    thread.shutdown();
    try {
      if (!thread.awaitTermination(LONGEST_END.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("p2pd-store did not end within {} s", LONGEST_END.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
