package org.p2pd.catalogue;

import java.util.List;
import java.util.OptionalInt;
import org.p2pd.model.Title;

/** The catalogue as those see it who answer requests. Thread-safe; never waits. */
public interface Titles {

  /** What is known of a title. */
  sealed interface Lookup {

    record Published(PublishedTitle entry) implements Lookup {}

    /** Seen in the public directory but not ready: 503 with Retry-After. */
    record NotReady(OptionalInt percentHashed) implements Lookup {}

    /** There is no such title: 404. */
    record Unknown() implements Lookup {}

    /** This node has not had its first full catalogue yet: 503, never 404. */
    record NotSynced() implements Lookup {}
  }

  /** Looks, and does nothing else: anyone may ask for anything. */
  Lookup lookup(Title title);

  /** Someone who may read it asked for the title, and this was found. */
  default void asked(Title title, Lookup found) {
    // Who only knows titles has nothing to do then.
  }

  /** How many titles are published. */
  int publishedCount();

  /**
   * Published titles in the order of {@link Title#comparePaths}. The first call may put all names
   * in order; later ones cost what they return.
   *
   * @param after only names that come after this text; it need not be a title, and empty is before
   *     all
   * @param max so many at most
   */
  List<PublishedTitle> published(String after, int max);
}
