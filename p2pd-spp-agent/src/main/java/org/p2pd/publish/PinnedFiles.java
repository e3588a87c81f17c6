package org.p2pd.publish;

import com.google.common.base.Ticker;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.p2pd.content.FilePart;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names by which a file can be opened although its own name may lead elsewhere in a moment, and
 * perhaps cannot be said in this locale: {@code /proc/self/fd/N} of a descriptor that is held open
 * for as long as a {@link FilePart} is promised. Thread-safe.
 */
final class PinnedFiles implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PinnedFiles.class);
  private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(FilePart.KEPT_SECONDS);

  /** More would eat up the process's descriptors: the rest goes without zero-copy. */
  private static final int MOST = 512;

  private final @Nullable Libc libc;
  private final Finder finder;
  private final Ticker ticker;

  @GuardedBy("this")
  private final Map<HashedFile, Pin> pins = new LinkedHashMap<>(16, 0.75f, true);

  @GuardedBy("this")
  private boolean closed;

  private static final class Pin {
    final int descriptor;
    long lastUsedNanos;

    Pin(int descriptor) {
      this.descriptor = descriptor;
    }
  }

  PinnedFiles(@Nullable Libc libc, Finder finder, Ticker ticker) {
    this.libc = libc;
    this.finder = finder;
    this.ticker = ticker;
  }

  /** A name for the file as it was hashed; nothing if it changed or cannot be pinned. */
  synchronized Optional<Path> pin(HashedFile file) {
    long now = ticker.read();
    expire(now);
    Pin pin = pins.get(file);
    if (pin == null) {
      pin = open(file);
    }
    if (pin == null) {
      return Optional.empty();
    }
    pin.lastUsedNanos = now;
    return Optional.of(Descriptors.nameOf(pin.descriptor));
  }

  @GuardedBy("this")
  private @Nullable Pin open(HashedFile file) {
    if (libc == null || closed || pins.size() >= MOST || !Files.exists(Descriptors.DIRECTORY)) {
      return null;
    }
    // What is opened is what was hashed, whatever the name leads to by now.
    try (Finding found = finder.at(file.title())) {
      if (!found.isStill(file.stat())) {
        return null;
      }
      Pin pin = new Pin(libc.open(found.name()));
      pins.put(file, pin);
      return pin;
    } catch (IOException e) {
      log.debug("{} is not pinned: {}", file.title(), e.toString());
      return null;
    }
  }

  /** Lets go of what was not used for as long as was promised. */
  synchronized void expire() {
    expire(ticker.read());
  }

  @GuardedBy("this")
  private void expire(long now) {
    Iterator<Pin> oldestFirst = pins.values().iterator();
    while (oldestFirst.hasNext()) {
      Pin pin = oldestFirst.next();
      if (now - pin.lastUsedNanos <= KEPT_NANOS) {
        return;
      }
      close(pin.descriptor);
      oldestFirst.remove();
    }
  }

  private void close(int descriptor) {
    if (libc == null) {
      return;
    }
    try {
      libc.close(descriptor);
    } catch (IOException e) {
      log.warn("closing a pinned file: {}", e.toString());
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    pins.values().forEach(pin -> close(pin.descriptor));
    pins.clear();
  }
}
