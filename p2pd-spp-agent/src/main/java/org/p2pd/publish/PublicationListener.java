package org.p2pd.publish;

import java.time.Instant;
import org.p2pd.model.Edition;
import org.p2pd.model.Title;

/**
 * Hears what becomes of the titles in the public directory. All calls come from one thread, one
 * after the other, and must not wait.
 */
public interface PublicationListener {

  /** A title was seen that is not published yet: it is being copied, or waits to be hashed. */
  void announced(Title title);

  /**
   * A title's current edition was verified. Said once for every title after each start, so most
   * often it is no news, and again whenever the edition changes.
   *
   * @param fileDate the file's modification time when it was hashed
   */
  void published(Title title, Edition edition, Instant fileDate);

  /** A title is gone for good: withdraw it. */
  void removed(Title title);

  /**
   * The first full scan is done: every title that it found was announced or published. Said once,
   * even if it found nothing, but not while the public directory cannot be read.
   */
  void listed();

  /**
   * All titles that the first full scan found are published, or known to be unready or unreadable:
   * what was not named by now does not exist. Said once, never while the public directory is empty,
   * unreadable or not mounted.
   */
  void scanComplete();
}
