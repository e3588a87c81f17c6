package org.p2pd.publish;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files that are being read: each is open once, however many read it, and closed with its last
 * reader, so that an idle directory can be unmounted. Thread-safe.
 */
final class OpenFiles implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OpenFiles.class);

  private final HashFiles places;
  private final Finder finder;

  @GuardedBy("this")
  private final Map<HashedFile, Shared> open = new HashMap<>();

  OpenFiles(HashFiles places, Finder finder) {
    this.places = places;
    this.finder = finder;
  }

  /** One reader's hold on an open file; released once. */
  interface Hold extends AutoCloseable {
    OpenMedia media();

    /** See {@link OpenFiles#breakOff}. */
    void breakOff();

    @Override
    void close();
  }

  private static final class Shared {
    final OpenMedia media;
    int holds;
    boolean broken;

    Shared(OpenMedia media) {
      this.media = media;
    }
  }

  synchronized Hold hold(HashedFile file) throws IOException {
    Shared shared = open.get(file);
    if (shared == null) {
      shared = new Shared(OpenMedia.open(file, places, finder));
      open.put(file, shared);
    }
    shared.holds++;
    return new Holding(shared);
  }

  /** Whoever reads that file next opens it anew: this one was closed, or fails. */
  synchronized void breakOff(HashedFile file) {
    Shared shared = open.remove(file);
    if (shared != null) {
      shared.broken = true;
    }
  }

  private synchronized void release(Shared shared) {
    if (--shared.holds > 0) {
      return;
    }
    if (!shared.broken) {
      open.remove(shared.media.file());
    }
    closeQuietly(shared.media);
  }

  private static void closeQuietly(OpenMedia media) {
    try {
      media.close();
    } catch (IOException e) {
      log.warn("closing {}: {}", media.file().title(), e.toString());
    }
  }

  /** Closes what is open under its readers, whose reading then fails. */
  @Override
  public synchronized void close() {
    open.values().forEach(shared -> closeQuietly(shared.media));
  }

  private final class Holding implements Hold {
    private final Shared shared;
    private boolean released;

    Holding(Shared shared) {
      this.shared = shared;
    }

    @Override
    public OpenMedia media() {
      return shared.media;
    }

    @Override
    public void breakOff() {
      OpenFiles.this.breakOff(shared.media.file());
    }

    @Override
    public void close() {
      if (!released) {
        released = true;
        release(shared);
      }
    }
  }
}
