package org.p2pd.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that are kept open because they were just used: at most so many, least recently used closed
 * first, none while it is lent. A channel that was closed by a stray interrupt is opened again.
 * Thread-safe; opens and closes without the lock.
 */
final class OpenFiles implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OpenFiles.class);

  /** An open file on loan; give it back by closing the loan. */
  final class Loan implements AutoCloseable {
    private final Shelf shelf;
    private final FileChannel channel;

    private Loan(Shelf shelf, FileChannel channel) {
      this.shelf = shelf;
      this.channel = channel;
    }

    FileChannel channel() {
      return channel;
    }

    @Override
    public void close() {
      giveBack(shelf);
    }
  }

  private static final class Shelf {
    final Path file;
    int loans; // guarded by OpenFiles.this
    boolean forgotten; // guarded by OpenFiles.this

    @GuardedBy("this")
    private @Nullable FileChannel channel;

    Shelf(Path file) {
      this.file = file;
    }

    synchronized FileChannel open() throws IOException {
      FileChannel opened = channel;
      if (opened == null || !opened.isOpen()) {
        opened = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        channel = opened;
      }
      return opened;
    }

    synchronized void close() {
      if (channel == null) {
        return;
      }
      try {
        channel.close();
      } catch (IOException e) {
        // Nothing is lost: bytes are on their way to disk by the write itself, not by the close.
        log.warn("close {}: {}", file, e.toString());
      }
      channel = null;
    }
  }

  private final int most;

  @GuardedBy("this")
  private final Map<Path, Shelf> shelves = new LinkedHashMap<>(16, 0.75f, true);

  OpenFiles(int most) {
    this.most = most;
  }

  /** Opens an existing file for reading and writing. */
  Loan lend(Path file) throws IOException {
    Shelf shelf = take(file);
    try {
      return new Loan(shelf, shelf.open());
    } catch (IOException e) {
      giveBack(shelf);
      throw e;
    }
  }

  private synchronized Shelf take(Path file) {
    Shelf shelf = shelves.computeIfAbsent(file, Shelf::new);
    shelf.loans++;
    return shelf;
  }

  private void giveBack(Shelf shelf) {
    List<Shelf> done = new ArrayList<>();
    synchronized (this) {
      shelf.loans--;
      if (shelf.forgotten && shelf.loans == 0) {
        done.add(shelf);
      }
      Iterator<Shelf> eldest = shelves.values().iterator();
      while (shelves.size() > most && eldest.hasNext()) {
        Shelf candidate = eldest.next();
        if (candidate.loans == 0) {
          eldest.remove();
          done.add(candidate);
        }
      }
    }
    done.forEach(Shelf::close);
  }

  /** Closes a file that is deleted or replaced: at once, or when its last loan ends. */
  void forget(Path file) {
    Shelf idle = null;
    synchronized (this) {
      Shelf shelf = shelves.remove(file);
      if (shelf != null) {
        shelf.forgotten = true;
        idle = shelf.loans == 0 ? shelf : null;
      }
    }
    if (idle != null) {
      idle.close();
    }
  }

  @Override
  public void close() {
    List<Shelf> all;
    synchronized (this) {
      all = new ArrayList<>(shelves.values());
      shelves.clear();
    }
    all.forEach(Shelf::close);
  }
}
