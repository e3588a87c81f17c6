package org.p2pd.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.p2pd.store.Records.Label;

/** Takes possession of a cache directory: makes it if need be, locks it, reads its label. */
final class StoreOpening {

  private static final int MOST_OPEN_FILES = 512;
  private static final int SCRATCHES = 4;

  private final StoreConfig config;
  private final Surroundings surroundings;

  StoreOpening(StoreConfig config, Surroundings surroundings) {
    this.config = config;
    this.surroundings = surroundings;
  }

  /** What an opened directory is worked with. */
  record Opened(StoreParts parts, DirectoryLock lock) {}

  Opened open() {
    StorePaths paths = new StorePaths(root());
    DirectoryLock lock = null;
    try {
      lock = DirectoryLock.take(paths.lock());
      Label label = nextLife(paths);
      checkLimit(paths, label.extentBytes());
      Disk disk = new Disk(surroundings.faults());
      disk.createDirectory(paths.editions());
      Ledger ledger = new Ledger();
      StoreCounters counters = new StoreCounters();
      StoreParts parts =
          new StoreParts(
              config,
              label,
              paths,
              disk,
              new OpenFiles(MOST_OPEN_FILES),
              ledger,
              new FanOut(ledger),
              new ScratchPool(SCRATCHES),
              new WriteFailures(surroundings.ticker(), counters),
              counters,
              new HeldNews(),
              surroundings,
              new AtomicLong(label.lives() << Integer.SIZE));
      return new Opened(parts, lock);
    } catch (IOException | RuntimeException e) {
      closeQuietly(lock, e);
      throw e instanceof StoreException told
          ? told
          : new StoreException(
              "cannot use the cache directory "
                  + config.directory()
                  + " ("
                  + e
                  + "): name one with -c that this user may write to",
              e);
    }
  }

  private Path root() {
    try {
      Files.createDirectories(config.directory());
      return config.directory().toRealPath();
    } catch (IOException e) {
      throw new StoreException(
          "cannot make the cache directory "
              + config.directory()
              + " ("
              + e
              + "): name one with -c that this user may make",
          e);
    }
  }

  /** Reads the label, or makes the first, and counts this life. */
  private Label nextLife(StorePaths paths) throws IOException {
    Optional<Label> found = readLabel(paths);
    Label next;
    if (found.isPresent()) {
      Label label = found.get();
      next = new Label(label.storeId(), label.extentBytes(), label.lives() + 1);
    } else {
      long limit =
          config.limitBytes().isPresent()
              ? config.limitBytes().getAsLong()
              : StoreLimit.ninetyPercent(paths, 0);
      checkLimit(paths, StoreLimit.extentBytes(limit));
      next = new Label(Surroundings.id(UUID.randomUUID()), StoreLimit.extentBytes(limit), 1);
    }
    new Disk(surroundings.faults()).replace(paths.label(), next.encode(), true);
    return next;
  }

  private static Optional<Label> readLabel(StorePaths paths) throws IOException {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(paths.label());
    } catch (NoSuchFileException e) {
      if (Files.exists(paths.editions())) {
        throw new StoreException(
            paths.root()
                + " holds editions but lacks the file p2pd-store that says how they are kept:"
                + " remove the directory 'editions' in it to begin anew");
      }
      return Optional.empty();
    }
    Optional<Label> label = Label.parse(bytes);
    if (label.isPresent()) {
      return label;
    }
    int format = Label.formatOf(bytes);
    throw new StoreException(
        format > Records.FORMAT
            ? paths.root()
                + " was written by a newer p2pd (format "
                + format
                + ", this one knows "
                + Records.FORMAT
                + "): use that one, or another directory with -c"
            : paths.label()
                + " is damaged: remove it and the directory 'editions' beside it to begin anew");
  }

  private void checkLimit(StorePaths paths, long extentBytes) throws IOException {
    if (config.limitBytes().isEmpty()) {
      return;
    }
    long limit = config.limitBytes().getAsLong();
    long smallest = StoreLimit.smallest(extentBytes, config.blockSize(), StoreWalk.others(paths));
    if (limit < smallest) {
      throw new StoreException(
          "a limit of "
              + limit
              + " bytes is too small for the cache directory "
              + paths.root()
              + ": the smallest that works is -C "
              + (smallest >> 20)
              + "M");
    }
  }

  private static void closeQuietly(@Nullable DirectoryLock lock, Exception cause) {
    if (lock == null) {
      return;
    }
    try {
      lock.close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
