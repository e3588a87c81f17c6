package org.p2pd.store;

import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.p2pd.model.ByteRange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes held and what goes, on its way to the listeners. It is noted under the monitor of
 * its edition, so that it stands in order, and told after that was left: a listener that asks the
 * store back finds no lock in its way. Thread-safe.
 */
final class HeldNews {

  private static final Logger log = LoggerFactory.getLogger(HeldNews.class);

  /** What one listener, or every one, is to hear. */
  private record Note(Optional<HeldListener> only, Consumer<HeldListener> news) {}

  private final List<HeldListener> listeners = new CopyOnWriteArrayList<>();
  private final Queue<Note> notes = new ConcurrentLinkedQueue<>();

  /** Held by the one who tells; the last of the store's locks but for those of listeners. */
  private final ReentrantLock telling = new ReentrantLock();

  void add(HeldListener listener) {
    listeners.add(listener);
  }

  void found(Holding about) {
    note(listener -> listener.found(about));
  }

  void counted(Holding now, HeldLeaves all) {
    note(listener -> listener.counted(now, all));
  }

  void held(Holding now, ByteRange range) {
    note(listener -> listener.held(now, range));
  }

  void gone(Holding now, ByteRange range) {
    note(listener -> listener.gone(now, range));
  }

  private void note(Consumer<HeldListener> news) {
    if (!listeners.isEmpty()) {
      notes.add(new Note(Optional.empty(), news));
    }
  }

  /** For that listener alone, in its place among the other news. */
  void noteTo(HeldListener listener, Consumer<HeldListener> news) {
    notes.add(new Note(Optional.of(listener), news));
  }

  /** Tells what was noted, or leaves it to the one who is telling. */
  void tell() {
    if (telling.isHeldByCurrentThread()) {
      return; // a listener asked something back: whoever told it goes on with the rest
    }
    // Whoever ends looks once more: what was noted while it unlocked is not left lying.
    while (!notes.isEmpty() && telling.tryLock()) {
      try {
        tellAll();
      } finally {
        telling.unlock();
      }
    }
  }

  /** The same; what was noted before this call has been heard when it returns. */
  void tellNow() {
    telling.lock();
    try {
      tellAll();
    } finally {
      telling.unlock();
    }
    tell();
  }

  private void tellAll() {
    Note note = notes.poll();
    while (note != null) {
      List<HeldListener> hearers = note.only().map(List::of).orElse(listeners);
      for (HeldListener listener : hearers) {
        try {
          note.news().accept(listener);
        } catch (RuntimeException e) {
          // What others are told of our holdings are hints: the store goes on without them.
          log.error("{} failed to take news of what is held", listener, e);
        }
      }
      note = notes.poll();
    }
  }
}
