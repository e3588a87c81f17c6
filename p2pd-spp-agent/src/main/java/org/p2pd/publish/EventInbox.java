package org.p2pd.publish;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import org.p2pd.model.Title;

/**
 * Hands events over to the publishing thread. Of several that wait for one title only the last one
 * counts, so a long copy's thousand writes stay one.
 */
final class EventInbox implements FileEvents {

  /** Where events go; all but {@link #directoryAppeared} are called on the publishing thread. */
  interface Receiver {
    void happened(Title title, Publication.Happening happening);

    void directoryGone(Title directory);

    void eventsLost(String why);

    /** Scan that directory at once, on the calling thread, and hand the snapshot over. */
    void directoryAppeared(Path directory, boolean renamedIn);
  }

  private final PublicTree tree;
  private final Executor publishing;
  private final Receiver receiver;

  @GuardedBy("this")
  private Map<Title, Publication.Happening> waiting = new LinkedHashMap<>();

  EventInbox(PublicTree tree, Executor publishing, Receiver receiver) {
    this.tree = tree;
    this.publishing = publishing;
    this.receiver = receiver;
  }

  @Override
  public void created(Path file) {
    put(file, Publication.Happening.CREATED);
  }

  @Override
  public void written(Path file) {
    put(file, Publication.Happening.WRITTEN);
  }

  @Override
  public void closed(Path file) {
    put(file, Publication.Happening.ENDED);
  }

  @Override
  public void movedIn(Path file) {
    put(file, Publication.Happening.ENDED);
  }

  @Override
  public void touched(Path file) {
    put(file, Publication.Happening.TOUCHED);
  }

  @Override
  public void gone(Path file) {
    put(file, Publication.Happening.LOOK);
  }

  private void put(Path file, Publication.Happening happening) {
    tree.titleOf(file).ifPresent(title -> put(title, happening));
  }

  private void put(Title title, Publication.Happening happening) {
    boolean first;
    synchronized (this) {
      first = waiting.isEmpty();
      if (happening == Publication.Happening.TOUCHED) {
        waiting.putIfAbsent(title, happening); // says less than anything else
      } else {
        waiting.put(title, happening);
      }
    }
    if (first) {
      publishing.execute(() -> drain(receiver::happened));
    }
  }

  private void drain(BiConsumer<Title, Publication.Happening> to) {
    Map<Title, Publication.Happening> taken;
    synchronized (this) {
      taken = waiting;
      waiting = new LinkedHashMap<>();
    }
    taken.forEach(to);
  }

  @Override
  public void directoryAppeared(Path directory, boolean renamedIn) {
    receiver.directoryAppeared(directory, renamedIn);
  }

  @Override
  public void directoryGone(Path directory) {
    tree.titleOf(directory)
        .ifPresent(title -> publishing.execute(() -> receiver.directoryGone(title)));
  }

  @Override
  public void lost(String why) {
    publishing.execute(() -> receiver.eventsLost(why));
  }
}
