package org.p2pd.publish;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.p2pd.model.Title;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The scanning thread: looks at the disk, which may hang, so that nothing else has to.
 *
 * <p>A full scan comes when it is asked for, and again after a while that is never shorter than
 * twenty times what the last one took.
 */
final class Scanner implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Scanner.class);
  private static final int SHARE = 20;

  private final PublicTree tree;
  private final Finder finder;
  private final Duration interval;
  private final DirectoryScan.Entering entering;
  private final Troubles troubles;
  private final Ticker ticker;
  private final Consumer<Snapshot> snapshots;
  private final ScheduledThreadPoolExecutor thread;
  private final AtomicBoolean asked = new AtomicBoolean();

  /**
   * @param interval between full scans
   * @param entering told of each directory before it is listed
   * @param snapshots told what was seen, on the scanning thread
   */
  Scanner(
      PublicTree tree,
      Finder finder,
      Duration interval,
      DirectoryScan.Entering entering,
      Troubles troubles,
      Ticker ticker,
      Consumer<Snapshot> snapshots) {
    this.tree = tree;
    this.finder = finder;
    this.interval = interval;
    this.entering = entering;
    this.troubles = troubles;
    this.ticker = ticker;
    this.snapshots = snapshots;
    this.thread =
        new ScheduledThreadPoolExecutor(
            1,
            work -> {
              Thread made = new Thread(work, "p2pd-publish-scan");
              made.setDaemon(true);
              return made;
            });
    this.thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.thread.setRemoveOnCancelPolicy(true);
  }

  void start() {
    schedule(this::scanPeriodically, Duration.ZERO);
  }

  private void scanPeriodically() {
    long start = ticker.read();
    asked.set(false);
    scan();
    Duration took = Duration.ofNanos(ticker.read() - start);
    Duration rest = took.multipliedBy(SHARE);
    schedule(this::scanPeriodically, rest.compareTo(interval) > 0 ? rest : interval);
  }

  /** Asks for a full scan; several that wait are one. */
  void scanAll() {
    if (asked.compareAndSet(false, true)) {
      schedule(this::scanAsked, Duration.ZERO);
    }
  }

  private void scanAsked() {
    if (asked.compareAndSet(true, false)) {
      scan();
    }
  }

  private void scan() {
    attempt(() -> snapshots.accept(newScan().all(troubles)));
  }

  /** Scans one directory on the calling thread. */
  void scanNow(Path directory, boolean renamedIn) {
    attempt(() -> snapshots.accept(newScan().below(directory, renamedIn)));
  }

  void scanBelow(Title directory) {
    schedule(() -> scanNow(tree.fileOf(directory), false), Duration.ZERO);
  }

  private DirectoryScan newScan() {
    return new DirectoryScan(tree, finder, entering);
  }

  /**
   * Looks at the public directory itself.
   *
   * @param devices the file system on which each missing title's file was
   * @param found told how it is, and of which titles the file system is not there any more
   */
  void probe(Map<Title, Long> devices, BiConsumer<RootCondition, Set<Title>> found) {
    schedule(
        () ->
            attempt(
                () -> {
                  Set<Title> unmounted = new HashSet<>();
                  devices.forEach(
                      (title, device) -> {
                        if (isUnmounted(title, device)) {
                          unmounted.add(title);
                        }
                      });
                  // Looked at last: what was missing before is judged by how it is after.
                  found.accept(RootProbe.look(tree.root()), unmounted);
                }),
        Duration.ZERO);
  }

  private boolean isUnmounted(Title title, long device) {
    try {
      return RootProbe.deviceAt(tree.fileOf(title)) != device;
    } catch (IOException e) {
      return true; // cannot be told: better kept than withdrawn
    }
  }

  /** Takes away the file by which the owner accepts removals; true if it was there. */
  static boolean takeAcceptance(Path file) {
    try {
      return Files.deleteIfExists(file);
    } catch (IOException e) {
      log.warn("{} cannot be deleted, so it is not obeyed: {}", file, e.toString());
      return false;
    }
  }

  private void schedule(Runnable work, Duration delay) {
    try {
      Future<?> unused = thread.schedule(work, delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("nothing is scanned any more: closing");
    }
  }

  private static void attempt(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      // The thread must live: what went wrong for one scan may go right for the next.
      log.error("a scan went wrong", e);
    }
  }

  @Override
  public void close() {
    thread.shutdown();
    boolean interrupted = false;
    try {
      if (!thread.awaitTermination(10, TimeUnit.SECONDS)) {
        log.warn("p2pd-publish-scan has not ended: {} does not answer", tree.root());
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
