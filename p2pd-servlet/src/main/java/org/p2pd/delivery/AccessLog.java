package org.p2pd.delivery;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The access log file: one line per response, appended by a thread of its own, so that no response
 * waits for a disk. When the disk cannot follow, lines are dropped and counted in the log. A file
 * that was renamed (logrotate) is followed by a new one.
 */
public final class AccessLog implements DeliveryLog, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AccessLog.class);

  /** Who watched what is the operator's business. */
  private static final FileAttribute<Set<PosixFilePermission>> NOT_FOR_OTHERS =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r-----"));

  private static final int WAITING_LINES = 16 * 1024;
  private static final int BATCH = 1024;
  private static final long STOP_MILLIS = 5_000;

  private final Path file;
  private final BlockingQueue<Entry> waiting = new ArrayBlockingQueue<>(WAITING_LINES);
  private final AtomicLong dropped = new AtomicLong();
  private final Thread writer = new Thread(this::write, "p2pd-access-log");
  private volatile boolean closed;

  private AccessLog(Path file) {
    this.file = file;
  }

  /**
   * @throws UncheckedIOException if the file cannot be appended to
   */
  public static AccessLog open(Path file) {
    AccessLog accessLog = new AccessLog(file);
    try {
      prepare(file);
    } catch (IOException e) {
      throw new UncheckedIOException("open the access log " + file, e);
    }
    accessLog.writer.setDaemon(true);
    accessLog.writer.start();
    return accessLog;
  }

  @Override
  public void ended(Entry entry) {
    if (!waiting.offer(entry)) {
      dropped.incrementAndGet();
    }
  }

  private void write() {
    List<Entry> batch = new ArrayList<>(BATCH);
    while (!closed || !waiting.isEmpty()) {
      try {
        Entry first = waiting.poll(100, TimeUnit.MILLISECONDS);
        if (first == null) {
          continue;
        }
        batch.add(first);
        waiting.drainTo(batch, BATCH - 1);
        append(batch);
      } catch (InterruptedException e) {
        return; // by no one but a container that gives up on us
      } finally {
        batch.clear();
      }
    }
  }

  /** Opened anew for each batch: cheap beside the lines, and right after a rename. */
  private void append(List<Entry> batch) {
    try (Writer out = appendTo(file)) {
      for (Entry entry : batch) {
        out.write(CombinedFormat.line(entry));
      }
    } catch (IOException e) {
      dropped.addAndGet(batch.size());
      log.warn("Cannot write the access log {}: is the disk full?", file, e);
    }
    long lost = dropped.getAndSet(0);
    if (lost > 0) {
      log.warn("{} lines are missing in the access log {}: its disk is too slow", lost, file);
    }
  }

  /** Makes the file if it is missing; fails if it cannot be appended to. */
  public static void prepare(Path file) throws IOException {
    appendTo(file).close();
  }

  private static Writer appendTo(Path file) throws IOException {
    Set<StandardOpenOption> append = Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    return new BufferedWriter(
        Channels.newWriter(
            posix
                ? Files.newByteChannel(file, append, NOT_FOR_OTHERS)
                : Files.newByteChannel(file, append),
            StandardCharsets.UTF_8));
  }

  /** Writes what is waiting. */
  @Override
  public void close() {
    closed = true;
    try {
      writer.join(STOP_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
